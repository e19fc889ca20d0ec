"""The model under test, made once a session of what the command line says."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from harness import progress
from harness.arguments import told_form, told_to_think
from harness.files import require_writable
from harness.models.catalogue import require_paper_model
from harness.plugin.options import asked, tier_of
from harness.plugin.planning import stands_in
from harness.plugin.refusals import require_runnable
from harness.plugin.spending import spending
from harness.prune.ratio import layer_count

if TYPE_CHECKING:
    from typing import TextIO

    from harness.models.load import LoadedModel
    from harness.subject import Subject
    from harness.tasks.calibration import Calibration
    from harness.tasks.fresh import Fresh
    from harness.tiers import RecoverySettings

MADE: pytest.StashKey[dict[str, "Subject"]] = pytest.StashKey()


def subject_of(config: pytest.Config, reference: str) -> "Subject":
    """The model that a reference names, with its data, limit and store.

    Raises:
        BadInput: it, or what it is to be asked with, cannot be used.
        Skipped: this machine has no GPU for it.
    """
    made = config.stash.setdefault(MADE, {})
    if reference not in made:
        subject = _subject(config, reference)
        budget = spending(config)
        made[reference] = budget.subject(subject) if budget else subject
    return made[reference]


def _subject(config: pytest.Config, reference: str) -> "Subject":
    from harness.models.load import load_model
    from harness.subject import Subject
    from harness.subject.named import only_tasks
    from harness.tasks.source import source_of
    from harness.tiers import TIERS

    tier: Any = tier_of(config, reference)
    option = asked(config)
    require_runnable(config)
    absent = require_paper_model(reference) if stands_in(config, tier) else None
    if tier == "gpu" and absent is None:
        import torch

        if not torch.cuda.is_available():
            pytest.skip(f"the gpu tier needs a CUDA GPU with room for {reference}, and this machine has none")
    seed_everything()
    require_writable("--store", option.store)
    if absent is not None:
        from harness.foresee.published import stand_in_of

        loaded = stand_in_of(absent, reference)
    else:
        loaded = told_apart_in(load_model(reference, dtype=option.dtype), config)
    loaded = told_form(loaded, option.chat_template)
    for ratio in option.ratio or ():
        layer_count(ratio, loaded.depth)  # refused before the base is asked
    return Subject(
        loaded, tier, source_of(tier, option.data), option.limit, option.store, protocol=option.protocol,
        progress=progress_of(config), recovery=_recoveries(option, tier), batch_tokens=option.batch_tokens,
        shown=shown_of(option),
        thinking=told_to_think(loaded, option.thinking, option.thinking_tokens), fresh=_fresh(option),
        tasks=only_tasks(option.tasks),
        looks=TIERS[tier].looks if option.looks is None else option.looks == "on",
        race=TIERS[tier].looks if option.race is None else option.race == "on",
    )  # fmt: skip


def told_apart_in(loaded: "LoadedModel", config: pytest.Config) -> "LoadedModel":
    """The model with a name of its own among those of the run."""
    from harness.models.reference import resolve, told_apart

    option = asked(config)
    texts = [text for text in (*(option.model or ()), option.healed, option.related) if text]
    others = [reference for reference in map(resolve, texts) if reference.text != loaded.reference.text]
    return replace(loaded, reference=told_apart([loaded.reference, *others])[0])


def progress_of(config: pytest.Config) -> "TextIO | None":
    """Where bars are drawn while pytest captures what is written; None with `-q`: nowhere."""
    if config.get_verbosity() < 0:
        return None
    capture = config.pluginmanager.getplugin("capturemanager")
    return progress.output(capture.global_and_fixture_disabled) if capture else progress.output()


def shown_of(option: Any) -> "Calibration | None":  # noqa: ANN401  # argparse's namespace
    """What the command line says that methods are shown."""
    from harness.tasks.calibration import parse_calibration

    return None if option.calibration is None else parse_calibration(option.calibration)


def _fresh(option: Any) -> "Fresh | None":  # noqa: ANN401  # argparse's namespace
    from harness.tasks.fresh import parse_fresh

    return None if option.fresh is None else parse_fresh(option.fresh)


def _recoveries(option: Any, tier: Any) -> "RecoverySettings":  # noqa: ANN401  # argparse's namespace
    """The tier's recoveries, with what the command line changes."""
    from harness.tiers import TIERS

    asked = {
        "recipe": option.recipe,
        "corpora": tuple(option.corpus) if option.corpus else None,
        "seeds": option.training_seeds,
        "examples": option.recovery_examples,
        "responses": option.responses,
        "drop": tuple(sorted(set(option.drop_responses))) if option.drop_responses else None,
    }
    return replace(TIERS[tier].recovery, **{name: value for name, value in asked.items() if value is not None})


def seed_everything() -> None:
    """Seed whatever draws from a global state."""
    import os
    import random

    import numpy as np
    import torch

    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # its threads and the sandbox's processes do not mix
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002  # libraries below still draw from the global state
    torch.manual_seed(0)
