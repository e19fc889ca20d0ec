"""lighteval: `details/MODEL/DATE/details_TASK_DATE.parquet` beside `results/MODEL/results_DATE.json`, in 0.13.0.

A row is a document with its metrics. Documents are named by query, options and gold answer; copies by their order.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.errors import BadInput
from harness.gate.logged import Log, LoggedItem, LoggedTask, digest, reading
from harness.gate.reader import files_in, reader

_NAME = re.compile(r"details_(?P<task>.+)_(?P<date>\d{4}-\d\d-\d\dT[\d.-]+)\.parquet")
_TASK = ("generation_size", "stop_sequence", "num_samples", "hf_revision")
_MODEL = ("generation_parameters", "system_prompt", "override_chat_template", "use_chat_template")


def _finds(path: Path) -> list[Path]:
    return files_in(path, "details_*.parquet")


@reader("lighteval", _finds)
def read(source: str, files: Sequence[Path], variant: str) -> Log:
    """Read one run: every task once.

    Raises:
        BadInput: a file is not as lighteval writes it, or the files are of several runs.
    """
    if variant:
        raise BadInput(f"{source}: lighteval's details have no variants; leave ::{variant} out")
    tasks = dict[str, LoggedTask]()
    run: Mapping[str, Any] = {}
    for path in files:
        found = _NAME.fullmatch(path.name)
        whole = found["task"] if found else path.stem.removeprefix("details_")
        name, bar, shots = whole.rpartition("|")  # its name ends with the number of examples
        name = name if bar else whole
        if name in tasks:
            raise BadInput(
                f"{source}: two runs of task {name!r} (the second in {path}); name the folder of one date, "
                f"details/MODEL/DATE"
            )
        run = _run_of(path, found["date"]) if found else {}
        settings = _settings(whole, run) | ({"num_fewshot": shots} if bar else {})
        tasks[name] = _task(path, settings, _lower(whole, run))
    general = run.get("config_general", {})
    return Log(source, "lighteval", str(general.get("model_name") or files[0].parent.parent.name), tasks)


def _task(path: Path, settings: Mapping[str, str], lower: frozenset[str]) -> LoggedTask:
    copies = Counter[str]()
    items = dict[str, LoggedItem]()
    shares = list[float]()
    for row in _rows(path):
        with reading(path, "details of lighteval"):
            doc, answer = row["doc"], row.get("model_response") or {}
            name = digest(doc["query"], doc["choices"], doc["gold_index"])
            asked = digest(doc.get("instruction"), doc.get("fewshot_samples"), answer.get("input"))
            key = f"{name}{f'#{copies[name]}' if copies[name] else ''}"
            gold = doc["gold_index"]
            target = doc["choices"][gold] if isinstance(gold, int) else ""
            items[key] = LoggedItem(dict(row["metric"]), asked, str(target))
            copies[name] += 1
            chosen = "LOGPROBS" in str(doc.get("sampling_methods")) and len(doc["choices"]) > 1
            shares.append(1 / len(doc["choices"]) if chosen else 0.0)
    guessed = {metric for item in items.values() for metric in item.scores if metric.startswith("acc")}
    chance = dict.fromkeys(guessed, sum(shares) / len(shares)) if shares and all(shares) else {}
    return LoggedTask(items, chance, settings, lower, by_content=True)


def _rows(path: Path) -> list[dict[str, Any]]:
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise BadInput(f"{path}: reading parquet needs pyarrow; run: pip install pyarrow") from error
    with reading(path, "details of lighteval"):
        with parquet.ParquetFile(path) as file:  # of the response its input alone: tokens and logits are most of a file
            rows: list[dict[str, Any]] = file.read(columns=["doc", "metric", "model_response.input"]).to_pylist()
        return sorted(rows, key=lambda row: str(row["doc"].get("id", "")))


def _run_of(path: Path, date: str) -> dict[str, Any]:
    """The results file of the run that details are of; {} where it is not beside them."""
    details = next((parent for parent in path.parents if parent.name == "details"), None)
    results = next(iter(details.parent.glob(f"results/**/results_{date}.json")), None) if details else None
    if results is None:
        return {}
    with reading(results, "results of lighteval"):
        content: dict[str, Any] = json.loads(results.read_text(encoding="utf-8"))
        content["config_general"].items()
        return content


def _settings(task: str, run: Mapping[str, Any]) -> dict[str, str]:
    if not run:
        return {}
    config = run.get("config_tasks", {}).get(task, {})
    model = run["config_general"].get("model_config") or {}
    said = {"version": run.get("versions", {}).get(task)}
    said |= {name: config.get(name) for name in _TASK} | {name: model.get(name) for name in _MODEL}
    return {name: json.dumps(value, sort_keys=True, default=str) for name, value in said.items()}


def _lower(task: str, run: Mapping[str, Any]) -> frozenset[str]:
    metrics = run.get("config_tasks", {}).get(task, {}).get("metrics") or ()
    named = [one for one in metrics if isinstance(one, dict) and isinstance(one.get("metric_name"), str)]
    return frozenset(one["metric_name"] for one in named if one.get("higher_is_better") is False)
