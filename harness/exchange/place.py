"""A place for a store that is no folder of this machine: a URL, of which a folder here is the mirror."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from harness.errors import BadInput
from harness.versions import how_to_get, require_extra

MIRRORS = Path(".store-mirrors")
"""Where mirrors are, unless a command names its folder."""
S3 = ("s3", "s3a")
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_SHOWN = 40  # characters of a URL in the name of its mirror


@dataclass(frozen=True)
class Remote:
    """Where a store lies elsewhere."""

    url: str
    """Without a slash at its end; holds no secret."""

    @property
    def protocol(self) -> str:
        """What stands before `://`."""
        return self.url.partition("://")[0]

    @property
    def mirror(self) -> Path:
        """The folder of its copy here."""
        name = re.sub(r"[^A-Za-z0-9.]+", "-", self.url).strip("-")[:_SHOWN]
        return MIRRORS / f"{name}-{hashlib.sha256(self.url.encode()).hexdigest()[:8]}"

    def __str__(self) -> str:
        return self.url


def is_url(text: str) -> bool:
    """Whether a text is written as a URL is. Pure."""
    return _URL.match(text) is not None


def remote_of(text: str) -> Remote:
    """The place that a URL names. Pure.

    Raises:
        ValueError: it names none, or holds what would stand in logs and must not; the message never repeats that.
    """
    match = _URL.fullmatch(text)
    if match is None or "::" in text:
        raise ValueError(f"{text!r}: expected one URL, such as s3://bucket/prefix")
    protocol, rest = match[1].lower(), match[2].rstrip("/")
    owner = rest.partition("/")[0].rpartition("@")[0]
    if ":" in owner:
        raise ValueError(
            f"a {protocol}:// URL with a password in it would stand in logs; leave it out, and give the password as "
            f"the library of {protocol} reads it: from the environment, or from a file of its own"
        )
    if set("?#*[") & set(rest):
        raise ValueError(
            f"a {protocol}:// URL with ?, #, * or [ in it: expected a plain one, such as s3://bucket/prefix "
            f"(signatures and keys are read from the environment)"
        )
    if protocol == "memory":
        raise ValueError(f"{text!r}: is gone with its process; name a place that others see, or a folder")
    if not rest.strip("/"):
        raise ValueError(f"{text!r}: names no bucket or folder; expected one, such as s3://bucket/prefix")
    return Remote(f"{protocol}://{rest}")


def require_protocol(remote: Remote) -> None:
    """Refuse a kind of place that this machine cannot speak to; nothing is asked of the network.

    Raises:
        BadInput: it has no such kind, or the package for it is missing.
    """
    from fsspec.registry import get_filesystem_class, known_implementations

    protocol = remote.protocol
    if protocol in S3:
        require_extra("s3", f"stores on {protocol}://")
    try:
        get_filesystem_class(protocol)
    except ImportError:
        package = str(known_implementations.get(protocol, {}).get("class", protocol)).partition(".")[0]
        how = how_to_get("s3") if protocol in S3 else f"pip install {package}"
        raise BadInput(f"--store {remote}: needs {package}, which is not installed; run: {how}") from None
    except ValueError:
        raise BadInput(
            f"--store {remote}: no kind of place is called {protocol}; expected a folder, or a URL of s3, gs, az, "
            f"sftp, file or another that fsspec knows"
        ) from None
