"""Mutual information and entropy from nearest neighbours, in nats. S samples.

`mutual_information` is the first estimator of Kraskov, Stoegbauer and Grassberger (2004), as scikit-learn's
`mutual_info_regression` computes it for one feature (a test compares the two). It is meant for tens to hundreds of
samples: distances of all pairs are held.
"""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_NOISE = 1e-10  # of a variable with unit spread: equal values would have no neighbours in order


def mutual_information(x: "NDArray[np.float64]", y: "NDArray[np.float64]", neighbours: int, seed: int = 0) -> float:
    """Of two variables (S,), never below zero.

    Args:
        x: one variable.
        y: the other.
        neighbours: k, below S.
        seed: of the noise that separates equal values.
    """
    import numpy as np
    from scipy.special import digamma

    noise = np.random.default_rng(seed)
    apart = []
    for values in (x, y):
        scaled = values / (values.std() or 1.0)
        scaled = scaled + _NOISE * max(1.0, float(np.abs(scaled).mean())) * noise.standard_normal(len(values))
        apart.append(np.abs(scaled[:, None] - scaled[None]))
    radius = np.sort(np.maximum(*apart), axis=1)[:, neighbours]  # column 0 is the sample itself
    # strictly nearer than the k-th neighbour; the sample itself is counted, which is the formula's + 1
    counts = [(distances < radius[:, None]).sum(axis=1) for distances in apart]
    value = digamma(len(x)) + digamma(neighbours) - sum(digamma(count).mean() for count in counts)
    return max(0.0, float(value))


def entropy(points: "NDArray[np.float64]", neighbours: int) -> float:
    """MKA's estimate for points (S, D): the mean of log(S r^D / k), r the distance to the k-th neighbour.

    It lacks the usual constants, so it is no differential entropy, and is below zero where points are dense.
    """
    import numpy as np

    samples, width = points.shape
    radius = np.sort(np.linalg.norm(points[:, None] - points[None], axis=-1), axis=1)[:, neighbours]
    return float(np.mean(width * np.log(radius))) + math.log(samples / neighbours)
