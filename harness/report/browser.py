"""Which items of a claim the page shows, with every variant's answer beside the first one's. Pure."""

from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any

Item = dict[str, Any]
"""A line of an item file."""
SHOWN = {"lost": 40, "gained": 20, "wrong": 10, "right": 10}
"""Items per task that the page shows of each kind; the files in `items/` have all."""
LONGEST = 1_500
"""Characters of an answer on the page."""
LABEL = 120
"""Characters of a question in the list of items."""


def chosen(by_variant: Mapping[str, Sequence[Item]]) -> dict[str, Any]:
    """The items that the page shows: of each kind a few, with every variant's answer beside the first one's."""
    names = list(by_variant)
    if not names:
        return {"variants": [], "items": [], "of": 0}
    lookup = {name: {(item["task"], item["item_id"]): item for item in items} for name, items in by_variant.items()}
    taken: dict[tuple[str, str], int] = {}
    shown = []
    for item in by_variant[names[0]]:
        key = (item["task"], item["item_id"])
        kind = _kind(item, [lookup[name].get(key) for name in names[1:]])
        taken[key[0], kind] = taken.get((key[0], kind), 0) + 1
        if taken[key[0], kind] <= SHOWN[kind]:
            answers = [_answer(lookup[name].get(key)) for name in names]
            question, right = item.get("prompt") or key[1], (item.get("expected") or "")[:LONGEST]
            shown.append({"task": key[0], "id": question, "kind": kind, "expected": right, "answers": answers})
    for task in {one["task"] for one in shown}:
        of_task = [one for one in shown if one["task"] == task]
        common = _common([one["id"] for one in of_task])
        for one in of_task:
            one.update(_question(one["id"], common))
    order = list(SHOWN)
    shown.sort(key=lambda one: (order.index(one["kind"]), one["task"]))
    return {"variants": names, "items": shown, "of": len(by_variant[names[0]])}


def _common(questions: Sequence[str]) -> int:
    """How many characters all of them begin with, up to a whole word: instructions, worked examples."""
    first, last = min(questions), max(questions)
    if first == last:
        return 0
    same = first[: sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False)))]
    return max(same.rfind(space) + 1 for space in " \n\t")


def _question(text: str, common: int) -> dict[str, str]:
    """A question as it is shown, and its label in the list, which tells it from the others."""
    label = " ".join(text[common : common + LABEL].split()) or text[:LABEL]
    return {"label": label, "id": text if len(text) <= LONGEST else f"\u2026 {text[common : common + LONGEST]}"}


def _kind(before: Item, after: Sequence[Item | None]) -> str:
    """What became of an item under the first variant that was asked it."""
    other = next((item for item in after if item is not None), None)
    if other is None or other["score"] == before["score"]:
        return "right" if before["score"] else "wrong"
    return "lost" if other["score"] < before["score"] else "gained"


def _answer(item: Item | None) -> list[Any] | None:
    """[score, label, text, whether it was cut]."""
    if item is None:
        return None
    text = item.get("response") or ""
    return [item["score"], item["label"], text[:LONGEST], len(text) > LONGEST or item.get("finish") == "length"]
