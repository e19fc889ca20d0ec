"""What one variant was asked is what any other is asked of which nothing is stored: it is looked through once.

Requests, keys, batches and stand-ins depend on the tasks alone, not on whose layers are missing; so a job of another
variant is the same job with its own name and depth.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.foresee.face import Face, Notes
    from harness.foresee.work import Piece
    from harness.tasks.outcome import TaskResult
    from harness.text.requests import Answer


@dataclass(frozen=True)
class Walk:
    """What some tasks asked of a variant of which nothing is stored."""

    results: "Mapping[str, TaskResult]"
    answers: "Mapping[str, Answer]"
    """Stand-ins of all that was asked, by key."""
    before: frozenset[str]
    """Keys of those that were there already: another task, a look or a batch of several variants asked them."""
    pieces: "tuple[Piece, ...]"
    """Jobs of the others."""


def walk_of(
    face: "Face", before: "Iterable[str]", pieces: "Iterable[Piece]", results: "Mapping[str, TaskResult]"
) -> Walk:
    """What was asked since `face.asked` was cleared.

    Args:
        face: whose.
        before: keys of the stand-ins that were there then.
        pieces: jobs that were counted since.
        results: what came of it.
    """
    answers = {key: face.answers[key] for key in face.asked if key in face.answers}
    return Walk(dict(results), answers, frozenset(before) & answers.keys(), tuple(pieces))


def again(walks: "Iterable[Walk]", face: "Face", notes: "Notes", layers: int) -> "dict[str, TaskResult] | None":
    """Results as of a walk that asked as much anew as is to be asked now, and its jobs counted; None: there is none.

    Args:
        walks: of the same tasks and a variant of the same kind.
        face: of whom they are asked now, of whom nothing is stored.
        notes: where jobs are counted.
        layers: of its model.
    """
    for walk in walks:
        if walk.answers.keys() & face.answers.keys() == walk.before:
            plans = {face.plan} if face.plan is not None else set()
            for piece in walk.pieces:
                asked = {(face.variant, key) for _, key in piece.asked}
                notes.pieces.append(replace(piece, layers=layers, kind=face.kind, asked=asked, plans=set(plans)))
            notes.base_asked |= face.kind == "base" and bool(walk.pieces)
            face.answers.update(walk.answers)
            return dict(walk.results)
    return None
