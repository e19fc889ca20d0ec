"""What a command line is refused for, before a model is loaded."""

import argparse
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import pytest

from harness.arguments import (
    named,
    require_cards,
    require_data,
    require_folder,
    require_form,
    require_model,
    require_some,
    require_writable,
)
from harness.errors import BadInput
from harness.plugin.executing import require_alone
from harness.plugin.options import FOLDERS, asked, asks_for, tier_of
from harness.plugin.planning import PROFILES, stands_in
from harness.tiers import TierName
from harness.versions import require_extra

_NUMBERS = {
    **dict.fromkeys(("batch_tokens", "thinking_tokens"), "tokens"), "limit": "items", "training_seeds": "training runs",
    "recovery_examples": "examples", "responses": "answers",
}  # fmt: skip
"""Options that are a number of something."""


def require_reason(config: pytest.Config) -> None:
    """Refuse a baseline without a reason.

    Raises:
        BadInput: baselines are to be stored, and nothing says why.
    """
    bare = config.option.update_snapshots or config.option.update_new_snapshots_only
    if bare and asked(config).update_baseline is None:
        raise BadInput('a baseline needs a reason: use --update-baseline "REASON" instead of --snapshot-update')


def require_runnable(config: pytest.Config) -> None:
    """Refuse, once a check is there to be run, what would end it later.

    Raises:
        BadInput: installed versions were not tried, a model is neither here nor on the hub, or a folder for results
            cannot be written.
    """
    from harness.versions import require_versions

    require_versions()
    if not asked(config).dry_run and not stands_in(config, "gpu" if asks_for(config, "gpu") else "tiny"):  # invented
        _require_models_found(asked(config))
    for name in FOLDERS:
        require_folder(f"--{name}", getattr(asked(config), name))


def _require_models_found(given: argparse.Namespace) -> None:
    named_by = {"--model": given.model or (), "--healed": (given.healed,), "--related": (given.related,)}
    for option, references in named_by.items():
        for reference in filter(None, references):
            with named(option):
                require_model(reference)


def require_read(config: pytest.Config, items: Sequence[pytest.Item]) -> None:
    """Refuse a data folder without a file that a check reads, and tasks of lm-eval without it, before a check runs.

    A check is known by its file: `test_arithmetic_drop.py` asks the tasks of `arithmetic-drop`; of any other one
    nothing is known before it asks.

    Raises:
        BadInput: a file is missing, or lm-eval.
    """
    from harness.subject.named import named as named_tasks
    from harness.subject.named import only_tasks
    from harness.tasks.lm_eval_tasks import CLASSIFICATION as LM_EVAL_TASKS
    from harness.tasks.roles import QUESTIONS
    from harness.tasks.source import source_of
    from harness.tasks.suite import reads

    option = asked(config)
    if option.dry_run:
        return
    for item in items:
        name = item.path.stem.removeprefix("test_")
        reference = getattr(getattr(item, "callspec", None), "params", {}).get("subject")
        questions = QUESTIONS.get(name.replace("_", "-"))
        if questions is None or not reference:
            continue
        tier = tier_of(config, reference)
        only = only_tasks(option.tasks)
        asked_here = named_tasks(name.replace("_", "-"), tier, option.protocol, only)
        if asked_here.nothing_left:
            continue
        for task in {task: None for tasks in asked_here.groups.values() for task in tasks}:
            if task in LM_EVAL_TASKS:
                require_extra("real", "tasks of lm-eval")
            if option.data is None:
                continue
            try:
                reads(task).require(source_of(tier, option.data))
            except BadInput as error:
                raise BadInput(f"{error} (task {task} of {name}; without it: -k 'not {name}')") from error


def check_options(config: pytest.Config) -> None:
    """Refuse what no model is needed to refuse.

    Raises:
        BadInput: an option has a value that cannot be used.
    """
    _check_reason(config)
    _check_plan(config)
    require_alone(config)
    _check_values(config)


def _check_reason(config: pytest.Config) -> None:
    why = asked(config).update_baseline
    if why is None:
        return
    if not why.strip() or Path(why).exists():
        raise BadInput(f"--update-baseline {why!r}: expected the reason in words, such as 'new tokenizer'")
    config.option.update_snapshots = True


def _check_plan(config: pytest.Config) -> None:
    given, processes = asked(config), getattr(config.option, "numprocesses", None)
    if given.budget is not None:
        from harness.foresee.budget import parse_budget

        parse_budget(given.budget)
    for mine, is_on, runs in (("--plan", given.plan, "nothing"), ("--budget", given.budget is not None, "a part")):
        others = (
            ("--update-baseline", given.update_baseline, f"it runs {runs}, which is no baseline"),
            ("--dry-run", given.dry_run, "its model and items are invented"),
            ("-n", processes, "one process sees what several checks share; write -n 0"),
        )
        for option, other_on, why in others:
            if is_on and other_on:
                raise BadInput(f"{mine} with {option}: {why}, or leave {mine} out")
    if given.device_profile is not None:
        from harness.foresee.rates import profile_of

        if not given.plan:
            raise BadInput(f"--device-profile {given.device_profile}: times of another machine are planned; add --plan")
        profile_of(given.device_profile, config.rootpath / PROFILES)
    if given.plan and given.budget is not None:
        raise BadInput("--plan with --budget: a plan runs nothing, so it spends nothing; leave one of them out")


def _check_values(config: pytest.Config) -> None:
    from harness.methods.dropped import require_chooser
    from harness.methods.rank import resolve_method
    from harness.prune.ratio import require_ratio
    from harness.report.latest import require_own

    given = asked(config)
    for ratio in given.ratio or ():
        require_ratio(ratio)
    for name, of in _NUMBERS.items():
        require_some(f"--{name.replace('_', '-')}", getattr(given, name), of)
    alone = hasattr(config, "workerinput") or not getattr(config.option, "numprocesses", None)
    require_cards(given.cards, by_workers=not alone)
    require_form(given.chat_template)
    require_data(given.data)
    for reference in given.model or _unnamed(config):
        if reference or given.model:
            require_model(reference, given.ratio or (), hub=False)
    if given.dry_run:
        _check_dry_run(config)
    for method in given.method or ():
        resolve_method(method)
        if asks_for(config, "own_method"):
            require_chooser(method)
    require_own(given.report)
    _check_texts(given)
    _check_recovery(given, {tier_of(config, reference) for reference in given.model or _unnamed(config)})
    for name, default in FOLDERS.items():
        if getattr(given, name) != default:  # made when a check is there to use it, as the default one is tried then
            require_writable(f"--{name}", getattr(given, name))


def _check_texts(given: argparse.Namespace) -> None:
    from harness.subject.named import parse_tasks
    from harness.tasks.calibration import parse_calibration
    from harness.tasks.fresh import parse_fresh

    parsers: dict[str, Callable[[str], object]] = {
        "tasks": parse_tasks,
        "calibration": parse_calibration,
        "fresh": parse_fresh,
    }
    for name, parse in parsers.items():
        if getattr(given, name) is not None:
            parse(getattr(given, name))


def _unnamed(config: pytest.Config) -> tuple[str, ...]:
    """A model of the tier that is run where the command line names none; the small tier is skipped then."""
    return ("",) if asks_for(config, "gpu") else () if asks_for(config, "small") else ("tiny",)


def _check_recovery(given: argparse.Namespace, tiers: Collection[TierName]) -> None:
    from harness.recover.corpora import require_corpus
    from harness.recover.recipe import recipe_named
    from harness.tasks.source import source_of

    for name in ("healed", "related"):
        if getattr(given, name) is not None:
            with named(f"--{name}"):
                require_model(getattr(given, name), hub=False)
    if given.recipe is not None:
        recipe_named(given.recipe)
    for name in given.corpus or ():
        for tier in () if given.dry_run else tiers:
            require_corpus(name, source_of(tier, given.data))
    if given.drop_responses:
        from harness.recover.self_generated import require_filters

        require_filters(given.drop_responses)


def _check_dry_run(config: pytest.Config) -> None:
    from harness.models.catalogue import require_paper_model

    if not asks_for(config, "gpu"):
        raise BadInput("--dry-run is of the gpu tier only; add -m gpu")
    given = {**vars(asked(config)), "snapshot_update": config.option.update_snapshots}
    for name in ("data", "limit", "dtype", "fresh", "update_baseline", "snapshot_update"):
        if given[name]:
            option = f"--{name.replace('_', '-')}"
            raise BadInput(f"{option} with --dry-run: model and items are invented; leave {option} out")
    for reference in given["model"] or ():
        require_paper_model(reference)
