"""What published totals can decide: right answers of two models on the same items, with nothing known of which. Pure.

Two totals leave open how many items both have right. The more of them, the fewer changed and the narrower the interval
of the retention; so the two extremes bound what the items themselves would have said.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from harness.decide.bootstrap import Interval, PairedTask
from harness.decide.resample import RESAMPLES
from harness.decide.testable import unfit
from harness.decide.verdict import shown
from harness.errors import BadInput
from harness.gate.decision import Decision, Row, row_of, verdict_of

NAME = "counts"
"""What the one task is called, for `--chance counts=SHARE`."""
_COUNT = re.compile(r"(\d{1,9})/(\d{1,9})")


def counted(text: str) -> tuple[int, int] | None:
    """Right answers and items of `736/1000`; None where it is no such text.

    Raises:
        BadInput: more right answers than items.
    """
    found = _COUNT.fullmatch(text)
    if found is None:
        return None
    right, items = int(found[1]), int(found[2])
    if not 0 <= right <= items or items == 0 or items > 1_000_000:  # noqa: PLR2004  # a list of them is made
        raise BadInput(f"{text}: expected RIGHT/ITEMS, at most as many right as items, of at most 1,000,000")
    return right, items


def decide_counts(
    base: tuple[int, int], new: tuple[int, int], keeps: float, chance: float | None = None, resamples: int = RESAMPLES
) -> Decision:
    """Decide on totals where every way to pair them decides the same.

    Args:
        base: right answers and items.
        new: the same of the new model, on the same items.
        keeps: as of `decision.decide`.
        chance: expected score of guessing; None: not known, and 0 is taken.
        resamples: random weightings of the items.

    Raises:
        BadInput: the numbers of items differ.
    """
    items = base[1]
    if new[1] != items:
        raise BadInput(f"{base[0]}/{items} and {new[0]}/{new[1]}: expected counts of the same items, so of one number")
    most, least = min(base[0], new[0]), max(0, base[0] + new[0] - items)
    notes = ["assumed: both models were asked the same items in the same way", *_guessed(chance)]
    floor = unfit((1.0,) * base[0] + (0.0,) * (items - base[0]), chance or 0.0)
    if floor:
        row = Row(NAME, "left out", items, base[0] / items, new[0] / items, chance=chance, why=floor)
        return Decision("not comparable", "the base has nothing to keep", keeps, (row,), tuple(notes))

    def paired(both: int) -> Row:
        """The row if so many items are right in both."""
        lost, gained = base[0] - both, new[0] - both
        before = (1.0,) * (both + lost) + (0.0,) * (items - both - lost)
        after = (1.0,) * both + (0.0,) * lost + (1.0,) * gained + (0.0,) * (items - both - lost - gained)
        task = [PairedTask(NAME, after, before, chance or 0.0)]
        return replace(row_of(NAME, task, keeps, resamples), chance=chance)

    alike, unlike = paired(most), paired(least)
    best, worst = _retention(alike), _retention(unlike)
    verdict, other = verdict_of(best, keeps), verdict_of(worst, keeps)
    rows = replace(alike, name="most alike", verdict=verdict), replace(unlike, name="least alike", verdict=other)
    seen = f"{shown(best, keeps)} if as many items as can be are right in both, {shown(worst, keeps)} if as few"
    if verdict == other:
        asked = f"where {keeps:g} is asked" if verdict == "undecided" else f"so {verdict} whichever they are"
        return Decision(verdict, f"{seen}, {asked}", keeps, rows, tuple(notes))
    turn = _turn(least, most, lambda both: verdict_of(_retention(paired(both)), keeps) == verdict)
    luck = round(base[0] * new[0] / items)
    sentence = (
        f"{seen}; {verdict} if at least {turn:,} are, of {least:,} to {most:,} that may be ({luck:,} where two models "
        f"agree by luck only), which the items' own scores would tell"
    )
    return Decision("undecided", sentence, keeps, rows, tuple(notes))


def _turn(low: int, high: int, same: Callable[[int], bool]) -> int:
    """The least number between the two from which on something holds that holds at the higher, not at the lower."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if same(middle) else (middle, high)
    return high


def _guessed(chance: float | None) -> list[str]:
    return [] if chance is not None else [f"guessing is taken to score 0, not being known (--chance {NAME}=SHARE)"]


def _retention(row: Row) -> Interval:
    assert row.retention is not None
    return row.retention
