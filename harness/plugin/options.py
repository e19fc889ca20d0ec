"""What may be written on pytest's command line, and every refusal that needs no model.

Every other plugin and conftest comes first: an option of ours that one of them has is called `--pruning-NAME` there.
Values are kept under names of our own, so `asked(config)` is never another's.
"""

import argparse
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from _pytest.mark.expression import Expression  # what `-m` is read with; pytest has no public name for it

from harness.models.reference import tier_of as tier_of_reference
from harness.options import as_path, as_share, declare
from harness.tiers import TierName

DEFAULT_METHODS = ("block_influence", "reverse")
DEFAULT_RATIOS = (0.25,)
FOLDERS = {"report": Path("report"), "store": Path(".store")}
"""Where results go by default."""
PREFIX = "layer_pruning_"
"""Of the names that pytest keeps our values under."""
OTHERWISE = "pruning-"
"""What an option is called where another plugin or conftest has its name."""


def add_options(parser: pytest.Parser) -> None:
    """Our options, in a group of their own."""
    group = parser.getgroup(
        "layer pruning checks", "layer pruning checks (was a language model broken by removing layers?)"
    )

    def add(name: str, **how: Any) -> None:  # noqa: ANN401  # argparse's own
        dest = PREFIX + name.removeprefix("--").replace("-", "_")
        try:
            group.addoption(name, dest=dest, **how)
        except argparse.ArgumentError:
            group.addoption(name.replace("--", f"--{OTHERWISE}"), dest=dest, **how)

    _add_all(add)


def values_of_options(arguments: Sequence[str]) -> list[str]:
    """What follows our options on a command line, which pytest takes for paths before it knows them."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    _add_all(lambda name, **how: parser.add_argument(name, **how | {"default": None}))
    try:
        found, _ = parser.parse_known_args(arguments)
    except argparse.ArgumentError:
        return []  # pytest will say what is wrong
    values = [value for given in vars(found).values() for value in (given if isinstance(given, list) else [given])]
    return [str(value) for value in values if value is not None]


def asked(config: pytest.Config) -> argparse.Namespace:
    """What the command line says: `asked(config).recovery_examples` is `--recovery-examples`."""
    values = vars(config.option).items()
    return argparse.Namespace(**{name.removeprefix(PREFIX): value for name, value in values if name.startswith(PREFIX)})


def unusual(config: pytest.Config) -> list[str]:
    """Options of ours that the command line or `addopts` sets otherwise than by default, as they are written."""
    default = usual()
    return [f"--{name.replace('_', '-')}" for name, value in vars(asked(config)).items() if value != default.get(name)]


def ensure_options(config: pytest.Config) -> None:
    """Set defaults where pytest knows no option of ours: a conftest that names this plugin is read too late."""
    for name, value in usual().items():
        if not hasattr(config.option, PREFIX + name):
            setattr(config.option, PREFIX + name, value)


def usual() -> dict[str, Any]:
    """Our options by default, by name."""
    parser = argparse.ArgumentParser(add_help=False)
    _add_all(parser.add_argument)
    return vars(parser.parse_args([]))


def _add_all(add: Callable[..., object]) -> None:
    declare(add, "--model", action="append", default=None, help="model to check: `tiny` (default), hub id with "
            "optional @revision, folder, or .gguf file; repeatable")  # fmt: skip
    add("--tasks", metavar="NAMES", help="decide claims on these tasks only, with commas between them; a row says "
        "which were left out and has a baseline of its own, and a claim is skipped where a role has no task left "
        "(default: all of the tier's)")  # fmt: skip
    declare(add, "--data", "--limit", "--looks", "--race", "--calibration", "--protocol")
    declare(add, "--thinking", "--thinking-tokens", "--chat-template")
    declare(add, "--dtype", help="dtype of the weights (default: float32 on a CPU, the checkpoint's own on a GPU); "
            "results in a named dtype have baselines of their own")  # fmt: skip
    declare(add, "--cards")
    declare(add, "--store", default=FOLDERS["store"])
    add("--batch-tokens", type=int, metavar="N", help="at most N tokens per batch, where memory is short (default: by "
        "tier and model)")  # fmt: skip
    add("--method", action="append", metavar="NAME", help="pruning method: a registered name or "
        "package.module:function, or drop:17-20 (drop:FILE of mergekit, NeMo, OptiPFair) for layers chosen elsewhere; "
        f"repeatable (default: {', '.join(DEFAULT_METHODS)})")  # fmt: skip
    add("--ratio", action="append", type=as_share, metavar="R", help="share of layers to remove, between 0 and 1; "
        "repeatable (default: 0.25)")  # fmt: skip
    add("--report", type=as_path, default=FOLDERS["report"], metavar="DIR", help="where verdicts.json, item files and "
        "pictures go (default: report/)")  # fmt: skip
    add("--inconclusive", choices=("report", "fail"), default="report", help="whether an inconclusive claim fails "
        "the run (default: report)")  # fmt: skip
    add("--not-testable", choices=("report", "fail"), default="report", help="whether a claim that nothing the variant "
        "answers could decide fails the run (default: report)")  # fmt: skip
    add("--corpus", action="append", metavar="NAME", help="another author's recovery corpus, to compare self-generated "
        "answers with: a name of the tier, a .jsonl file, or hub:OWNER/NAME; repeatable "
        "(default: the tier's)")  # fmt: skip
    add("--recipe", metavar="NAME", help="recovery recipe (default: the tier's: tiny, small, paper)")
    add("--training-seeds", type=int, metavar="N", help="training runs of every recovery (default: the tier's)")
    add("--recovery-examples", type=int, metavar="N", help="use a seeded random subset of N examples of a recovery "
        "corpus (default: the tier's)")  # fmt: skip
    add("--responses", type=int, metavar="K", help="self-generated answers per prompt (default: 1, as in the authors' "
        "code)")  # fmt: skip
    add("--drop-responses", action="append", metavar="FILTER", help="do not train on self-generated answers that are "
        "`truncated`, `looping` or `wrong` (another number than the corpus's answer); repeatable (default: train on "
        "all; the record counts what each filter would drop)")  # fmt: skip
    add("--measure-noise", action="store_true", help="ask the unpruned model again one item at a time and in another "
        "dtype; with --update-baseline the flip rates become part of the baseline's tolerance")  # fmt: skip
    add("--fresh", metavar="N[:SEED]", help="beside GSM8K and arithmetic (claims 1 and 3) ask N new items of the same "
        "format, made by SEED (default 0), which no model can have read, and report published minus fresh; decides "
        "nothing (default: none)")  # fmt: skip
    add("--measure-cost", action="store_true", help="time base and pruned model side by side (prefill and decode, "
        "tokens per second) for the row and its page; parameters and bytes are there in any case")  # fmt: skip
    add("--healed", metavar="REF", help="a depth-pruned checkpoint that was trained on, to compare with --model, its "
        "parent (claim more-training-does-not-restore)")  # fmt: skip
    add("--related", metavar="REF", help="another checkpoint, whose layers' importance is compared: of another "
        "family (claim positions-vary-by-family), or of as many layers (base, instruct, distilled; claim "
        "layer-importance-is-invariant)")  # fmt: skip
    add("--dry-run", action="store_true", help="run the gpu tier on CPU with random models of the same architectures "
        "and a handful of invented items: proves the code path, decides nothing")  # fmt: skip
    add("--plan", action="store_true", help="run no check: say of each what it will ask, read, write and train beyond "
        "what --store has, how long that takes here, and what so many items can show")  # fmt: skip
    add("--device-profile", metavar="NAME", help="with --plan: times on another machine, by what gpu-check "
        "measured there (a name of docs/device-profiles/, or a file), and no gpu model is loaded")  # fmt: skip
    add("--budget", metavar="TIME", help="minutes, or `90m`, `2h`: what costs least is decided first, nothing is begun "
        "that would end later, and every selected check has a row; answers are kept for the next run")  # fmt: skip
    add("--executor", choices=("local", "ray"), default="local", help="`ray`: what the selected checks ask is answered "
        "by a Ray cluster first, check by check, into --store, which all machines see; they are decided here "
        "(default: local)")  # fmt: skip
    add("--ray-address", metavar="ADDRESS", help="with --executor ray: of the cluster (default: the one that this "
        "machine belongs to, else one of its own)")  # fmt: skip
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


def tier_of(config: pytest.Config, reference: str) -> TierName:
    """The tier of a model reference: a model of the mini-world is `tiny`, any other is what `-m` says."""
    return tier_of_reference(reference, "gpu" if asks_for(config, "gpu") else "small")
