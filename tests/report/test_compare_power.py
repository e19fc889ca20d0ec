"""How often comparing with a baseline raises a false alarm, and what it sees: the table of docs/statistics.md."""

import random
import re
from pathlib import Path

import pytest

from harness.report.compare import differences

STATISTICS = Path(__file__).parents[2] / "docs" / "statistics.md"
SWEEP = [17, 6, 3, 0, 11, 2, 15, 1, 17, 1, 16, 2, 16, 2, 15, 1, 17, 1, 16, 0, 15, 4, 15, 4, 15, 1, 10, 0, 11, 3, 12, 3,
         14, 3, 15, 6, 15, 3, 15, 4, 14, 5, 16, 2, 13, 0, 17, 2, 17, 2]  # fmt: skip
"""Right answers among 25 of ARC-Easy and GSM8K, unpruned and without each of 24 layers (0.5B model, `--limit 100`)."""
GAP = [27, 66, 27, 27, 26, 26, 76, 51, 21, 44, 1, 23, 32, 13, 65, 44]
"""Right answers among 100 of eight tasks, unpruned and without a quarter of the layers (the same model)."""
FILES = {"sweep": (SWEEP, 25), "gap": (GAP, 100)}
RUNS = 100


def stored(rights, items, floor=None):
    """A baseline with so many right answers in each cell; where a floor is given, it was measured."""
    cells = {f"v{place} | t": "1" * right + "0" * (items - right) for place, right in enumerate(rights)}
    noise = {"t": {"bfloat16": floor}} if floor else {}
    return {"verdict": "inconclusive", "items": "a", "scores": {}, "item_scores": cells, "flip_rates": noise}


def today(old, rng, *, alike=0.0, each_way=0.0, lost=0.0):
    """The same run once more.

    Args:
        old: the baseline.
        rng: of what changes.
        alike: share of answers that flip, right or wrong.
        each_way: share of answers that flip, as many of the right as of the wrong ones of a cell.
        lost: share of right answers that a defect turns wrong.
    """

    def flip(cell):
        right = cell.count("1") / len(cell)
        rates = {score: alike + each_way / 2 / max(share, 1e-9) for score, share in (("1", right), ("0", 1 - right))}
        flipped = ["10"[int(score)] if rng.random() < rates[score] else score for score in cell]
        return "".join("0" if score == "1" and rng.random() < lost else score for score in flipped)

    return old | {"item_scores": {name: flip(cell) for name, cell in old["item_scores"].items()}}


def alarms(file, runs=RUNS, floor=None, seed=0, **change):
    """Share of runs that are said to differ."""
    old, rng = stored(*FILES[file], floor), random.Random(seed)
    return sum(bool(differences(old, today(old, rng, **change))) for _ in range(runs)) / runs


def printed():
    """Rows of the table in the docs: what changed, share of alarms on the sweep's and on the gap's file."""
    section = STATISTICS.read_text().partition("\n## What comparing with a baseline sees\n")[2].partition("\n## ")[0]
    found = re.findall(r"^\| ([^|]+) \| ([\d.]+) % \| ([\d.]+) % \|$", section, re.MULTILINE)
    return [(row, float(sweep) / 100, float(gap) / 100) for row, sweep, gap in found]


ROWS = {
    "nothing changed": {},
    "2 % of all answers flip": {"alike": 0.02},
    "2 % flip, as many each way": {"each_way": 0.02},
    "11 % of all answers flip, measured": {"alike": 0.11, "floor": 0.11},
    "11 % flip, as many each way, measured": {"each_way": 0.11, "floor": 0.11},
    "11 % flip, as many each way, not measured": {"each_way": 0.11},
    "11 % of all answers flip, not measured": {"alike": 0.11},
    "20 % of the right answers lost": {"lost": 0.2},
    "10 % of the right answers lost": {"lost": 0.1},
    "5 % of the right answers lost": {"lost": 0.05},
    "10 % lost, and 2 % flip": {"lost": 0.1, "alike": 0.02},
    "20 % lost, and 11 % flip, measured": {"lost": 0.2, "alike": 0.11, "floor": 0.11},
}


@pytest.fixture(autouse=True)
def _no_collector(monkeypatch):
    """Statsmodels empties the garbage after every correction, which takes longer than the correction."""
    monkeypatch.setattr("gc.collect", lambda *_: 0)


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("noise", [{"alike": 0.02}, {"each_way": 0.02}, {"alike": 0.11, "floor": 0.11}])
def test_symmetric_flips_raise_no_alarm(file, noise):
    """At the noise floor, assumed or measured, whether answers flip alike or as many each way."""
    assert alarms(file, 30, **noise) == 0


@pytest.mark.parametrize("file", FILES)
def test_what_hits_everything_a_little_is_seen(file):
    """A defect that turns a fifth of all right answers wrong, and one that turns a tenth."""
    assert alarms(file, 20, lost=0.2) == 1
    assert alarms(file, 20, lost=0.1) == 1


def test_the_printed_table_has_every_row():
    """What the docs say was simulated is what is simulated here."""
    assert {row for row, _, _ in printed()} == set(ROWS)


@pytest.mark.slow
@pytest.mark.parametrize(("row", "sweep", "gap"), [pytest.param(*row, id=row[0]) for row in printed()])
def test_the_printed_table_comes_out(row, sweep, gap):
    """Every share within four standard errors of the difference of two simulations."""
    for file, share in (("sweep", sweep), ("gap", gap)):
        found = alarms(file, seed=1, **ROWS[row])
        assert abs(found - share) <= 4 * (2 * max(share * (1 - share), 0.005) / RUNS) ** 0.5, (file, found)
