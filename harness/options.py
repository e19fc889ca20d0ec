"""What may be written on pytest's command line, and every refusal that needs no model."""

import re
from pathlib import Path

import pytest
from _pytest.mark.expression import Expression  # what `-m` is read with; pytest has no public name for it

from harness.arguments import require_data, require_some
from harness.errors import BadInput
from harness.models.load import DTYPES

DEFAULT_METHODS = ("block_influence", "reverse")
DEFAULT_RATIOS = (0.25,)


def add_options(parser: pytest.Parser) -> None:
    """Our options, in a group of their own."""
    group = parser.getgroup(
        "layer pruning checks", "layer pruning checks (was a language model broken by removing layers?)"
    )
    add = group.addoption
    add("--model", action="append", metavar="REF", help="model to check: `tiny` (default), hub id with optional "
        "@revision, folder, or .gguf file; repeatable")  # fmt: skip
    add("--data", type=Path, metavar="DIR", help="folder with the real benchmarks as plain files; default: the hub")
    add("--dtype", choices=DTYPES, help="dtype of the weights (default: float32 on a CPU, the checkpoint's own on a "
        "GPU); results in a named dtype have baselines of their own")  # fmt: skip
    add("--limit", type=int, metavar="N", help="use a seeded random subset of N items per task; default: all")
    add("--batch-tokens", type=int, metavar="N", help="at most N tokens a batch, where memory is short (default: by "
        "tier and model)")  # fmt: skip
    add("--method", action="append", metavar="NAME", help="pruning method: a registered name or "
        f"package.module:function; repeatable (default: {', '.join(DEFAULT_METHODS)})")  # fmt: skip
    add("--ratio", action="append", type=float, metavar="R", help="share of layers to remove, between 0 and 1; "
        "repeatable (default: 0.25)")  # fmt: skip
    add("--report", type=Path, default=Path("report"), metavar="DIR", help="where verdicts.json, item files and "
        "pictures go (default: report/)")  # fmt: skip
    add("--store", type=Path, default=Path(".store"), metavar="DIR", help="where answers are kept between runs "
        "(default: .store/)")  # fmt: skip
    add("--protocol", choices=("sound", "paper"), default="sound", help="`paper` repeats the authors' choices where "
        "ours differ (default: sound)")  # fmt: skip
    add("--inconclusive", choices=("report", "fail"), default="report", help="whether an inconclusive claim fails "
        "the run (default: report)")  # fmt: skip
    add("--corpus", action="append", metavar="NAME", help="another author's recovery corpus, to compare self-generated "
        "answers with: a name of the tier, a .jsonl file, or hub:OWNER/NAME; repeatable "
        "(default: the tier's)")  # fmt: skip
    add("--recipe", metavar="NAME", help="recovery recipe (default: the tier's: tiny, small, paper)")
    add("--training-seeds", type=int, metavar="N", help="training runs of every recovery (default: the tier's)")
    add("--recovery-examples", type=int, metavar="N", help="use a seeded random subset of N examples of a recovery "
        "corpus (default: the tier's)")  # fmt: skip
    add("--responses", type=int, metavar="K", help="self-generated answers a prompt (default: 1, as in the authors' "
        "code)")  # fmt: skip
    add("--drop-responses", action="append", metavar="FILTER", help="do not train on self-generated answers that are "
        "`truncated`, `looping` or `wrong` (another number than the corpus's answer); repeatable (default: train on "
        "all; the record counts what each filter would drop)")  # fmt: skip
    add("--measure-noise", action="store_true", help="ask the unpruned model again one item at a time and in another "
        "dtype; with --update-baseline the flip rates become part of the baseline's tolerance")  # fmt: skip
    add("--healed", metavar="REF", help="a depth-pruned checkpoint that was trained on, to compare with --model, its "
        "parent (claim more-training-does-not-restore)")  # fmt: skip
    add("--related", metavar="REF", help="another checkpoint of as many layers (base, instruct, distilled), whose "
        "layers' importance is compared (claim layer-importance-is-invariant)")  # fmt: skip
    add("--dry-run", action="store_true", help="run the gpu tier on CPU with random models of the same architectures "
        "and a handful of invented items: proves the code path, decides nothing")  # fmt: skip
    add("--update-baseline", metavar="REASON", help="store today's results as the baselines, with the reason why")


def asks_for(config: pytest.Config, marker: str) -> bool:
    """Whether `-m` names a marker and wants it: `-m "not gpu"` does not ask for gpu."""
    expression = config.option.markexpr or ""
    if not re.search(rf"\b{marker}\b", expression):
        return False
    try:
        compiled = Expression.compile(expression)
    except SyntaxError:
        return False  # pytest says so itself
    # a test with this marker alone, or with every other one too
    return any(
        compiled.evaluate(lambda name, /, alone=alone, **_: not alone or name == marker) for alone in (True, False)
    )


def tier_of(config: pytest.Config, reference: str) -> str:
    """The tier of a model reference: the bundled model is `tiny`, any other is what `-m` says."""
    if reference == "tiny":
        return "tiny"
    return "gpu" if asks_for(config, "gpu") else "small"


def require_reason(config: pytest.Config) -> None:
    """Refuse a baseline without a reason.

    Raises:
        BadInput: baselines are to be stored, and nothing says why.
    """
    bare = config.option.update_snapshots or config.option.update_new_snapshots_only
    if bare and config.option.update_baseline is None:
        raise BadInput('a baseline needs a reason: use --update-baseline "REASON" instead of --snapshot-update')


def check_options(config: pytest.Config) -> None:
    """Refuse what no model is needed to refuse.

    Raises:
        BadInput: an option has a value that cannot be used.
    """
    _check_reason(config)
    _check_values(config)


def _check_reason(config: pytest.Config) -> None:
    why = config.option.update_baseline
    if why is None:
        return
    if not why.strip() or Path(why).exists():
        raise BadInput(f"--update-baseline {why!r}: expected the reason in words, such as 'new tokenizer'")
    config.option.update_snapshots = True


def _check_values(config: pytest.Config) -> None:
    from harness.models.reference import resolve
    from harness.prune.rank import resolve_method
    from harness.prune.ratio import require_ratio

    for ratio in config.option.ratio or ():
        require_ratio(ratio)
    require_some("--limit", config.option.limit, "items")
    require_some("--batch-tokens", config.option.batch_tokens, "tokens")
    require_data(config.option.data)
    for reference in config.option.model or ():
        resolve(reference)
    if config.option.dry_run:
        _check_dry_run(config)
    for method in config.option.method or ():
        resolve_method(method)
    _check_recovery(config)


def _check_recovery(config: pytest.Config) -> None:
    from harness.models.reference import resolve
    from harness.recover.recipe import recipe_named

    for other in (config.option.healed, config.option.related):
        if other is not None:
            resolve(other)
    if config.option.recipe is not None:
        recipe_named(config.option.recipe)
    if config.option.drop_responses:
        from harness.recover.self_generated import require_filters

        require_filters(config.option.drop_responses)
    for name in ("training_seeds", "recovery_examples", "responses"):
        value = getattr(config.option, name)
        if value is not None and value < 1:
            raise BadInput(f"--{name.replace('_', '-')} {value}: expected a number of at least 1")


def _check_dry_run(config: pytest.Config) -> None:
    from harness.models.dry import require_paper_model

    if not asks_for(config, "gpu"):
        raise BadInput("--dry-run is of the gpu tier only; add -m gpu")
    for name in ("data", "limit", "dtype", "update_baseline", "update_snapshots"):
        if getattr(config.option, name, None):
            option = {"update_snapshots": "snapshot-update"}.get(name, name.replace("_", "-"))
            raise BadInput(f"--{option} with --dry-run: model and items are invented; leave --{option} out")
    for reference in config.option.model or ():
        require_paper_model(reference)
