"""Why a place cannot be used, in words that a user knows and without a secret. Pure."""

import os
import re
from collections.abc import Mapping

_SECRET = re.compile(r"SECRET|TOKEN|PASSWORD|PASSWD|CREDENTIAL|(?:^|_)KEY(?:_|$)|_SAS|CONNECTION_STRING", re.IGNORECASE)
_SHORTEST = 6  # characters of a value that is looked for
_LOOKS_SECRET = re.compile(
    r"(?:AKIA|ASIA)[A-Z0-9]{12,}|(?:Signature|Credential|X-Amz-[\w-]+|sig|AccountKey|Authorization)[=:]\s*\S+|//[^/@\s]*:[^/@\s]*@",
    re.IGNORECASE,
)
_LONGEST = 200  # characters of what a library says
_KNOWN = (
    (
        "NoCredentials|PartialCredentials|CredentialRetrieval|NoAuthHandler|DefaultCredentials|ClientAuthentication",
        "no credentials were found: for S3 set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    ),
    ("ProfileNotFound", "AWS_PROFILE names a profile that is not in ~/.aws"),
    ("PermissionError", "access is denied: these credentials may not do that, or are not right"),
    ("FileNotFoundError|NoSuchBucket", "there is no such bucket or folder"),
    (
        "EndpointConnection|ConnectTimeout|ConnectionRefused|ClientConnector|ConnectionError|ConnectionClosed|gaierror",
        "nothing answers there: is the network up, and the endpoint right (AWS_ENDPOINT_URL)?",
    ),
    ("TimeoutError|ReadTimeout", "it does not answer in time"),
    ("NotImplementedError", "this kind of place cannot do that"),
)
"""Names of errors, of the libraries that reach places -> what it means."""


def why(error: BaseException, environment: Mapping[str, str] = os.environ) -> str:
    """What an error says to a user; the values of secret variables never stand in it.

    Args:
        error: of any library.
        environment: whose secret values are taken out.
    """
    chain: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in chain:
        chain.append(at)
        at = at.__cause__ or at.__context__
    for one in chain:
        names = [kind.__name__ for kind in type(one).__mro__]
        for pattern, words in _KNOWN:
            if any(re.search(pattern, name) for name in names):
                return words
    if isinstance(error, OSError) and error.strerror:
        return without_secrets(error.strerror, environment)
    said = " ".join(str(error).split())[:_LONGEST]
    return without_secrets(f"{type(error).__name__}: {said}" if said else type(error).__name__, environment)


def without_secrets(text: str, environment: Mapping[str, str]) -> str:
    """A text with *** for values of secret variables, and for what looks like a key or a signature."""
    for name, value in environment.items():
        if _SECRET.search(name) and len(value) >= _SHORTEST:
            text = text.replace(value, "***")
    return _LOOKS_SECRET.sub("***", text)
