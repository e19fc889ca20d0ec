"""Whether the tiny model and its items are as released: each file's SHA-256, in `bundled.json`.

`python -m harness.upkeep.bundled` in a checkout records them anew, after `fixtures.train` or `fixtures.world`.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from harness.errors import BadInput
from harness.models.reference import bundled

RECORD = Path(__file__).parent / "bundled.json"
FOLDERS = ("tiny", "data")


def digests() -> dict[str, str]:
    """Path below the bundled folders -> SHA-256 of every file that is there.

    Raises:
        BadInput: a folder is missing.
    """
    found = {}
    for name in FOLDERS:
        root = bundled(name)
        for file in sorted(path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
            found[f"{name}/{file.relative_to(root).as_posix()}"] = hashlib.sha256(file.read_bytes()).hexdigest()
    return found


def changed() -> list[str]:
    """Files that are missing, are another's, or hold something else than was released."""
    try:
        found = digests()
    except BadInput as error:
        return [str(error)]
    except OSError as error:
        return [f"{error.filename} ({error.strerror})"]
    return differing(json.loads(RECORD.read_text(encoding="utf-8")), found)


def differing(released: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    """Names whose digests are not the same in both. Pure."""
    return sorted(name for name in {*released, *found} if released.get(name) != found.get(name))


if __name__ == "__main__":
    RECORD.write_text(json.dumps(digests(), indent=1) + "\n", encoding="utf-8")
