"""The tiny model as lm-eval sees it."""

import pytest


@pytest.fixture(scope="session")
def backend(tiny):
    """The tiny model behind our backend."""
    from tests.score.lm_eval_backends import harness_lm

    return harness_lm(tiny.model, tiny.tokenizer)
