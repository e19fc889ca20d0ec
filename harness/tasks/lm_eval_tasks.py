"""The paper's classification benchmarks, as lm-evaluation-harness defines and scores them (acc, acc_norm).

Every task keeps the stock prompt, targets and metrics of the installed lm-eval; only the data may come from a folder,
without the network. Chat templates are not applied, as in the paper. MMLU is one task over all 57 subjects, each
question with its subject's stock description, so that a subset is drawn over all of them; few-shot MMLU is not offered.
"""

import math
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import BadInput
from harness.tasks.layouts import checked_file
from harness.tasks.lm_eval_loaded import loaded_tasks, templates_compiled_once
from harness.tasks.outcome import Outcome, TaskResult, require_enough
from harness.tasks.source import Files, Hub, Source
from harness.tasks.subset import drawn, seeded_subset
from harness.versions import require_extra

if TYPE_CHECKING:
    from harness.text.requests import Respondent


@dataclass(frozen=True)
class Stock:
    """Where a task's definition and its local data are."""

    definition: str
    """YAML file, below lm_eval/tasks."""
    split: str
    """Split that is evaluated, by the stock name."""
    items: str
    """File of that split, below `classification/` of a data folder."""
    examples: str
    """File that few-shot examples come from, below the data folder; empty: few-shot is not offered."""
    fixed_examples: bool = False
    """The examples are the five of OLMES (arXiv:2406.08446), taken in order: the train split is too large to carry."""


_STOCK = {
    "arc_easy": Stock("arc/arc_easy.yaml", "test", "arc_easy_test", "classification/arc_easy_train.jsonl.gz"),
    "arc_challenge": Stock(
        "arc/arc_challenge.yaml", "test", "arc_challenge_test", "classification/arc_challenge_train.jsonl.gz"
    ),
    "hellaswag": Stock(
        "hellaswag/hellaswag.yaml", "validation", "hellaswag_validation", "fewshot/hellaswag_olmes5.jsonl", True
    ),
    "piqa": Stock("piqa/piqa.yaml", "validation", "piqa_validation", "fewshot/piqa_olmes5.jsonl", True),
    "winogrande": Stock(
        "winogrande/default.yaml", "validation", "winogrande_xl_validation", "fewshot/winogrande_olmes5.jsonl", True
    ),
    "openbookqa": Stock(
        "openbookqa/openbookqa.yaml", "test", "openbookqa_test", "classification/openbookqa_train.jsonl.gz"
    ),
    "mmlu": Stock("mmlu/default/_default_template_yaml", "test", "mmlu_test", ""),
}
CLASSIFICATION = tuple(_STOCK)
FEW_SHOT = tuple(name for name, stock in _STOCK.items() if stock.examples)
"""Those that are offered with worked examples."""
READS = {name: Files((f"classification/{stock.items}.jsonl.gz",)) for name, stock in _STOCK.items()}
"""The files that each is read from."""
# equal to the description of each of the 57 stock tasks once its subject is filled in
_MMLU_DESCRIPTION = (
    "The following are multiple choice questions (with answers) about {{subject | replace('_', ' ')}}.\n\n"
)


def run_lm_eval(
    names: Sequence[str], scorer: "Respondent", source: Source, limit: int | None, seed: int, *, num_fewshot: int = 0
) -> list[TaskResult]:
    """Results of the named tasks, in order.

    Args:
        names: of CLASSIFICATION.
        scorer: the variant to ask.
        source: a folder or the hub.
        limit: items per task, a seeded random subset; None takes all.
        seed: decides the subset and the few-shot examples.
        num_fewshot: examples before each question.

    Raises:
        BadInput: a name is unknown, a file or lm-eval is missing, or few-shot MMLU is asked for.
    """
    unknown = [name for name in names if name not in _STOCK]
    if unknown:
        raise BadInput(f"task {unknown[0]!r} is unknown; known are {', '.join(CLASSIFICATION)}")
    require_extra("real", "tasks of lm-eval")
    with tempfile.TemporaryDirectory(prefix="harness-lm-eval-") as scratch, _quiet(offline=not isinstance(source, Hub)):
        folder = Path(scratch)
        configs = {name: task_config(name, source, num_fewshot, folder) for name in names}
        return evaluate_configs(configs, scorer, limit, seed, folder)


def require_files(names: Sequence[str], source: Source) -> None:
    """Check the rows of the files that the named tasks evaluate.

    Raises:
        BadInput: one is missing, damaged, or holds a row that is not as its layout says.
    """
    for name in names:
        for file in READS[name].names:
            checked_file(source, file)


def task_config(name: str, source: Source, num_fewshot: int, cache: Path) -> dict[str, Any]:
    """The stock task, with its data taken from a folder where one is given.

    Raises:
        BadInput: a file is missing, or few-shot MMLU is asked for.
    """
    import lm_eval.tasks

    stock = _STOCK[name]
    if num_fewshot and not stock.examples:
        raise BadInput(f"{name} is offered without few-shot examples only, not with {num_fewshot}; use 0")
    definition = Path(lm_eval.tasks.__file__).parent / stock.definition
    config: dict[str, Any] = {"include": str(definition), "task": name, "num_fewshot": num_fewshot}
    if name == "mmlu":
        config |= {"dataset_name": "all", "description": _MMLU_DESCRIPTION}
    if isinstance(source, Hub):
        return config

    files = {stock.split: str(checked_file(source, *READS[name].names).resolve())}
    config |= {
        "training_split": None,
        "validation_split": None,
        "fewshot_split": None,
        f"{stock.split}_split": stock.split,
    }
    if num_fewshot:
        files["train"] = str(checked_file(source, stock.examples).resolve())
        config |= {"training_split": "train", "fewshot_split": "train"}
        if stock.fixed_examples:
            config["fewshot_config"] = {"sampler": "first_n"}
    # the cache lies beside the task, so that nothing of it outlives the run
    kwargs = {"data_files": files, "cache_dir": str(cache / "datasets")}
    return config | {"dataset_path": "json", "dataset_name": None, "dataset_kwargs": kwargs}


def evaluate_configs(
    configs: Mapping[str, Mapping[str, Any]], scorer: "Respondent", limit: int | None, seed: int, folder: Path
) -> list[TaskResult]:
    """Run multiple-choice tasks given as lm-eval configs by name; `folder` receives files of those that are not loaded.

    Raises:
        BadInput: the data cannot be read, or the limit is below 1.
    """
    from datasets.exceptions import DatasetsError
    from lm_eval import evaluate

    from harness.score.lm_eval_backend import HarnessLM

    try:
        tasks = loaded_tasks(configs, folder, seed)
    except (OSError, EOFError, DatasetsError) as error:
        raise BadInput(
            f"the data of {', '.join(configs)} cannot be read ({type(error).__name__}: {_first_line(error)}); "
            f"connect to the hub, or name a folder of whole files with --data DIR"
        ) from error
    subsets, orders = {}, {}
    for name, task in tasks.items():
        size = len(task.eval_docs)
        orders[name] = drawn(size, limit, seed, name)
        chosen = seeded_subset([str(index) for index in range(size)], limit, seed, name)
        if len(chosen) < size:  # lm-eval searches the list for every item, so "all" is no list
            subsets[name] = chosen
    # lm-eval ignores an empty list of samples, but seeded_subset never returns one
    given = {"tasks": tasks, "groups": {}}
    asked = HarnessLM(scorer, leaves_out=True)
    with templates_compiled_once():
        found = evaluate(asked, given, samples=subsets, bootstrap_iters=0, log_samples=True)
    return [_result(name, found["samples"][name], scorer.room, orders[name]) for name in configs]


def _first_line(error: Exception) -> str:
    return (str(error.__cause__ or error).strip().splitlines() or [""])[0]


def _is_inside(sample: Mapping[str, Any]) -> bool:
    """Whether the model's input held an item: one that it did not has no likelihoods."""
    return not any(math.isnan(value) for value, _ in sample["filtered_resps"])


def _result(name: str, samples: Sequence[Mapping[str, Any]], room: int | None, order: Sequence[int] = ()) -> TaskResult:
    inside = [sample for sample in samples if _is_inside(sample)]
    left_out = tuple(_item_id(name, sample) for sample in samples if not _is_inside(sample))
    require_enough(name, len(inside), len(left_out), room)
    samples = sorted(inside, key=lambda sample: int(sample["doc_id"]))
    outcomes = tuple(_outcome(name, sample) for sample in samples)
    # a few ARC questions have three or five options
    chance = sum(1 / len(sample["filtered_resps"]) for sample in samples) / len(samples)
    ids = {int(sample["doc_id"]): outcome.item_id for sample, outcome in zip(samples, outcomes, strict=True)}
    drew = tuple(ids[index] for index in order if index in ids)
    return TaskResult(name, "choice", chance, outcomes, left_out, room, order=drew)


def _item_id(name: str, sample: Mapping[str, Any]) -> str:
    return f"{name}|{sample['doc_id']}"


def _outcome(name: str, sample: Mapping[str, Any]) -> Outcome:
    values = [float(value) for value, _ in sample["filtered_resps"]]
    extra = {"acc_norm": float(sample["acc_norm"])} if "acc_norm" in sample else {}
    label = "right" if sample["acc"] else "wrong"
    return Outcome(_item_id(name, sample), float(sample["acc"]), label, str(values.index(max(values))), extra)


@contextmanager
def _quiet(*, offline: bool) -> Iterator[None]:
    """No progress bars of `datasets` and lm-eval and, where `offline`, no network; all is put back at the end.

    The variables are for what is imported later; libraries imported already have read them into constants.
    """
    import datasets
    import huggingface_hub.constants as hub
    import lm_eval.api.task
    from tqdm import tqdm

    variables = ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE") if offline else ()
    changed: list[tuple[Any, str, Any]] = [(lm_eval.api.task, "tqdm", partial(tqdm, disable=True))]
    changed += [(hub, "HF_HUB_OFFLINE", True), (datasets.config, "HF_HUB_OFFLINE", True)] if offline else []
    environment = {name: os.environ.get(name) for name in variables}
    values = [(module, name, getattr(module, name)) for module, name, _ in changed]
    bars = datasets.is_progress_bar_enabled()
    os.environ.update(dict.fromkeys(variables, "1"))
    for module, name, value in changed:
        setattr(module, name, value)
    datasets.disable_progress_bars()
    try:
        yield
    finally:
        if bars:
            datasets.enable_progress_bars()
        for module, name, value in values:
            setattr(module, name, value)
        for name, before in environment.items():
            os.environ.pop(name) if before is None else os.environ.update({name: before})
