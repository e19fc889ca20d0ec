"""What a check asks for: the model under test, its relatives, and how a claim is decided.

Models are loaded once a session. Bad input is one sentence and a failed check, not a traceback.
"""

from typing import TYPE_CHECKING, Any

import pytest

from harness.arguments import named, told_form, told_second
from harness.errors import BadInput
from harness.files import require_writable
from harness.plugin.loading import progress_of, seed_everything, shown_of, subject_of, told_apart_in
from harness.plugin.options import asked
from harness.plugin.planning import planning
from harness.plugin.refusals import require_reason, require_runnable
from harness.prune.ratio import layer_count

if TYPE_CHECKING:
    from harness.models.load import LoadedModel
    from harness.plugin.reporter import ClaimReporter
    from harness.subject import Subject


@pytest.fixture(scope="session")
def subject(request: pytest.FixtureRequest) -> "Subject":
    """The model under test with its data, limit and store; parametrised by `--model`."""
    if asked(request.config).dry_run:
        require_runnable(request.config)
        return _dry_subject(request)
    made = subject_of(request.config, request.param)
    plan = planning(request.config)
    return plan.subject(made) if plan else made


@pytest.fixture(scope="session")
def healed(request: pytest.FixtureRequest, subject: "Subject") -> "LoadedModel":
    """The checkpoint of `--healed`; in a dry run the stand-in without its last layer, saved and loaded again.

    It is asked with its own tokenizer and chat template. One that nobody trained is refused.
    """
    reference = _second(request, subject, "healed", [subject.loaded.depth - 1])
    if reference is None:
        pytest.skip("needs a depth-pruned checkpoint that was trained on: add --healed REF beside its parent's --model")
    with named("--healed"):
        loaded = told_second(reference, subject.loaded, _dtype(request, subject), asked(request.config).chat_template)
        if not subject.dry:
            _require_trained(loaded, subject.loaded)
    return told_apart_in(loaded, request.config)


def _require_trained(loaded: "LoadedModel", parent: "LoadedModel") -> None:
    """Refuse a checkpoint that was cut and never trained: what was not done cannot fail to restore.

    Raises:
        BadInput: it is one.
    """
    from harness.prune.kinship import only_cut

    if only_cut(parent, loaded):
        one, other = loaded.reference.text, parent.reference.text
        raise BadInput(
            f"--model {one}: its layers read what {other}'s read with the same weights, bit for bit, so it was pruned, "
            f"and perhaps repaired, and not trained; name a checkpoint that was trained on, or see what it kept: "
            f"python -m harness compare {other} {one}"
        )


@pytest.fixture(scope="session")
def earlier(request: pytest.FixtureRequest, subject: "Subject") -> "dict[str, Subject]":
    """The tiny model at 25 % and 50 % of its training, asked as the model under test is."""
    from harness.models.load import load_model
    from harness.models.reference import bundled

    if subject.loaded.reference.source != "tiny":
        pytest.skip(f"needs checkpoints of the training of {subject.loaded.label}, and only the tiny model has some")
    states = {}
    for share in (25, 50):
        try:
            state = load_model(str(bundled(f"tiny-{share}pct")), dtype=subject.loaded.dtype)
            loaded = told_form(state, asked(request.config).chat_template)
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
    from harness.models.load import load_model

    with named("--related"):
        loaded = told_form(load_model(reference, dtype=_dtype(request, subject)), asked(request.config).chat_template)
    return subject.of(told_apart_in(loaded, request.config))


def _dtype(request: pytest.FixtureRequest, subject: "Subject") -> str | None:
    """Of the weights of a second checkpoint."""
    dtype: str | None = subject.loaded.dtype if subject.dry else asked(request.config).dtype
    return dtype


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
    seed_everything()
    # in the dtype that a GPU would load it in
    loaded = load_model(str(write_stand_in(model, folder / f"{model.name}-stand-in")), dtype=model.dtype)
    data, store = write_dry_data(folder / "data"), folder / "store"
    favour_base(data, loaded, store)
    from harness.subject.named import only_tasks

    recovery = RecoverySettings("paper", ("alpaca",), "gsm8k-train", EXAMPLES_TO_LEARN, seeds=1, max_new_tokens=32)
    return Subject(
        loaded,
        "gpu",
        Folder(data),
        None,
        store,
        protocol=option.protocol,
        progress=progress_of(request.config),
        dry=True,
        recovery=recovery,
        shown=shown_of(option),
        tasks=only_tasks(option.tasks),
    )


@pytest.fixture
def claim(request: pytest.FixtureRequest, subject: "Subject", snapshot: Any) -> "ClaimReporter":  # noqa: ANN401  # syrupy's fixture
    """`claim.case(...)` opens a claim: ask the base, then decide on the evidence."""
    from harness.plugin.closing import READ_BEFORE, STARTED
    from harness.plugin.reporter import ClaimReporter

    if request.node.get_closest_marker("trains") and not request.node.get_closest_marker("own_method"):
        _require_recoveries()
    require_reason(request.config)
    require_writable("--report", asked(request.config).report)
    if "ratio" in request.fixturenames:
        layer_count(request.getfixturevalue("ratio"), subject.loaded.depth)  # refused before the base is asked
    subject.plans_asked.clear()
    request.node.stash[READ_BEFORE] = subject.ledger.others.copy()
    request.node.stash[STARTED] = subject.ledger.reading()
    return ClaimReporter(request, snapshot)


def _require_recoveries() -> None:
    """Skip a check that trains where what it trains with is not installed."""
    from harness.versions import how_to_get, missing_of

    if missing := missing_of("recover"):
        pytest.skip(f"recoveries need {' and '.join(missing)}; run: {how_to_get('recover')}")
