"""The items that two results have in common, where looks ended one of them earlier. Pure.

Items are drawn in one seeded order, of which every look and limit takes the beginning. So the result with fewer items
holds the beginning of the other's draw, which both baselines keep; their scores are in the order of the file.
"""

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.tasks.outcome import TaskResult

_DIGITS = 4  # per item: of a beginning they are together, and few items share them


def draws(results: "Mapping[str, TaskResult]") -> dict[str, dict[str, Any]]:
    """Task -> 4 hexadecimal digits per item in the order of the draw, and each one's place among the scores."""
    found = {}
    for task, result in results.items():
        place = {outcome.item_id: at for at, outcome in enumerate(result.outcomes)}
        if result.order and {*result.order} == {*place}:
            names = "".join(_named(item) for item in result.order)
            found[task] = {"names": names, "places": [place[item] for item in result.order]}
    return found


def _named(item: str) -> str:
    return hashlib.sha256(item.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def on_common_items(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Two baselines, cut to the items of the one that has fewer; as they are where it is no beginning of the other."""
    before, after = old.get("draws") or {}, new.get("draws") or {}
    tasks = {name.rpartition(" | ")[2] for stored in (old, new) for name in stored.get("item_scores", {})}
    if old.get("items") == new.get("items") or not tasks or not tasks <= before.keys() & after.keys():
        return old, new
    for task in tasks:
        fewer, more = sorted((before[task]["names"], after[task]["names"]), key=len)
        if not more.startswith(fewer):
            return old, new
    sizes = {task: min(len(found[task]["places"]) for found in (before, after)) for task in tasks}
    return _cut(old, before, sizes), _cut(new, after, sizes) | {"items": old.get("items")}


def _cut(stored: Mapping[str, Any], drawn: Mapping[str, Any], sizes: Mapping[str, int]) -> dict[str, Any]:
    """With the scores of so many first items per task; of a variant that answered others, all it has."""

    def cut(name: str, scores: Any) -> Any:  # noqa: ANN401  # digits, or numbers
        task = name.rpartition(" | ")[2]
        if len(scores) != len(drawn[task]["places"]):
            return scores
        kept = [scores[place] for place in sorted(drawn[task]["places"][: sizes[task]])]
        return "".join(kept) if isinstance(scores, str) else kept

    return {**stored, "item_scores": {name: cut(name, own) for name, own in stored["item_scores"].items()}}
