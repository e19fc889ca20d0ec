"""Claim 10 cannot be earned by losing the thread, by guessing, or by saying nothing."""

import random

import pytest

from harness.decide.designs import design_of
from harness.decide.seeds import SeededTask
from harness.decide.verdict import judge

DESIGN, N = design_of("gap-survives-controls"), 200
KEPT, LOST = (1.0,) * N, (0.0,) * N


def evidence(at_once, after_a_chain, chances=(0.25, 0.25)):
    """Scores of (knowledge, reasoning) at each depth, of a base that has nine of ten right."""
    base = (1.0,) * (N - N // 10) + (0.0,) * (N // 10)
    return {
        f"{content} {depth}": [
            SeededTask(
                content, base, (tuple(min(pair) for pair in zip(base, scores, strict=True)),),
                0.25 if content == "knowledge" else 0.0, (chance if content == "knowledge" else 0.0,), content,
            )
        ]
        for (depth, both), chance in zip((("at once", at_once), ("after a chain", after_a_chain)), chances, strict=True)
        for content, scores in zip(("knowledge", "reasoning"), both, strict=True)
    }  # fmt: skip


def guesses(seed=0):
    """Right in a quarter of the items, by luck."""
    rng = random.Random(seed)
    return tuple(float(rng.random() < 0.25) for _ in range(N))


@pytest.mark.parametrize(
    ("at_once", "after_a_chain", "chances", "verdict"),
    [
        ((KEPT, LOST), (KEPT, LOST), (0.25, 0.25), "reproduced"),
        ((KEPT, KEPT), (KEPT, KEPT), (0.25, 0.25), "contradicted"),
        ((LOST, KEPT), (LOST, KEPT), (0.0, 0.0), "contradicted"),
        # it loses its thread in long answers, whatever they are about: nothing is left to compare there
        ((KEPT, KEPT), (LOST, LOST), (0.25, 0.0), "not testable"),
        ((LOST, LOST), (LOST, LOST), (0.0, 0.0), "not testable"),
        ((guesses(1), LOST), (guesses(2), LOST), (0.25, 0.25), "not testable"),
        ((KEPT, LOST), (LOST, LOST), (0.25, 0.0), "not testable"),
    ],
)
def test_what_a_variant_can_earn(at_once, after_a_chain, chances, verdict):
    """Only knowledge that is kept where reasoning is lost, at both depths, reproduces the claim."""
    assert judge(DESIGN, evidence(at_once, after_a_chain, chances), 2_000).verdict == verdict


def test_long_answers_that_half_work_are_no_gap():
    """A variant that keeps half of every chain and all that is answered at once has lost neither content more."""
    half = (1.0, 0.0) * (N // 2)
    found = judge(DESIGN, evidence((KEPT, KEPT), (half, half)), 2_000)

    assert found.verdict == "contradicted"
    assert abs(found.interval.estimate) < 0.2


def test_each_depth_counts_as_much():
    """The effect is the mean of the gaps at both depths, on as many items as were asked."""
    found = judge(DESIGN, evidence((KEPT, LOST), (KEPT, KEPT)), 2_000)

    assert found.interval.estimate == pytest.approx(0.5)
    assert found.interval.n == 2 * N
