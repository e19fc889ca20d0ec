"""The items that two results have in common, where looks ended one of them earlier. Pure.

Items stand in one seeded order, of which every look and limit takes the beginning. So the shorter of two results is the
beginning of the longer, if the hashes of their beginnings agree.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from harness.decide.looks import FIRST_LOOK, GROWS

Beginnings = dict[str, dict[str, str]]
"""Task -> number of items -> 8 hexadecimal digits that name so many first ones."""


def beginnings(ids: Mapping[str, Sequence[str]]) -> Beginnings:
    """Names of each task's items up to every look, and of all of them."""
    return {task: {str(count): _named(own[:count]) for count in _counts(len(own))} for task, own in ids.items()}


def _counts(most: int) -> list[int]:
    counts = [most]
    while (count := FIRST_LOOK * GROWS ** (len(counts) - 1)) < most:
        counts.append(count)
    return counts


def _named(ids: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(ids).encode()).hexdigest()[:8]


def on_common_items(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Two baselines, cut to the items of the one that has fewer; as they are where it is no beginning of the other."""
    before, after = old.get("beginnings"), new.get("beginnings")
    if old.get("items") == new.get("items") or not before or not after or before.keys() != after.keys():
        return old, new
    sizes = {task: str(min(max(map(int, found[task])) for found in (before, after))) for task in before}
    if any(
        before[task].get(size) is None or before[task][size] != after[task].get(size) for task, size in sizes.items()
    ):
        return old, new
    return _cut(old, sizes), _cut(new, sizes) | {"items": old.get("items")}


def _cut(stored: Mapping[str, Any], sizes: Mapping[str, str]) -> dict[str, Any]:
    scores = stored.get("item_scores", {})
    return {**stored, "item_scores": {name: own[: int(sizes[_task(name)])] for name, own in scores.items()}}


def _task(name: str) -> str:
    return name.rpartition(" | ")[2]
