"""Which code made what is kept, so that nothing that other code made is read.

Answers, judged scores and trained parameters outlive the code that made them. For each kind the modules that decide it
are named here, and `rules.json` records a hash of each, beside a version. What is kept is named by the version; where
the code is not as recorded (edited, not recorded yet), by the code's own hash as well, so a changed harness reads
nothing that an unchanged one wrote, and the other way round. Whoever changes a module says which it was:

    python -m harness.rules answers same      what is kept stays good: only the record is renewed
    python -m harness.rules answers changed   the same question may be answered otherwise: the version rises

Hashes are of the syntax tree without comments, docstrings and layout, and do not depend on the Python version.
"""

import ast
import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from harness.errors import BadInput, one_sentence_of

PACKAGE = Path(__file__).parent
RECORD = PACKAGE / "rules.json"
MODULES: Mapping[str, tuple[str, ...]] = {
    "answers": (
        "text/*.py", "score/*.py", "prune/apply.py", "prune/merged.py", "prune/prefix.py", "prune/routes.py",
        "prune/surgery.py", "prune/tree.py", "prune/units.py",
    ),
    "judging": ("tasks/*.py", "tasks/problems/*.py", "execute/*.py"),
    "ranking": (
        "methods/*.py", "methods/tools/*.py", "models/families.py", "models/forward.py", "models/attention.py",
        "models/hooks.py", "models/structure.py", "prune/*.py",
    ),
    "training": (
        "recover/checkpoint.py", "recover/entering.py", "recover/one_layer.py", "recover/train.py",
        "recover/trainable.py", "recover/watch.py",
    ),
}  # fmt: skip
"""What decides a kept answer, a kept score, a kept ranking and kept parameters, beside what their keys name."""
NOT_DECIDING = {
    "score/cost.py",
    "score/ledger.py",
    "score/lm_eval_backend.py",
    "score/makers.py",
    "score/store.py",
    "tasks/judged.py",
}
_DIGITS = 12


@cache
def rules(kind: str) -> str:
    """Names the code that decides `kind`: the recorded version, followed by the code's own hash where it differs."""
    recorded, now = _recorded()[kind], code(kind)
    version = str(recorded["version"])
    return version if now == recorded["code"] else f"{version}+{_digest(json.dumps(now, sort_keys=True))}"


def code(kind: str) -> dict[str, str]:
    """Module -> hash of its code."""
    found = sorted(file for pattern in MODULES[kind] for file in PACKAGE.glob(pattern))
    names = {file.relative_to(PACKAGE).as_posix(): file for file in found}
    return {
        name: code_hash(file.read_text(encoding="utf-8")) for name, file in names.items() if name not in NOT_DECIDING
    }


def code_hash(source: str) -> str:
    """12 hexadecimal digits naming what a module does. Pure."""
    return _digest(" ".join(_flat(ast.parse(source))))


def _flat(node: Any) -> Iterator[str]:  # noqa: ANN401  # a node of a syntax tree, a list, or a constant
    """The tree as words; what is empty is left out, since newer Pythons have more (empty) fields."""
    if isinstance(node, list):
        for entry in node:
            yield from _flat(entry)
    elif not isinstance(node, ast.AST):
        yield f"{type(node).__name__}:{node!r}"
    elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):  # a text that stands alone
        yield f"({type(node).__name__}"
        for name, value in ast.iter_fields(node):
            if value is not None and value != []:
                yield name
                yield from _flat(value)
        yield ")"


def record(kind: str, *, changed: bool) -> None:
    """Record today's code of `kind`, under a new version where it `changed` what is decided."""
    recorded = _recorded()
    version = recorded[kind]["version"] + (1 if changed else 0)
    recorded[kind] = {"version": version, "code": code(kind)}
    RECORD.write_text(json.dumps(recorded, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _recorded() -> dict[str, Any]:
    try:
        recorded: dict[str, Any] = json.loads(RECORD.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadInput(
            f"{RECORD}: cannot be read ({error}); take one side of an unfinished merge (git checkout --theirs), then "
            f"record: python -m harness.rules KIND same|changed"
        ) from error
    return recorded


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def main(arguments: list[str]) -> None:
    """`KIND same|changed`.

    Raises:
        BadInput: neither.
    """
    match arguments:
        case [kind, ("same" | "changed") as how] if kind in MODULES:
            record(kind, changed=how == "changed")
        case _:
            raise BadInput(
                f"{' '.join(arguments) or 'nothing'} was asked for; expected one of {', '.join(MODULES)}, and `same` "
                f"or `changed`"
            )


if __name__ == "__main__":
    with one_sentence_of("python -m harness.rules"):
        main(sys.argv[1:])
