"""All checks of a session on one model: what each takes alone, and what they take together."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from harness.foresee.face import Notes
from harness.foresee.hands import Counting
from harness.foresee.lines import Row, page
from harness.foresee.work import (
    Model,
    Piece,
    Ranking,
    Rates,
    Training,
    Work,
    new_of,
    of_pieces,
    of_ranking,
    of_training,
)

if TYPE_CHECKING:
    from harness.foresee.case import Foreseen


@dataclass(frozen=True)
class Walked:
    """One check that was walked through."""

    item: str
    """What pytest calls it."""
    name: str
    """Its claim and parameters."""
    seen: "Foreseen | None"
    """None where its claim was never opened."""
    notes: Notes
    seconds: float
    """That everything beside the model took."""
    ended: str = ""
    """Why it went no further, where it did not go all its way."""


@dataclass
class Session:
    """The checks of one model."""

    model: Model
    rates: Rates
    counting: Counting
    walks: list[Walked] = field(default_factory=list)

    def rows(self) -> list[Row]:
        """What each check takes where nothing but the store is there."""
        return [self._row(walk) for walk in self.walks]

    def _row(self, walk: Walked) -> Row:
        notes, seen = walk.notes, walk.seen
        whole = self.work(notes.pieces, notes.trainings, notes.rankings, len(notes.stored))
        first = None
        if seen is not None and seen.first is not None:
            trainings = notes.trainings[: seen.trainings_by_then]
            first = self.work(notes.pieces[: seen.first[1]], trainings, notes.rankings, 0)
        said = [walk.ended] if walk.ended else []
        return Row(
            walk.name, whole, first, power=_power(seen) if seen else "", notes=(*notes.cannot, *said),
            bookkeeping=walk.seconds,
        )  # fmt: skip

    def of_the_base(self, walk: Walked) -> float:
        """Seconds in which the unpruned model answers, of what a check takes alone."""
        return self.work([piece for piece in walk.notes.pieces if piece.kind == "base"], [], [], 0).seconds

    def seconds_of(self, walk: Walked) -> float:
        """What a check takes alone."""
        return self._row(walk).work.seconds + walk.seconds

    def total(self) -> Work:
        """What all checks take together: what several ask, rank or train is paid for once."""
        known = set[tuple[str, str]]()
        pieces = [piece for walk in self.walks for piece in new_of(walk.notes.pieces, known)]
        trainings: dict[str, Training] = {}
        for walk in self.walks:
            for run in walk.notes.trainings:  # a short run is the beginning of a long one
                trainings[run.name] = max(run, trainings.get(run.name, run), key=lambda one: one.tokens)
        rankings = {(one.name, one.tokens): one for walk in self.walks for one in walk.notes.rankings}
        stored = set().union(*(walk.notes.stored for walk in self.walks))
        return self.work(pieces, [*trainings.values()], [*rankings.values()], len(stored))

    def work(
        self, pieces: Sequence[Piece], trainings: Sequence[Training], rankings: Sequence[Ranking], stored: int
    ) -> Work:
        """What these come to."""
        found = of_pieces(pieces, self.model, self.rates, self.counting.sight.lengths)
        for run in trainings:
            found += of_training(run, self.model, self.rates)
        for chosen in rankings:
            found += of_ranking(chosen, self.model, self.rates)
        asked = sum(piece.times * len(piece.asked) for piece in pieces)
        return replace(found, stored=stored, asked=stored + round(asked))

    def as_json(self) -> dict[str, Any]:
        """The session for programs: counts, times in seconds, sizes in bytes."""
        return {
            "rates": asdict(self.rates),
            "checks": [
                {"name": row.name, "claim": (walk.seen and walk.seen.claim) or walk.item,
                 "params": dict(walk.seen.params) if walk.seen else {},
                 "work": asdict(row.work), "first_look": row.first and asdict(row.first),
                 "of_the_base": self.of_the_base(walk), "beside_the_model": row.bookkeeping,
                 "power": row.power, "notes": row.notes}
                for walk, row in zip(self.walks, self.rows(), strict=True)
            ],
            "total": asdict(self.total()),
            "lengths": self.counting.sight.lengths.table(),
        }  # fmt: skip

    def page(self) -> list[str]:
        """The session as lines."""
        return page(self.rows(), self.total(), sum(walk.seconds for walk in self.walks), self.rates.said)


def _power(seen: "Foreseen") -> str:
    """What so many items can show, in words."""
    base = "" if seen.supposed is None else f", if the base gets {seen.supposed:.0%} right"
    if seen.ground is not None and not seen.ground.open:
        return f"not testable{base}: {seen.ground.reason}"
    if seen.detectable is None:
        return f"{seen.items} items per task"
    return (
        f"{seen.items} items per task tell an effect of {seen.detectable:.2g} {seen.unit} from the minimum of "
        f"{seen.minimum:g} in 80 % of runs{base}"
    )
