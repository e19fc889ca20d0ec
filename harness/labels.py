"""Short names of places (folders, files, hub ids) that still tell two of them apart. Pure."""

import re
from collections.abc import Sequence

_NUMBERED = r"(checkpoint|ckpt|step|global_step|epoch|iter|iteration|run|version|v|seed)?[-_.]?\d*"
_USUAL = (
    "base best checkpoints corpus data dataset export exported final healed hf huggingface last latest main merged "
    "merged_model model models out output outputs pruned pytorch_model results snapshots test train training"
)
_SAYS_LITTLE = re.compile(rf"{_NUMBERED}|[0-9a-f]{{40}}|{'|'.join(_USUAL.split())}", re.IGNORECASE)


def label(parts: Sequence[str]) -> str:
    """The last part of a place; with those before it where it is what every trainer writes: `run-a/checkpoint-500`."""
    return distinct([parts])[0]


def distinct(places: Sequence[Sequence[str]]) -> list[str]:
    """Labels of several places, as long as they must be to differ, also where a disk ignores case."""
    lengths = [_least(parts) for parts in places]
    while True:
        labels = ["/".join(parts[-length:]) for parts, length in zip(places, lengths, strict=True)]
        folded = [text.casefold() for text in labels]
        longer = [
            index
            for index, parts in enumerate(places)
            if lengths[index] < len(parts)
            and any(folded[index] == other and places[index] != places[place] for place, other in enumerate(folded))
        ]
        if not longer:
            return labels
        for index in longer:
            lengths[index] += 1


def tails(parts: Sequence[str]) -> list[str]:
    """Every label that a place may have, the shortest first."""
    return ["/".join(parts[-length:]) for length in range(_least(parts), len(parts) + 1)]


def _least(parts: Sequence[str]) -> int:
    """Parts that a label must have to say something."""
    said = (
        length for length in range(1, len(parts) + 1) if not _SAYS_LITTLE.fullmatch(parts[-length].partition("@")[0])
    )
    return next(said, len(parts))
