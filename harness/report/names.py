"""Names that a check's row, files and snapshot share: two rows that differ never share a name.

A name is made of parts joined by `--`, which no part contains. A part is the text itself where that can stand in a file
name; otherwise what can, and a hash of the text. Pure.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.report.record import ClaimRecord

PROPERTY = "layer_pruning_claim"
"""Key of a decided claim among a pytest report's user properties; survives pytest-xdist."""
UNWRITTEN = "layer_pruning_unwritten"
"""Key of what could not be written of a decided claim."""
WARNED = "layer_pruning_warning"
"""Key of what is to be said at the end of a run, and fails nothing."""
CONTRACT = "layer_pruning_contract"
"""Key of the method and model that a rule of the contract is asked of."""
CLAIM, VERDICT, BASELINE = "claim", "verdict", "baseline"
"""Keys of what a CI reads in a JUnit file: id, outcome; `same`, `stored` or `borderline` where there is a baseline."""
LATEST = "latest"
"""The folder in a report folder that holds the last run alone."""
DRY = "dry run: random weights decide nothing"
"""The reason of every row of a dry run."""
RUN_OPTIONS = (
    "limit", "tasks", "protocol", "looks", "race", "dtype", "calibration", "thinking", "chat_template", "recovery",
)  # fmt: skip
"""Parameters of a record that are options of the run, not of the check."""
_USUAL = {"protocol": "sound", "thinking": "off"}
_LONGEST = 150  # characters of a name; disks allow 255 bytes, and files add endings
_LONGEST_PART = 60
_DIGITS = 8


def slug(text: str, *, underscores: bool = False) -> str:
    """Text as it may stand in a file name, with a hash where other texts would look the same.

    Args:
        text: any; case counts, though some disks do not see it.
        underscores: whether it is an identifier, which has underscores where a file name has hyphens.
    """
    plain = _plain(text)
    told = text.replace("_", "-") if underscores and "-" not in text else text
    if plain == told and plain:
        return plain
    return "-".join(part for part in (plain, hashed(text)) if part)


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.")[:_LONGEST_PART].strip("-.")


def hashed(text: str) -> str:
    """Digits that tell a text apart from others."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def distinct_slugs(texts: Iterable[str]) -> dict[str, str]:
    """Texts of one list as file names: as they can stand there, with a hash where two would be the same."""
    plain = {text: _plain(text) for text in texts}
    count = Counter(plain.values())
    return {text: name if name and count[name] == 1 else slug(text) for text, name in plain.items()}


def slug_of(name: str, value: object) -> str:
    """An option with its value or values as it may stand in a file name."""
    values = value if isinstance(value, (list, tuple)) else [value]
    return f"{name.replace('_', '-')}-{'+'.join(slug(str(each)) for each in values)}"


def record_name(record: "ClaimRecord", model: str | None = None) -> str:
    """The row's own name among files: claim, model, what the check was parametrised with, and the run's options.

    Args:
        record: the row.
        model: what the model is called instead.
    """
    own = [
        slug(str(value), underscores=name == "method")
        for name, value in record.params.items()
        if name not in RUN_OPTIONS
    ]
    name = "--".join([slug(record.claim), slug(model or record.model), *own, *_options(record.params)])
    return name if len(name) <= _LONGEST else f"{name[:_LONGEST].rstrip('-.')}--{hashed(name)}"


def in_words(params: Mapping[str, Any]) -> str:
    """Parameters by name, as far as they are not as usual: "method block_influence, ratio 0.25, limit 60"."""
    flat = {name: value for name, value in params.items() if not isinstance(value, Mapping)}
    flat |= {f"{name} {key}": part for name, value in params.items() if isinstance(value, Mapping)
             for key, part in value.items()}  # fmt: skip
    return ", ".join(
        f"{name.replace('_', ' ')} {'+'.join(map(str, value)) if isinstance(value, list | tuple) else value}"
        for name, value in flat.items()
        if value and value != _USUAL.get(name)
    )


def _options(params: dict[str, Any]) -> list[str]:
    """What the command line changes, as far as it is not as usual."""
    options = {name: params.get(name) for name in RUN_OPTIONS if name not in ("limit", "protocol", "recovery")}
    options |= params.get("recovery") or {}
    limit, protocol = params.get("limit"), params.get("protocol")
    return [
        *([f"limit{limit}"] if limit else []),
        *([slug(str(protocol))] if protocol and protocol != _USUAL["protocol"] else []),
        *(slug_of(name, value) for name, value in options.items() if value and value != _USUAL.get(name)),
    ]
