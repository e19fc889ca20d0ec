"""Continuations that share what they begin with, against full passes; and what is not run at all."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.models.hooks import hooked
from harness.score.log_likelihood import score_groups
from harness.text.encode import EncodedPair

ROWS = st.lists(st.integers(3, 60), min_size=1, max_size=6).map(tuple)
OPTIONS = st.lists(st.lists(st.integers(3, 5), min_size=1, max_size=5), min_size=1, max_size=4)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(ROWS, ROWS, OPTIONS), min_size=1, max_size=4))
def test_continuations_that_begin_alike_equal_full_passes(make_random, groups):
    """Contexts of any length, options of one token, equal ones, and ones that begin as another does."""
    model = make_random("qwen2")
    asked = [
        [EncodedPair((*context, *more, *option), len(context)) for option in options]
        for context, more, options in groups
    ]
    for group, answers in zip(asked, score_groups(model, asked, 0), strict=True):
        for pair, answer in zip(group, answers, strict=True):
            with torch.inference_mode():
                logits = model(torch.tensor([pair.ids])).logits[0, pair.start - 1 : -1].log_softmax(-1)
            targets = torch.tensor(pair.ids[pair.start :])

            assert math.isclose(float(logits.gather(-1, targets[:, None]).sum()), answer.value, abs_tol=1e-3)
            assert answer.is_greedy == bool((logits.argmax(-1) == targets).all())


@pytest.mark.parametrize(
    ("group", "passes"),
    [
        ([EncodedPair((5, 6, 7, last), 3) for last in (8, 9, 10)], [(1, 3)]),
        ([EncodedPair((5, 6, 7, 8, *rest), 2) for rest in ((9, 10), (11, 12, 13))], [(1, 4), (2, 2)]),
    ],
    ids=["options of one token", "options that begin alike"],
)
def test_tokens_that_predict_nothing_are_not_run(tiny, group, passes):
    """The last of each is never run; what is the same is run once, in one pass where nothing is left."""
    score_groups(tiny.model, [group], 0)  # a model is asked what it is able to do at the first time
    seen = []
    hook = tiny.model.model.layers[0].register_forward_pre_hook(lambda _, args: seen.append(tuple(args[0].shape[:2])))
    with hooked(hook):
        score_groups(tiny.model, [group], 0)

    assert seen == passes
