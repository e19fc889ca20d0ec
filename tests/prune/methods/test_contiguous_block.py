"""One block, by how little the stream turns between its ends."""

import math

import pytest

from harness.prune.methods.contiguous_block import lowest_start
from harness.prune.rank import rank_layers


def cosine(a, b):
    return float(a.double() @ b.double()) / (float(a.double().norm()) * float(b.double().norm()))


@pytest.mark.parametrize("n", [1, 2, 5])
def test_angular_distance_of_last_tokens(small, texts, states, n):
    """d(l, n) = arccos(cos) / pi of each text's last token, averaged; the block of the lowest goes."""
    expected = []
    for first in range(small.depth - n + 1):
        angles = [math.acos(cosine(text[first][-1], text[first + n][-1])) / math.pi for text in states]
        expected.append(sum(angles) / len(angles))
    ranking = rank_layers("angular_block", small, n, texts)

    assert [value for _, value in ranking.trace] == pytest.approx(expected, abs=1e-5)
    start = expected.index(min(expected))
    assert ranking.layers == tuple(range(start, start + n))


@pytest.mark.parametrize("n", [1, 2, 5])
def test_cosine_of_all_tokens(small, texts, states, n):
    """The mean cosine of h_l and h_l+n over all tokens of all texts; the block of the highest goes."""
    expected = []
    for first in range(small.depth - n + 1):
        cosines = [cosine(a, b) for text in states for a, b in zip(text[first], text[first + n], strict=True)]
        expected.append(sum(cosines) / len(cosines))
    ranking = rank_layers("cosine_block", small, n, texts)

    assert [value for _, value in ranking.trace] == pytest.approx(expected, abs=1e-5)
    start = expected.index(max(expected))
    assert ranking.layers == tuple(range(start, start + n))


def test_of_equal_blocks_the_deeper_goes():
    """As everywhere: the larger index."""
    assert lowest_start([0.2, 0.1, 0.1, 0.3]) == 2
