"""How often each claim is decided wrongly, and how often rightly, on answers whose truth is known.

Fewer runs than `python -m harness.decide.calibration` takes; its table is in docs/statistics.md.
"""

import pytest
from scipy.stats import binom

from harness.decide.calibration import CLAIMS, NEIGHBOURS, SIZES, reproduced
from harness.decide.simulation import World

RUNS, RESAMPLES = 60, 400
MOST = int(binom.ppf(0.999, RUNS, 0.05))  # what a true rate of 5 % exceeds once in a thousand times


@pytest.mark.parametrize("claim", [*CLAIMS, *NEIGHBOURS], ids=lambda claim: claim.name)
def test_nothing_is_rarely_reproduced(claim):
    """At the tiny tier's numbers of items, at most 5 % of runs in which nothing happened."""
    rate = reproduced(claim, SIZES["tiny"], claim.nothing, RUNS, 0, RESAMPLES)

    assert rate * RUNS <= MOST


@pytest.mark.parametrize("claim", [*CLAIMS, *NEIGHBOURS], ids=lambda claim: claim.name)
def test_an_effect_of_the_papers_size_is_mostly_seen(claim):
    """At the tiny tier's numbers of items, the paper's effect is decided in most runs."""
    assert reproduced(claim, SIZES["tiny"], claim.paper, RUNS, 0, RESAMPLES) > 0.8


@pytest.mark.parametrize("claim", NEIGHBOURS, ids=lambda claim: claim.name)
def test_a_neighbours_claim_at_its_minimum_is_rarely_reproduced(claim):
    """At most 5 % of runs in which the effect is just what counts as true."""
    rate = reproduced(claim, SIZES["tiny"], claim.boundary, RUNS, 1, RESAMPLES)

    assert rate * RUNS <= MOST


def test_a_claim_that_always_says_yes_would_be_caught():
    """The bound is one that a broken verdict exceeds: with a minimum of -1 nothing at all is reproduced."""
    import dataclasses

    (claim,) = (claim for claim in CLAIMS if claim.name == "arithmetic-drop")
    broken = dataclasses.replace(claim, minimum=-1.0)

    assert reproduced(broken, SIZES["tiny"], World(0), RUNS, 0, RESAMPLES) * RUNS > MOST
