"""How often the gate errs; docs/gate.md prints the table."""

import pytest

from harness.selfcheck.gate import WORLDS, World, simulated

FEW = 800  # resamples of a simulated run


@pytest.mark.parametrize("name", WORLDS)
def test_it_errs_in_at_most_a_twentieth_of_the_runs(name):
    """Truths about which it must not be sure: all wrong verdicts together."""
    seen = simulated(WORLDS[name], 1, 200, 1, FEW)

    assert sum(seen[verdict] for verdict in WORLDS[name].wrong) <= 0.05 * 200


@pytest.mark.slow
@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("tasks", [1, 6])
def test_it_errs_seldom_on_suites_too(name, tasks):
    """Several tasks, of which each and all may be called broken: Holm's correction holds over them."""
    seen = simulated(WORLDS[name], tasks, 400, 2, FEW)

    assert sum(seen[verdict] for verdict in WORLDS[name].wrong) <= 0.05 * 400


@pytest.mark.parametrize(("keeps", "verdict"), [(0.8, "broken"), (1.0, "kept")])
def test_it_sees_what_is_there(keeps, verdict):
    """With 1,000 items a fifth lost is broken, and nothing lost is kept, in four of five runs."""
    assert simulated(World(0.6, keeps, 0.9, 1000, ()), 1, 40, 3, FEW)[verdict] >= 32
