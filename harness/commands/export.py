"""`python -m harness export`: a pruned model as a folder that transformers, vLLM and mergekit understand."""

import argparse
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from harness.arguments import MOST, require_data, require_form, require_some, told_form, told_to_think
from harness.commands.command import Command, told_model, told_source
from harness.errors import BadInput
from harness.models.reference import TINY, tier_of
from harness.options import as_path, declare
from harness.sizes import size

if TYPE_CHECKING:
    from harness.export.card import Score
    from harness.models.load import LoadedModel
    from harness.models.reference import Reference
    from harness.prune.mergekit import Passthrough
    from harness.prune.plan import LayerPlan
    from harness.subject import Subject


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command may be given."""
    add = parser.add_argument
    declare(add, "--model", default=None, help="`tiny`, hub id with optional @revision, folder, or .gguf file "
            "(default: the model that --plan names, else `tiny`)")  # fmt: skip
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--drop", metavar="LAYERS", help="0-based layers and units to remove, ranges inclusive: "
                      "22-29,attn12,mlp28")  # fmt: skip
    what.add_argument("--plan", type=as_path, metavar="FILE.yaml", help="a mergekit passthrough configuration")
    add("--adapter", type=as_path, metavar="DIR", help="peft LoRA adapter of the pruned model, folded into the weights")
    add("--repair", metavar="NAME", help="what makes up for the missing layers without training: bias, low_rank, norm, "
        "prune_and_comp or replace_me (default: nothing does); linear_patch has no place in a folder")  # fmt: skip
    declare(add, "--calibration", help="what --repair measures the model on: gsm8k, wikitext2, c4 or a file, "
            "and how much (default: worked answers of GSM8K)")  # fmt: skip
    declare(add, "--out", required=True)
    declare(add, "--dtype", help="dtype of the weights (default: --plan's, else the checkpoint's)")
    add("--scores", type=int, default=0, metavar="N", help="score N items per task before and after, for the card "
        "(default: 0, none)")  # fmt: skip
    declare(add, "--data", "--thinking", "--thinking-tokens", "--chat-template")


def run(arguments: argparse.Namespace) -> None:
    """Prune, fold, save, load again, and say what was written.

    Raises:
        BadInput: an argument cannot be used, or the folder would not be the variant.
    """
    given = _passthrough(arguments.plan)
    if arguments.model is None:
        arguments.model = TINY if given is None else given.model
    if given is not None:
        arguments.dtype = arguments.dtype or given.dtype
    _require(arguments, given)
    from harness.export.adapter import with_adapter
    from harness.export.card import Provenance, model_card
    from harness.export.folder import licence_files, processor_files, require_room, write_folder
    from harness.export.results import eval_results
    from harness.models.fingerprint import fingerprint
    from harness.models.load import checkpoint_dtype, load_model
    from harness.models.plain import require_plain
    from harness.prune.apply import savable_variant
    from harness.prune.plan import LayerPlan, parse_plan
    from harness.prune.saving import require_savable
    from harness.report.environment import own_command
    from harness.versions import versions as installed

    loaded = load_model(arguments.model, dtype=arguments.dtype or checkpoint_dtype(arguments.model))
    require_plain(loaded.model, "transformers cannot write them down again")
    require_room(arguments.out, loaded.model)
    plan = LayerPlan(given.kept, loaded.depth) if given is not None else parse_plan(arguments.drop, loaded.depth)
    model = savable_variant(loaded.model, plan)
    exported = replace(loaded, model=model, fingerprint=fingerprint(model))
    subject = _subject(loaded, arguments) if arguments.repair or arguments.scores else None
    mended_on = None
    if subject is not None and arguments.repair is not None:
        exported, mended_on = _repaired(exported, subject, plan, arguments.repair)
    require_savable(exported.model)
    if arguments.adapter is not None:
        exported = with_adapter(exported, arguments.adapter)
    form, scores = _scores(subject, exported) if subject and arguments.scores else (None, [])
    versions = {
        name: version
        for name, version in installed().items()
        if name in ("torch", "transformers", "layer-pruning-checks", "python")
    }
    licences = licence_files(loaded.reference)
    provenance = Provenance(
        base=loaded.reference.text,
        hub=loaded.reference.location if loaded.reference.source == "hub" else None,
        base_fingerprint=loaded.fingerprint,
        fingerprint=exported.fingerprint,
        plan=plan,
        adapter=str(arguments.adapter) if arguments.adapter else None,
        dtype=exported.dtype,
        command=own_command(),
        date=datetime.now(UTC).date().isoformat(),
        versions=versions,
        licences=[file.name for file in licences],
        form=form,
        repair=None if mended_on is None else arguments.repair,
        repaired_on=mended_on or "",
        thinking=subject.thinks if subject and scores else None,
    )
    base = None if mended_on else mergekit_base(loaded.reference, arguments.adapter)
    write_folder(
        exported,
        base,
        plan,
        arguments.out,
        lambda: model_card(provenance, scores),
        (*licences, *processor_files(loaded.reference)),
        eval_results(provenance, scores),
    )
    mended = "" if mended_on is None else f" repaired by {arguments.repair},"
    written = sum(file.stat().st_size for file in arguments.out.rglob("*") if file.is_file())
    sys.stdout.write(
        f"{arguments.out}: {loaded.label} without {plan.describe()},{mended} {len(plan.kept)} of {plan.depth} layers, "
        f"{size(written)}, fingerprint {exported.fingerprint}; loads to the same logits\n"
    )


def _require(arguments: argparse.Namespace, given: "Passthrough | None") -> None:
    """Refuse what no weight needs to be read for.

    Raises:
        BadInput: an argument cannot be used.
    """
    from harness.export.adapter import require_adapter
    from harness.export.folder import require_new
    from harness.models.ahead import depth_ahead
    from harness.models.reference import resolve
    from harness.prune.plan import DEEPEST, LayerPlan, parse_plan

    told_model(arguments.model)
    depth = depth_ahead(resolve(arguments.model)) or DEEPEST
    plan = parse_plan(arguments.drop, depth) if given is None else LayerPlan(given.kept, depth)
    if arguments.adapter is not None:
        require_adapter(arguments.adapter)
    _require_repair(arguments, plan)
    require_new(arguments.out)
    if not 0 <= arguments.scores <= MOST:
        raise BadInput(f"--scores {arguments.scores}: expected a number of items of at most {MOST:,}, or 0 for none")
    require_data(arguments.data)
    require_some("--thinking-tokens", arguments.thinking_tokens, "tokens")
    require_form(arguments.chat_template)


def _require_repair(arguments: argparse.Namespace, plan: "LayerPlan") -> None:
    """Refuse a repair that there is not or that the plan leaves no place for, and texts for none.

    Raises:
        BadInput: one of them was given.
    """
    from harness.repair.repair import repair_named, require_plan, unplain
    from harness.tasks.calibration import parse_calibration

    if arguments.calibration is not None:
        parse_calibration(arguments.calibration)
    if arguments.repair is None and arguments.calibration is not None:
        raise BadInput(f"--calibration {arguments.calibration}: is what --repair measures the model on; add --repair")
    if arguments.repair is not None:
        if not repair_named(arguments.repair).plain:
            raise BadInput(f"--repair {arguments.repair}: cannot be exported: {unplain(arguments.repair)}")
        require_plan(arguments.repair, plan, "--drop names" if arguments.plan is None else "--plan removes")


def _repaired(
    exported: "LoadedModel", subject: "Subject", plan: "LayerPlan", repair: str
) -> "tuple[LoadedModel, str | None]":
    """The variant with weights that make up for its missing layers, and the name of what they were measured on.

    Raises:
        BadInput: the model cannot be repaired so.
    """
    subject = replace(subject, limit=None)  # the texts may hold no item of any task
    mended = subject.repaired(plan, repair)
    mended = replace(exported, model=mended.model, fingerprint=mended.fingerprint)  # with its own template
    return mended, subject.choices.calibrated_on(None)


def mergekit_base(reference: "Reference", adapter: Path | None) -> str | None:
    """What mergekit shall read to write the same model; None where it cannot."""
    if adapter is not None or reference.source == "gguf":
        return None
    return reference.location + (f"@{reference.revision}" if reference.revision else "")


def _passthrough(file: Path | None) -> "Passthrough | None":
    from harness.prune.mergekit import from_yaml

    if file is None:
        return None
    if not file.is_file():
        raise BadInput(f"--plan {file}: there is no such file; expected a mergekit YAML")
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"--plan {file}: cannot be read ({error}); expected a mergekit YAML") from error
    return from_yaml(text, str(file))


def _scores(subject: "Subject", exported: "LoadedModel") -> "tuple[str | None, list[Score]]":
    """The form in which both models were asked (the folder keeps its own template), and their scores."""
    from harness.export.card import Score
    from harness.export.results import is_whole
    from harness.tasks.released import dataset
    from harness.tasks.suite import tasks_of

    exported = replace(exported, tokenizer=subject.loaded.tokenizer, form=subject.loaded.form)
    tasks = tasks_of(subject.tier)
    before, after = subject.evaluate(subject.whole, tasks), subject.evaluate(exported, tasks)
    return subject.loaded.form, [
        Score(
            task, before[task].mean, after[task].mean, len(before[task].outcomes),
            _METRICS.get(before[task].kind, "accuracy"), dataset(task), is_whole(before[task], after[task]),
        )
        for task in tasks
    ]  # fmt: skip


_METRICS = {"program": "pass@1", "summary": "rouge"}
"""By kind of answer; all others are right or wrong."""


def _subject(base: "LoadedModel", arguments: argparse.Namespace) -> "Subject":
    """The unpruned model with its data, asked in the form that was told."""
    from harness.models.load import device
    from harness.subject import Subject
    from harness.tasks.calibration import parse_calibration

    tier = tier_of(arguments.model, "gpu" if device() == "cuda" else "small")
    base = told_form(base, arguments.chat_template)  # which says so, once: the other has the same tokenizer
    thinking = told_to_think(base, arguments.thinking, arguments.thinking_tokens)
    shown = None if arguments.calibration is None else parse_calibration(arguments.calibration)
    limit = arguments.scores or None
    return Subject(base, tier, told_source(tier, arguments.data), limit, None, shown=shown, thinking=thinking)


EXPORT = Command("Write a pruned model as a Hugging Face folder with its card and mergekit file.", add_arguments, run)
