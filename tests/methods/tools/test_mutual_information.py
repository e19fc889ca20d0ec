import math

import numpy as np
import pytest

from harness.methods.tools.mutual_information import entropy, mutual_information


def correlated(rho, samples=400, seed=0):
    draw = np.random.default_rng(seed)
    x = draw.standard_normal(samples)
    return x, rho * x + math.sqrt(1 - rho**2) * draw.standard_normal(samples)


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
def test_it_equals_scikit_learns_estimate(rho):
    """`mutual_info_regression`, which the released code of MKA calls, on variables without equal values."""
    feature_selection = pytest.importorskip("sklearn.feature_selection")
    x, y = correlated(rho, samples=100)
    (expected,) = feature_selection.mutual_info_regression(x[:, None], y, n_neighbors=5, random_state=0)

    assert mutual_information(x, y, 5) == pytest.approx(expected, abs=1e-6)


def test_it_is_near_the_exact_value_for_normal_variables():
    """-log(1 - rho^2) / 2 nats."""
    assert mutual_information(*correlated(0.9), 5) == pytest.approx(-math.log(1 - 0.81) / 2, abs=0.1)


def test_it_does_not_depend_on_the_sign():
    """The columns of a diffusion map have no sign of their own."""
    x, y = correlated(0.7)

    assert mutual_information(x, y, 5) == pytest.approx(mutual_information(x, -y, 5), abs=1e-6)


def test_equal_values_are_told_apart_by_seeded_noise():
    """Constant variables share nothing, and the same seed gives the same value."""
    x, y = np.repeat([0.0, 1.0], 20), np.tile([0.0, 1.0], 20)

    assert mutual_information(x, y, 3, seed=1) == mutual_information(x, y, 3, seed=1) < 0.3
    assert mutual_information(np.zeros(20), np.arange(20.0), 3) < 0.3


def test_entropy_is_the_formula_written_out():
    """-mean(log(k / (S r^D))), r found by sorting distances point by point."""
    points, k = np.random.default_rng(0).random((30, 2)), 4
    radii = [sorted(math.dist(a, b) for b in points)[k] for a in points]
    expected = -sum(math.log(k / (30 * radius**2)) for radius in radii) / 30

    assert entropy(points, k) == pytest.approx(expected)
