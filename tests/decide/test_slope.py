"""Whether an effect grows with size: the rule against simulated truth."""

import numpy as np
import pytest

from harness.decide.slope import slope
from harness.errors import BadInput

SIZES = (0.6e6, 2.4e6, 10e6, 30e6, 100e6)
ITEMS = (0.02, 0.03, 0.05, 0.03, 0.04)  # standard errors by the items, as the tiny tier's are


def share_decided(truth, between, draws, sizes=5):
    """How often `grows` or `shrinks` is said where effects are `truth` and trainings differ by `between`."""
    rng, said = np.random.default_rng(0), []
    errors = np.array(ITEMS[:sizes])
    for _ in range(draws):
        seen = np.array(truth[:sizes]) + rng.normal(0, between, sizes) + rng.normal(0, errors)
        said.append(slope(SIZES[:sizes], seen, errors, 0.1).trend)
    return np.mean([trend in ("grows", "shrinks") for trend in said])


@pytest.mark.parametrize("sizes", [3, 4, 5])
@pytest.mark.parametrize("between", [0.0, 0.03, 0.1, 0.2])
def test_flat_truth_is_seldom_called_a_trend(sizes, between):
    """At most 5 % beside the simulation's own error, however far trainings of one size lie apart."""
    draws = 300
    assert share_decided([0.4] * 5, between, draws, sizes) <= 0.05 + 2 * (0.05 * 0.95 / draws) ** 0.5


def test_a_trend_is_seen():
    """Effects that rise by .2 a tenfold, from trainings that differ by .02."""
    along = np.log10(SIZES) - 7
    assert share_decided(0.4 + 0.2 * along, 0.02, 100) > 0.9


def test_a_line_without_scatter_is_found_exactly():
    """The estimate is the line's, the interval has it in the middle."""
    along = np.log10(SIZES)
    found = slope(SIZES, 0.1 + 0.05 * along, ITEMS, 0.1)
    assert found.estimate == pytest.approx(0.05)
    assert [found.at(size) for size in SIZES] == pytest.approx(list(0.1 + 0.05 * along))
    assert (found.low + found.high) / 2 == pytest.approx(0.05)
    assert found.between == 0.0
    assert found.sizes == 5


@pytest.mark.parametrize(
    ("effects", "error", "trend"),
    [([0.1, 0.2, 0.3, 0.4, 0.5], 0.01, "grows"), ([0.5, 0.4, 0.3, 0.2, 0.1], 0.01, "shrinks"),
     ([0.3, 0.3, 0.3, 0.3, 0.3], 0.01, "stays"), ([0.3, 0.3, 0.3, 0.3, 0.3], 0.3, "cannot say")],
)  # fmt: skip
def test_each_trend_has_a_name(effects, error, trend):
    """One side of 0, within what stays, or neither."""
    assert slope(SIZES, effects, [error] * 5, 0.1).trend == trend


def test_scatter_beyond_the_items_widens_the_interval():
    """The spread between trainings is estimated, and the interval holds it."""
    even, uneven = slope(SIZES, [0.3] * 5, ITEMS, 0.1), slope(SIZES, [0.1, 0.5, 0.2, 0.5, 0.3], ITEMS, 0.1)
    assert uneven.between > 0.1
    assert uneven.high - uneven.low > 2 * (even.high - even.low)


def test_two_sizes_have_no_trend():
    """The sentence says what is missing."""
    with pytest.raises(BadInput, match="2 sizes with an effect: expected at least 3, since any two lie on a line"):
        slope(SIZES[:2], [0.1, 0.2], ITEMS[:2], 0.1)


def test_an_effect_without_width_is_refused():
    """No interval, no weight."""
    with pytest.raises(BadInput, match="an effect has no finite interval"):
        slope(SIZES[:3], [0.1] * 3, [0.0] * 3, 0.1)
