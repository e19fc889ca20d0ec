"""What a check asks for: the model under test, its relatives, and how a claim is decided.

Models are loaded once a session. Bad input is one sentence and a failed check, not a traceback.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from harness import progress
from harness.arguments import named, told_to_think
from harness.errors import BadInput
from harness.files import require_writable
from harness.plugin.options import asked, tier_of
from harness.plugin.planning import planning
from harness.plugin.refusals import require_reason, require_runnable
from harness.prune.ratio import layer_count

if TYPE_CHECKING:
    from typing import TextIO

    from harness.models.load import LoadedModel
    from harness.plugin.reporter import ClaimReporter
    from harness.subject import Subject
    from harness.tasks.calibration import Calibration
    from harness.tasks.fresh import Fresh
    from harness.tiers import RecoverySettings


@pytest.fixture(scope="session")
def subject(request: pytest.FixtureRequest) -> "Subject":
    """The model under test with its data, limit and store; parametrised by `--model`."""
    from harness.models.load import load_model, require_chat_template
    from harness.subject import Subject
    from harness.tasks.source import source_of
    from harness.tiers import TIERS

    tier: Any = tier_of(request.config, request.param)
    option = asked(request.config)
    require_runnable(request.config)
    if option.dry_run:
        return _dry_subject(request)
    if tier == "gpu":
        import torch

        if not torch.cuda.is_available():
            pytest.skip(f"the gpu tier needs a CUDA GPU with room for {request.param}, and this machine has none")
    _seed_everything()
    require_writable("--store", option.store)
    loaded = _told_apart(load_model(request.param, dtype=option.dtype), request.config)
    require_chat_template(loaded)
    for ratio in option.ratio or ():
        layer_count(ratio, loaded.depth)  # refused before the base is asked
    made = Subject(
        loaded, tier, source_of(tier, option.data), option.limit, option.store, protocol=option.protocol,
        progress=_progress(request.config), recovery=_recoveries(option, tier), batch_tokens=option.batch_tokens,
        shown=_shown(option),
        thinking=told_to_think(loaded, option.thinking, option.thinking_tokens), fresh=_fresh(option),
        looks=TIERS[tier].looks if option.looks is None else option.looks == "on",
        race=TIERS[tier].looks if option.race is None else option.race == "on",
    )  # fmt: skip
    plan = planning(request.config)
    return plan.subject(made) if plan else made


@pytest.fixture(scope="session")
def healed(request: pytest.FixtureRequest, subject: "Subject") -> "LoadedModel":
    """The checkpoint of `--healed`; in a dry run the stand-in without its last layer, saved and loaded again.

    It is asked with its own tokenizer and chat template.
    """
    reference = _second(request, subject, "healed", [subject.loaded.depth - 1])
    if reference is None:
        pytest.skip("needs a depth-pruned checkpoint that was trained on: add --healed REF beside its parent's --model")
    return _load_second(request, subject, "healed", reference)


@pytest.fixture(scope="session")
def earlier(subject: "Subject") -> "dict[str, Subject]":
    """The tiny model at 25 % and 50 % of its training, asked as the model under test is."""
    from harness.models.load import load_model
    from harness.models.reference import bundled

    if subject.loaded.reference.source != "tiny":
        pytest.skip(f"needs checkpoints of the training of {subject.loaded.label}, and only the tiny model has some")
    states = {}
    for share in (25, 50):
        try:
            loaded = load_model(str(bundled(f"tiny-{share}pct")), dtype=subject.loaded.dtype)
        except BadInput:
            pytest.skip(
                "needs the tiny model's training checkpoints (fixtures/ of a checkout), and there are none here"
            )
        states[f"{share} %"] = subject.of(loaded)
    return states


@pytest.fixture(scope="session")
def related(request: pytest.FixtureRequest, subject: "Subject") -> "Subject":
    """The checkpoint of `--related`, asked as the model under test is; in a dry run the stand-in again."""
    reference = _second(request, subject, "related", [])
    if reference is None:
        pytest.skip(
            "needs another checkpoint to compare with: add --related REF (of another family, instruct, distilled)"
        )
    return subject.of(_load_second(request, subject, "related", reference))


def _second(request: pytest.FixtureRequest, subject: "Subject", name: str, removed: list[int]) -> str | None:
    """The checkpoint that an option names; in a dry run the stand-in without some layers, saved."""
    from harness.prune.surgery import prune_layers

    reference: str | None = getattr(asked(request.config), name)
    if reference is None and subject.dry:
        folder = request.getfixturevalue("tmp_path_factory").mktemp(name) / f"{subject.loaded.label}-{name}"
        prune_layers(subject.loaded.model, removed).save_pretrained(folder)
        subject.loaded.tokenizer.save_pretrained(folder)
        reference = str(folder)
    return reference


def _load_second(request: pytest.FixtureRequest, subject: "Subject", name: str, reference: str) -> "LoadedModel":
    from harness.models.load import load_model, require_chat_template

    dtype = subject.loaded.dtype if subject.dry else asked(request.config).dtype
    with named(f"--{name}"):
        loaded = _told_apart(load_model(reference, dtype=dtype), request.config)
        require_chat_template(loaded)
    return loaded


def _told_apart(loaded: "LoadedModel", config: pytest.Config) -> "LoadedModel":
    """The model with a name of its own among those of the run."""
    from harness.models.reference import resolve, told_apart

    option = asked(config)
    texts = [text for text in (*(option.model or ()), option.healed, option.related) if text]
    others = [reference for reference in map(resolve, texts) if reference.text != loaded.reference.text]
    return replace(loaded, reference=told_apart([loaded.reference, *others])[0])


def _progress(config: pytest.Config) -> "TextIO":
    """Where bars are drawn while pytest captures what is written."""
    capture = config.pluginmanager.getplugin("capturemanager")
    return progress.output(capture.global_and_fixture_disabled) if capture else progress.output()


def _shown(option: Any) -> "Calibration | None":  # noqa: ANN401  # argparse's namespace
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


def _dry_subject(request: pytest.FixtureRequest) -> "Subject":
    """A random stand-in with invented items and a store of its own, all in a temporary folder."""
    from harness.models.catalogue import require_paper_model
    from harness.models.load import load_model
    from harness.selfcheck.stand_in import write_stand_in
    from harness.selfcheck.stand_in_items import favour_base, write_dry_data
    from harness.selfcheck.stand_in_rows import EXAMPLES_TO_LEARN
    from harness.subject import Subject
    from harness.tasks.source import Folder
    from harness.tiers import RecoverySettings

    model, option = require_paper_model(request.param), asked(request.config)
    folder = request.getfixturevalue("tmp_path_factory").mktemp("dry")
    _seed_everything()
    # in the dtype that a GPU would load it in
    loaded = load_model(str(write_stand_in(model, folder / f"{model.name}-stand-in")), dtype=model.dtype)
    data, store = write_dry_data(folder / "data"), folder / "store"
    favour_base(data, loaded, store)
    recovery = RecoverySettings("paper", ("alpaca",), "gsm8k-train", EXAMPLES_TO_LEARN, seeds=1, max_new_tokens=32)
    return Subject(
        loaded,
        "gpu",
        Folder(data),
        None,
        store,
        protocol=option.protocol,
        progress=_progress(request.config),
        dry=True,
        recovery=recovery,
        shown=_shown(option),
    )


def _seed_everything() -> None:
    import os
    import random

    import numpy as np
    import torch

    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # its threads and the sandbox's processes do not mix
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002  # libraries below still draw from the global state
    torch.manual_seed(0)


@pytest.fixture
def claim(request: pytest.FixtureRequest, subject: "Subject", snapshot: Any) -> "ClaimReporter":  # noqa: ANN401  # syrupy's fixture
    """`claim.case(...)` opens a claim: ask the base, then decide on the evidence."""
    from harness.plugin.closing import READ_BEFORE, STARTED
    from harness.plugin.reporter import ClaimReporter

    require_reason(request.config)
    require_writable("--report", asked(request.config).report)
    if "ratio" in request.fixturenames:
        layer_count(request.getfixturevalue("ratio"), subject.loaded.depth)  # refused before the base is asked
    subject.plans_asked.clear()
    request.node.stash[READ_BEFORE] = subject.ledger.others.copy()
    request.node.stash[STARTED] = subject.ledger.reading()
    return ClaimReporter(request, snapshot)
