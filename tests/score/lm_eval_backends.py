"""Our backend of lm-evaluation-harness and lm-eval's own, around resident models."""

import warnings
from types import SimpleNamespace

from harness.score.scorer import Scorer

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # imports of lm-eval and what it brings along
    from lm_eval.models.huggingface import HFLM

    from harness.score.lm_eval_backend import HarnessLM


def harness_lm(model, tokenizer):
    """The model behind our backend."""
    return HarnessLM(Scorer(model, tokenizer))


def hf(model, tokenizer):
    """lm-eval's own backend around a resident model."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return HFLM(pretrained=model, tokenizer=tokenizer, batch_size=16)


def request(*args):
    """What lm-eval hands to a backend."""
    return SimpleNamespace(args=args)
