"""Falls and rises of mean scores."""

import pytest

from harness.decide.bootstrap import PairedTask, score_drop
from harness.decide.drops import mean_gain_lost, mean_of, mean_score_drop, mean_score_rise
from harness.errors import BadInput

FEW = 300  # resamples
TASKS = [
    PairedTask("a", (1.0, 0.0, 0.0, 0.0), (1.0, 1.0, 1.0, 1.0)),
    PairedTask("b", (1.0, 1.0), (1.0, 0.0)),
]


def test_tasks_count_equally():
    """A fall of .75 over four items and a rise of .5 over two: (.75 - .5) / 2."""
    assert mean_score_drop(TASKS, resamples=FEW).estimate == pytest.approx(0.125)


def test_one_task_is_the_drop_of_its_score():
    """The same interval by another way."""
    assert mean_score_drop(TASKS[:1], resamples=FEW) == score_drop(TASKS[0], resamples=FEW)


def test_a_rise_is_a_fall_upside_down():
    """Estimate and ends change their signs."""
    fall, rise = mean_score_drop(TASKS, resamples=FEW), mean_score_rise(TASKS, resamples=FEW)

    assert rise.estimate == pytest.approx(-fall.estimate)
    assert (rise.low, rise.high) == (pytest.approx(-fall.high), pytest.approx(-fall.low))


def test_a_gain_lost_is_the_difference_of_mean_gains():
    """Gains of .5 and -.25 before, none after: .125; losses count like gains."""
    assert mean_gain_lost((0.5, -0.25), (0.0, 0.0), resamples=FEW).estimate == pytest.approx(0.125)
    assert mean_gain_lost((0.0, 0.0), (0.5, -0.25), resamples=FEW).estimate == pytest.approx(-0.125)


def test_equal_gains_have_an_interval_around_nothing():
    """Its ends are as far as one more item could pull: among few items that is far."""
    few, many = (mean_gain_lost((0.25,) * n, (0.25,) * n, resamples=FEW) for n in (5, 500))

    assert few.low < many.low < 0 < many.high < few.high
    assert many.high < 0.05


def test_the_mean_of_what_has_no_bounds_has_students_interval():
    """By hand: mean 3, standard error 1, t(2) = 4.303."""
    found = mean_of([1.268, 3.0, 4.732])

    assert (found.estimate, found.low, found.high) == pytest.approx((3, 3 - 4.303, 3 + 4.303), abs=1e-3)
    assert found.p_value == pytest.approx(2 * 0.0477, abs=1e-3)


@pytest.mark.parametrize("values", [[], [1.0], [1.0, float("-inf")]])
def test_the_mean_of_too_little_is_refused(values):
    """One value has no spread, and an impossible answer's log-probability has no mean."""
    with pytest.raises(BadInput, match="expected at least 2, all finite numbers"):
        mean_of(values)
