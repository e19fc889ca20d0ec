import math

import numpy as np
import pytest

from harness.methods.tools.diffusion_map import diffusion_map, ranked


def test_coordinates_are_the_formula_written_out():
    """Kernel, density, normalisation entry by entry; eigenvectors of the symmetric matrix instead of an SVD."""
    samples = np.random.default_rng(0).standard_normal((12, 4)) * 5
    size = range(12)
    k = [[math.exp(-math.sqrt(math.dist(samples[i], samples[j]) / 8)) for j in size] for i in size]
    p = [sum(k[i][j] for i in size) for j in size]
    k1 = [[k[i][j] / math.sqrt(p[i] * p[j]) for j in size] for i in size]
    v = [math.sqrt(sum(k1[i][j] for i in size)) for j in size]
    a = np.array([[k1[i][j] / (v[i] * v[j]) for j in size] for i in size])
    values, vectors = np.linalg.eigh(a)
    order = np.argsort(-np.abs(values))
    expected = vectors[:, order[1:3]] / vectors[:, order[:1]]
    found = diffusion_map(samples)

    assert found.shape == (12, 2)
    for column in range(2):
        signs = found[:, column] / expected[:, column]
        assert np.abs(signs) == pytest.approx(np.ones(12), abs=1e-6)
        assert len(set(np.sign(signs))) == 1


def test_two_clusters_are_apart_on_the_first_coordinate():
    """The geometry of the data survives: no sample lies among those of the other cluster."""
    draw = np.random.default_rng(1)
    samples = np.concatenate([draw.standard_normal((10, 6)), draw.standard_normal((10, 6)) + 30])
    first = diffusion_map(samples)[:, 0]
    low, high = sorted((first[:10], first[10:]), key=lambda part: part.mean())

    assert low.max() < high.min()


def test_ranks_are_shares_of_the_samples():
    """The lowest value is 0, the next 1/S."""
    assert ranked(np.array([[3.0, 1.0], [1.0, 5.0], [2.0, 9.0]])).tolist() == [[2 / 3, 0], [0, 1 / 3], [1 / 3, 2 / 3]]
