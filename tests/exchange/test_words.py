"""What is said of an error of a library, and that no secret is in it."""

import pytest

from harness.exchange.words import why, without_secrets

SECRETS = {
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG",
    "HF_TOKEN": "hf_abcdefgh",
    "HOME": "/home/me",
    "MY_KEY": "ab",
}


def raised(name, text="", cause=None):
    """An error of some library's class."""
    error = type(name, (Exception,), {})(text)
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (raised("NoCredentialsError", "Unable to locate credentials"), "no credentials were found"),
        (raised("EndpointConnectionError"), "nothing answers there"),
        (ConnectionRefusedError(111, "Connection refused"), "nothing answers there"),
        (PermissionError("Forbidden"), "access is denied"),
        (FileNotFoundError("bucket"), "there is no such bucket or folder"),
        (TimeoutError(), "it does not answer in time"),
        (NotImplementedError(), "this kind of place cannot do that"),
        (OSError(28, "No space left on device"), "No space left on device"),
        (raised("StrangeError", "all is\nwell"), "StrangeError: all is well"),
        (raised("StrangeError", "", raised("NoCredentialsError")), "no credentials were found"),
    ],
)
def test_an_error_is_said_in_words_that_a_user_knows(error, said):
    """One line, whichever library raised it."""
    assert why(error, {}).startswith(said)


def test_no_secret_is_said():
    """Neither what the environment keeps secret, nor what looks like a key or a signature; a home folder is none."""
    text = (
        "GET https://x/y?X-Amz-Signature=abc123&x=1 by AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG hf_abcdefgh "
        "s3://me:pass@host/b in /home/me ab Signature=xyz"
    )
    found = without_secrets(text, SECRETS)

    for secret in ("abc123", "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI", "hf_abcdefgh", "pass", "xyz"):
        assert secret not in found
    assert "in /home/me ab" in found
    assert "wJalr" not in why(raised("StrangeError", text), SECRETS)
