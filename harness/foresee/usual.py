"""How long answers usually are: `usual.json`, from what a plan saw in a store.

pytest checks/ --plan --store STORE --report REPORT      the lengths of the stored answers, by task and kind of variant
python -m harness.foresee.usual TIER REPORT/plan.json    writes them into usual.json; of other tasks it stays as it is
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from harness.errors import BadInput, one_sentence_of
from harness.files import write_whole
from harness.foresee.lengths import Kind
from harness.tiers import TierName

FILE = Path(__file__).with_name("usual.json")
KEPT: tuple[TierName, ...] = ("tiny", "small")
"""Tiers that the file has; of the gpu tier nothing is stored."""
Known = Mapping[str, Mapping[str, Mapping[str, float]]]
"""Task -> kind of variant -> `Usual`."""


def lengths_in(path: Path) -> Known:
    """What a plan saw of stored answers.

    Raises:
        BadInput: it is the plan of no or several models, or none.
    """
    try:
        (found,) = json.loads(path.read_text(encoding="utf-8")).values()
        lengths: Known = found["lengths"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"{path}: expected the plan.json of one model, which --plan writes ({error})") from error
    if not lengths:
        raise BadInput(f"{path}: that plan saw no stored answer; name the --store of a run")
    return lengths


def merged(before: Known, seen: Known) -> dict[str, dict[str, Mapping[str, float]]]:
    """What is known of each task and kind, seen anew where it was seen. Pure."""
    return {task: {**before.get(task, {}), **seen.get(task, {})} for task in sorted({*before, *seen})}


def text_of(content: Mapping[str, Known]) -> str:
    """The file, a task a line."""
    tiers = []
    for tier, tasks in content.items():
        lines = ",\n".join(f"  {json.dumps(task)}: {json.dumps(_in_order(kinds))}" for task, kinds in tasks.items())
        tiers.append(f" {json.dumps(tier)}: {{\n{lines}\n }}")
    return "{\n" + ",\n".join(tiers) + "\n}\n"


def _in_order(kinds: Mapping[str, Any]) -> dict[str, Any]:
    return {kind: kinds[kind] for kind in get_args(Kind) if kind in kinds}


def main(arguments: list[str]) -> None:
    """`TIER PLAN`.

    Raises:
        BadInput: another tier, or no plan.
    """
    match arguments:
        case [tier, plan] if tier in KEPT:
            content = json.loads(FILE.read_text(encoding="utf-8"))
            content[tier] = merged(content[tier], lengths_in(Path(plan)))
            write_whole(FILE, text_of(content))
        case _:
            raise BadInput(
                f"{' '.join(arguments) or 'nothing'} was given; expected {' or '.join(KEPT)}, and a plan.json"
            )


if __name__ == "__main__":
    with one_sentence_of("python -m harness.foresee.usual"):
        main(sys.argv[1:])
