"""Diffusion maps: rows become points whose distances follow the data's own geometry (MKA, 2406.16330).

K_ij = exp(-sqrt(|x_i - x_j| / sigma)), made free of the sampling density by K / (p_i p_j)^alpha with p the column sums,
then symmetrically normalised; coordinates are the singular vectors after the first, each divided by the first. As in
SempraETY/Pruning-via-Merging @ 3b60b00 (`pipeline.py:diffusionKernel`) with its sigma 8, alpha .5 and 2 dimensions.
S samples, D width.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SIGMA, ALPHA, DIMENSIONS = 8.0, 0.5, 2
_SMALLEST = 1e-12  # of a kernel value, and below


def diffusion_map(samples: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Coordinates (S, 2) of samples (S, D), up to the sign of each column."""
    import numpy as np

    distances = np.linalg.norm(samples[:, None] - samples[None], axis=-1)
    kernel = np.exp(-np.sqrt(distances / SIGMA))
    density = kernel.sum(axis=0)
    kernel = kernel / np.outer(density, density) ** ALPHA
    scale = np.sqrt(kernel.sum(axis=0))
    kernel = kernel / np.outer(scale, scale)
    kernel[np.abs(kernel) < _SMALLEST] = _SMALLEST
    vectors = np.linalg.svd(kernel)[0][:, : DIMENSIONS + 1]
    coordinates: NDArray[np.float64] = vectors[:, 1:] / vectors[:, :1]
    return coordinates


def ranked(coordinates: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Each column as ranks in [0, 1)."""
    return coordinates.argsort(axis=0).argsort(axis=0) / len(coordinates)
