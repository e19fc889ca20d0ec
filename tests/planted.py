"""Defects of models and recoveries for whole runs of checks: `pytest checks/ -p tests.planted --planted NAME`.

What is planted is what a verdict must not be earned by (`docs/verdicts-audit` of issue 14): a base that guesses, a
variant that says nothing, a recovery that does nothing (`--recipe idle`) or ruins the model (`--recipe ruinous`).
"""

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module

import pytest

from harness.recover.recipe import RECIPES

ADDED = {
    name: replace(RECIPES["tiny"], name=name, learning_rate=rate, clip=1e9, warmup_steps=1)
    for name, rate in (("idle", 1e-12), ("ruinous", 0.1))
}
PATCH: pytest.StashKey[pytest.MonkeyPatch] = pytest.StashKey()


def base_at_chance(patch: pytest.MonkeyPatch) -> None:
    """The model under test has the tiny one's shape and nothing else: its weights are drawn."""
    import torch

    from harness.models.fingerprint import fingerprint

    load = import_module("harness.models.load")
    honest = load.load_model

    def forgetful(*args, **options):
        loaded, draw = honest(*args, **options), torch.Generator().manual_seed(0)
        with torch.no_grad():
            for weights in loaded.model.parameters():
                if weights.ndim > 1:
                    weights.normal_(0, 0.05, generator=draw)
        return replace(loaded, fingerprint=fingerprint(loaded.model))

    patch.setattr(load, "load_model", forgetful)


def mute_variant(patch: pytest.MonkeyPatch) -> None:
    """Every variant without layers ends its turn at once, and likes no option better than another."""
    import torch

    # the modules in use: pytester drops those of an earlier run
    subject, variants = import_module("harness.subject.subject"), import_module("harness.subject.variants")
    honest = variants.apply_plan

    def silenced(model, plan):
        variant = honest(model, plan)
        words = model.get_output_embeddings().weight
        silence = torch.nn.Linear(words.shape[1], words.shape[0], dtype=words.dtype)
        torch.nn.init.zeros_(silence.weight)
        torch.nn.init.zeros_(silence.bias)
        silence.bias.data[model.generation_config.eos_token_id] = 50.0
        variant.set_output_embeddings(silence)
        return variant

    patch.setattr(variants, "apply_plan", silenced)
    patch.setattr(
        subject, "SweepScorer", lambda whole, _, **__: whole
    )  # it would answer choices with the base's own head


DEFECTS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "base-at-chance": base_at_chance,
    "mute-variant": mute_variant,
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--planted NAME`."""
    parser.addoption("--planted", choices=[*DEFECTS])


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Plant what was asked for, before recipes are looked up."""
    patch = config.stash[PATCH] = pytest.MonkeyPatch()
    for name, recipe in ADDED.items():
        patch.setitem(RECIPES, name, recipe)
    if config.getoption("--planted"):
        DEFECTS[config.getoption("--planted")](patch)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Take it out again."""
    config.stash[PATCH].undo()
