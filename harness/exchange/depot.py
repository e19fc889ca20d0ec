"""The objects of a place: listed, read, written; the only part of an exchange that knows fsspec and the network.

All of them are below one folder that names their layout, so that what else lies in a bucket is neither read nor listed:
`lines/NAME` (`bundle`), `files/PATH/NAME` (a file of the store that travels whole), `hello` (tries whether it may be
written). Names are the layout's own, from `lines/` or `files/` on.
"""

import hashlib
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from harness import files
from harness.errors import BadInput
from harness.exchange.bundle import is_name, name_of
from harness.exchange.words import why

LAYOUT = "layer-pruning-store-1"
LINES, FILES = "lines/", "files/"
_HELLO = b"A store of layer-pruning-checks (docs/many-machines.md). Objects are named by their content.\n"
_AT_ONCE = ("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oss", "oci", "memory")
"""Kinds of place where an object is there when all of it is; others are written under another name first."""
_CHUNK = 2**20


class Depot:
    """The objects below a URL."""

    def __init__(self, url: str, tell: Callable[[str], None] = files.say, fs: Any = None) -> None:  # noqa: ANN401  # fsspec has no types
        """Open it; nothing is asked yet.

        Args:
            url: of a kind that `place.require_protocol` lets pass.
            tell: gets a line for each object that is damaged, once.
            fs: an fsspec file system that is used instead of the one for the URL.

        Raises:
            BadInput: it cannot be opened.
        """
        from fsspec.core import url_to_fs

        self.url, self.tell = url, tell
        self.damaged: set[str] = set()
        """Objects that were found not to be as they were written; they are treated as if they were not there."""
        with self._worded("opened"):
            self.fs, root = (fs, fs._strip_protocol(url)) if fs is not None else url_to_fs(url)  # noqa: SLF001
        kinds = self.fs.protocol if isinstance(self.fs.protocol, tuple) else (self.fs.protocol,)
        self._at_once = any(kind in _AT_ONCE for kind in kinds)
        self.root = f"{str(root).rstrip('/')}/{LAYOUT}"

    def require_writable(self) -> None:
        """Write an object that is always the same.

        Raises:
            BadInput: that cannot be done.
        """
        with self._worded("written"):
            self._write("hello", _HELLO)

    def require_readable(self) -> None:
        """Look whether it can be listed, at its top alone; nothing is written.

        Raises:
            BadInput: it cannot.
        """
        with self._worded("listed"), suppress(FileNotFoundError):  # one that nobody wrote to is not there yet
            self.fs.ls(self.root, detail=False)

    def listed(self) -> dict[str, int]:
        """Name of each object below the layout -> its bytes, without damaged ones; asked anew.

        Raises:
            BadInput: it cannot be listed.
        """
        with self._worded("listed"):
            self.fs.invalidate_cache()
            try:
                found = self.fs.find(self.root, detail=True)
            except FileNotFoundError:
                found = {}
                if not self._at_once:  # a folder that is not made yet; of a bucket that is not there, writing says so
                    return {}
                self.fs.ls(self.root.partition("/")[0], detail=False)
        sizes = {path[len(self.root) + 1 :]: int(told["size"] or 0) for path, told in found.items()}
        return {name: size for name, size in sizes.items() if name not in self.damaged}

    def lines(self, names: Sequence[str]) -> list[bytes]:
        """The contents of objects of lines; those that are not as they were written are told and left out.

        Raises:
            BadInput: one cannot be read.
        """
        paths = {f"{self.root}/{name}": name for name in names}
        with self._worded("read"):
            read = self.fs.cat(list(paths), on_error="return") if paths else {}
            found = {paths[path]: content for path, content in read.items()}
            for content in found.values():
                if isinstance(content, Exception) and not isinstance(content, FileNotFoundError):
                    raise content
        return [
            content
            for name, content in found.items()
            if self._is_whole(name, name_of(content) if isinstance(content, bytes) else "")
        ]

    def _is_whole(self, name: str, digits: str) -> bool:
        """Whether what was read is what was written, by its digest; told where it is not."""
        if digits == name.rpartition("/")[2]:
            return True
        self.damaged.add(name)
        self.tell(
            f"{self.root}/{name} is not as it was written: passed over; remove it, and who has what it held sends that "
            f"again"
        )
        return False

    def write_lines(self, content: bytes) -> str:
        """Add an object of lines; its name.

        Raises:
            BadInput: it cannot be written.
        """
        name = f"{LINES}{name_of(content)}"
        with self._worded("written"):
            self._write(name, content)
        return name

    def write_file(self, path: str, local: Path) -> str:
        """Add a file of the store as an object; its name.

        Raises:
            BadInput: it cannot be written.
        """
        with self._worded("written"):
            name = f"{FILES}{path}/{digest(local)}"
            self._write(name, local)
        return name

    def read_file(self, name: str, local: Path) -> bool:
        """Fetch an object that is a file; whether it is as it was written, told where not. It stays at `local`.

        Raises:
            BadInput: it cannot be read.
        """
        with self._worded("read"):
            try:
                self.fs.get_file(f"{self.root}/{name}", str(local))
            except FileNotFoundError:
                return self._is_whole(name, "")
        return self._is_whole(name, digest(local))

    def _write(self, name: str, content: bytes | Path) -> None:
        path = f"{self.root}/{name}"
        if self._at_once:
            self._put(path, content)
            return
        part = f"{path}.{uuid.uuid4().hex}.part"
        self.fs.makedirs(path.rpartition("/")[0], exist_ok=True)
        try:
            self._put(part, content)
            self.fs.mv(part, path)
        except BaseException:
            with suppress(Exception):
                self.fs.rm_file(part)
            raise

    def _put(self, path: str, content: bytes | Path) -> None:
        if isinstance(content, bytes):
            self.fs.pipe_file(path, content)
        else:
            self.fs.put_file(str(content), path)

    @contextmanager
    def _worded(self, doing: str) -> Iterator[None]:
        """Any backend's error as one sentence without secrets."""
        try:
            yield
        except Exception as error:  # noqa: BLE001  # every backend has errors of its own
            raise BadInput(f"--store {self.url}: cannot be {doing} ({why(error)})") from None


def files_of(listed: Iterable[str]) -> dict[str, list[str]]:
    """Path of a file -> the names of objects that are it, in order. Pure."""
    found: dict[str, list[str]] = {}
    for name in sorted(listed):
        path, _, digits = name.removeprefix(FILES).rpartition("/")
        if name.startswith(FILES) and is_name(digits):
            found.setdefault(path, []).append(name)
    return found


def lines_of(listed: Iterable[str]) -> frozenset[str]:
    """The objects of lines among those that are listed. Pure."""
    return frozenset(name for name in listed if name.startswith(LINES) and is_name(name.removeprefix(LINES)))


def digest(path: Path) -> str:
    """What an object is called that is this file: as `bundle.name_of`, read in pieces."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            found.update(piece)
    return found.hexdigest()[: len(name_of(b""))]
