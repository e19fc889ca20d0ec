"""One block, by how little the stream turns between its ends."""

import math

import pytest

from harness.errors import BadInput
from harness.methods.contiguous_block import lowest_start
from harness.methods.rank import rank_layers
from harness.tasks.calibration import Calibration, calibration_texts
from harness.tasks.source import Bundled


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
def test_cosine_of_each_texts_tokens_then_of_texts(small, texts, states, n):
    """The mean cosine of h_l and h_l+n over the tokens of a text, then over texts; the block of the highest goes."""
    expected = []
    for first in range(small.depth - n + 1):
        means = []
        for text in states:
            cosines = [cosine(a, b) for a, b in zip(text[first], text[first + n], strict=True)]
            means.append(sum(cosines) / len(cosines))
        expected.append(sum(means) / len(means))
    ranking = rank_layers("cosine_block", small, n, texts)

    assert [value for _, value in ranking.trace] == pytest.approx(expected, abs=1e-5)
    start = expected.index(max(expected))
    assert ranking.layers == tuple(range(start, start + n))


def test_a_long_text_counts_like_a_short_one(small, states, texts):
    """Pooling all tokens, as was done before, gives other numbers on texts of unequal length."""
    pooled = [cosine(a, b) for text in states for a, b in zip(text[0], text[2], strict=True)]
    (_, value), *_ = rank_layers("cosine_block", small, 2, texts).trace

    assert abs(value - sum(pooled) / len(pooled)) > 1e-3


@pytest.mark.parametrize(("ends", "refused"), [
    (["a", "a"], True), (["a", "a", "b"], True), (["a"] * 5 + ["b"] * 4, True),
    (["a"], False), (["a", "b"], False), (["a", "a", "b", "c"], False),
])  # fmt: skip
def test_texts_that_mostly_end_in_one_token_are_refused(small, ends, refused):
    """The criterion looks at nothing but that token; one text, or as many others, is a choice of the user's."""
    texts = [f"tom has {'1 ' * index} apples {'.' if end == 'a' else end}" for index, end in enumerate(ends)]
    if not refused:
        assert len(rank_layers("angular_block", small, 2, texts).layers) == 2
        return
    with pytest.raises(
        BadInput, match=rf"{ends.count('a')} of {len(ends)} texts end in '\.'; calibrate on running text"
    ):
        rank_layers("angular_block", small, 2, texts)


def test_chats_are_refused_and_the_tiers_running_text_is_not(tiny):
    """Every chat ends in the end of turn, whatever it says."""
    chats, running = (
        calibration_texts(Calibration(corpus), "tiny", Bundled(), tiny.tokenizer, 0)
        for corpus in ("gsm8k", "wikitext2")
    )
    with pytest.raises(BadInput, match="64 of 64 texts end in '<end>'"):
        rank_layers("angular_block", tiny, 3, chats)
    assert len(rank_layers("angular_block", tiny, 3, running).layers) == 3


def test_of_equal_blocks_the_deeper_goes():
    """As everywhere: the larger index."""
    assert lowest_start([0.2, 0.1, 0.1, 0.3]) == 2
