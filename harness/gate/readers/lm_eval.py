"""lm-evaluation-harness: `samples_TASK_DATE.jsonl` beside `results_DATE.json`, as 0.4.13 writes them.

A row of samples is a document under a filter; documents are named by `doc_hash`. Copies of a document in a benchmark
have one hash and are told apart by their order among themselves.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.errors import BadInput
from harness.gate.logged import Log, LoggedItem, LoggedTask, digest, reading, repeated
from harness.gate.reader import files_in, head, reader

_NAME = re.compile(r"samples_(?P<task>.+)_(?P<date>\d{4}-\d\d-\d\dT[\d.-]+)\.jsonl")
_RUN = ("fewshot_as_multiturn", "chat_template_sha", "system_instruction_sha")
_LIKELIHOOD = 2  # fields of an answer: the log-likelihood, and whether it is the greedy one
_TASK = ("output_type", "repeats", "generation_kwargs")


def _finds(path: Path) -> list[Path]:
    if path.is_file() and path.match("results_*.json"):
        if '"config_general"' in head(path):  # lighteval's have the same name
            return []
        date = path.stem.removeprefix("results_")
        found = sorted(path.parent.glob(f"samples_*_{date}.jsonl"))
        if not found:
            raise BadInput(f"{path}: no samples_*_{date}.jsonl beside it; run lm-eval with --log_samples")
        return found
    found = files_in(path, "samples_*.jsonl")
    if not found and path.is_dir() and any('"config_general"' not in head(one) for one in path.rglob("results_*.json")):
        raise BadInput(
            f"{path}: results without samples_*.jsonl, so no score of any item; run lm-eval with --log_samples"
        )
    return found


@reader("lm-eval", _finds)
def read(source: str, files: Sequence[Path], variant: str) -> Log:
    """Read one run: every task once.

    Raises:
        BadInput: a file is not as lm-eval writes it, or the files are of several runs.
    """
    if variant:
        raise BadInput(f"{source}: lm-eval's results have no variants; leave ::{variant} out")
    by_task = dict[str, Path]()
    for path in files:
        task = found["task"] if (found := _NAME.fullmatch(path.name)) else path.stem.removeprefix("samples_")
        if task in by_task:
            raise BadInput(
                f"{source}: two runs of task {task!r} ({by_task[task].name} and {path.name} in {path.parent}); "
                f"name the results_*.json of one of them"
            )
        by_task[task] = path
    beside = {task: _results_of(path) for task, path in by_task.items()}
    runs = {path: _run(path) for path in dict.fromkeys(beside.values()) if path is not None}
    tasks = {task: _task(task, path, runs.get(beside[task] or path, {})) for task, path in by_task.items()}
    for run in runs.values():
        tasks = _grouped(tasks, run)
    first: Mapping[str, Any] = next(iter(runs.values()), {})
    model = first.get("model_name") or files[0].parent.name
    return Log(source, f"lm-eval {first.get('lm_eval_version') or ''}".strip(), str(model), tasks)


def _results_of(path: Path) -> Path | None:
    """The results file of the run that a samples file is of."""
    found = _NAME.fullmatch(path.name)
    results = path.with_name(f"results_{found['date']}.json") if found else None
    return results if results is not None and results.is_file() else None


def _run(path: Path) -> dict[str, Any]:
    with reading(path, "results of lm-eval"):
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        content["configs"].items()
        return content


def _task(task: str, path: Path, run: Mapping[str, Any]) -> LoggedTask:
    documents = dict[tuple[int, str], dict[str, Any]]()  # one row a document and filter, together what is known of it
    for row in _rows(path):
        with reading(path, "samples of lm-eval"):
            scores = {f"{metric},{row['filter']}": row[metric] for metric in row["metrics"]}
            asked = digest(row["prompt_hash"], row["target_hash"])
            first = {"scores": {}, "asked": asked, "target": str(row.get("target", "")), "share": _share(row)}
            known = documents.setdefault((int(row["doc_id"]), str(row["doc_hash"])), first)
        if known["scores"].keys() & scores.keys():
            raise repeated(path, task, f"doc_id {row['doc_id']}")
        known["scores"] |= scores
    number = run.get("n-samples", {}).get(task, {}).get("effective")
    if number is not None and len(documents) != number:
        raise BadInput(
            f"{path}: {len(documents)} items, and lm-eval says {number} were asked; is it cut off? Run it again"
        )
    copies = Counter[str]()
    items = dict[str, LoggedItem]()
    for (_, name), known in sorted(documents.items()):
        key = f"{name[:16]}#{copies[name]}" if copies[name] else name[:16]
        items[key] = LoggedItem(known["scores"], known["asked"], known["target"])
        copies[name] += 1
    shares = [known["share"] for known in documents.values()]
    metrics = {metric for item in items.values() for metric in item.scores}
    chosen = {metric for metric in metrics if metric.startswith("acc")} if shares and all(shares) else ()
    better = run.get("higher_is_better", {}).get(task, {})
    return LoggedTask(
        items,
        {metric: sum(shares) / len(shares) for metric in chosen},
        _settings(task, run),
        frozenset(metric for metric in metrics if better.get(metric.partition(",")[0]) is False),
        by_content=True,
    )


def _settings(task: str, run: Mapping[str, Any]) -> dict[str, str]:
    """How the task was asked, beside what the hashes of its prompts say."""
    if not run:
        return {}
    config = run["configs"].get(task, {})
    said = {"num_fewshot": run.get("n-shot", {}).get(task), "version": run.get("versions", {}).get(task)}
    said |= {name: run.get(name) for name in _RUN} | {name: config.get(name) for name in _TASK}
    return {name: json.dumps(value, sort_keys=True) for name, value in said.items()}


def _share(row: Mapping[str, Any]) -> float:
    """The share that guessing gets of a choice among the continuations that were scored; 0 where nothing was chosen."""
    answers = row["filtered_resps"]
    choice = len(answers) > 1 and all(isinstance(one, list) and len(one) == _LIKELIHOOD for one in answers)
    again = 2 if "acc_mutual_info" in row["metrics"] else 1  # every option once more, without the question
    return again / len(answers) if choice else 0.0


def _grouped(tasks: dict[str, LoggedTask], run: Mapping[str, Any]) -> dict[str, LoggedTask]:
    """Benchmarks that lm-eval scores as one, such as MMLU, instead of their parts, each of which is too small."""
    parents: Mapping[str, list[str]] = run.get("group_subtasks", {})

    def leaves(name: str) -> list[str]:
        return [leaf for child in parents[name] for leaf in leaves(child)] if parents.get(name) else [name]

    scored = [name for name in run.get("groups", {}) if parents.get(name)]
    inner = {child for name in scored for child in _below(name, parents)}
    for name in scored:
        parts = [leaf for leaf in leaves(name) if leaf in tasks]
        if name not in inner and len(parts) > 1:
            tasks = {name: _joined({part: tasks[part] for part in parts})} | {
                task: one for task, one in tasks.items() if task not in parts
            }
    return tasks


def _below(name: str, parents: Mapping[str, list[str]]) -> set[str]:
    children = parents.get(name, [])
    return {*children, *(each for child in children for each in _below(child, parents))}


def _joined(parts: Mapping[str, LoggedTask]) -> LoggedTask:
    """The items of several tasks as one."""
    items = {f"{part}/{key}": item for part, task in parts.items() for key, item in task.items.items()}
    metrics = set.intersection(*({*task.chance} for task in parts.values()))
    return LoggedTask(
        items,
        {
            metric: sum(task.chance[metric] * len(task.items) for task in parts.values()) / len(items)
            for metric in metrics
        },
        {f"{name} of {part}": value for part, task in parts.items() for name, value in task.settings.items()},
        frozenset.union(*(task.lower_is_better for task in parts.values())),
        by_content=True,
    )


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with reading(path, "samples of lm-eval"):
        lines = path.read_text(encoding="utf-8").split("\n")
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield json.loads(line)
            except ValueError as error:
                raise BadInput(
                    f"{path}: line {number} is no JSON ({error}); is it cut off? Run the task again"
                ) from error
