"""A report in the schema of Every Eval Ever (0.3.0): scores per task, and beside them every item.

Schema: github.com/evaleval/every_eval_ever, `every_eval_ever/schemas/*.schema.json` at 9bce4136 (MIT); tests hold what
is written here to a copy of it. A file of items is a model: the unpruned one of all rows that asked it alike.
"""

import hashlib
import json
import math
import statistics
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from harness.errors import BadInput
from harness.files import write_whole
from harness.report.items import read_items
from harness.report.names import hashed, record_name, slug
from harness.report.record import ClaimRecord
from harness.report.verdicts import read_records
from harness.tasks.released import dataset

SCHEMA = "0.3.0"
COLLECTION = "layer-pruning-checks"
DEVELOPER = "unknown"  # a row does not say who made the model
BASE = "base"

Item = Mapping[str, Any]
Json = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A model that was asked, with its answers."""

    record: ClaimRecord
    """The row that it is of; of the unpruned model the first one."""
    variant: str
    """Its file's name."""
    items: Mapping[str, Sequence[Item]]
    """By task; only items whose score is defined."""
    environment: Mapping[str, Any]
    """Of the run that asked it; of several alike the last."""

    @property
    def name(self) -> str:
        """The model's name, with what was removed, or the row where that is not one set of layers."""
        what = self.record.measurements.get("removed") or record_name(self.record)
        return self.record.model if self.variant == BASE else f"{self.record.model} {self.variant} ({what})"

    @property
    def model_id(self) -> str:
        """The name with digits of all that makes it another model: weights and how they were asked, or the row."""
        own = "" if self.variant == BASE else record_name(self.record)
        what = [self.record.model_fingerprint, *_asked_in(self.record).values(), own, self.variant]
        return f"{DEVELOPER}/{slug(self.name)}-{hashed(json.dumps(what))}"


def write_every_eval_ever(report: Path, out: Path) -> list[Path]:
    """Write `data/<collection>/<developer>/<model>/<uuid>.json` and its `_samples.jsonl` for each model that was asked.

    Args:
        report: a report folder.
        out: the folder to write below.

    Raises:
        BadInput: the report cannot be read, has no items, or the folder cannot be written.
    """
    content, records = read_records(report)
    environments = [row.get("environment", content["environment"]) for row in content["claims"]]
    asked = list(_asked(report, zip(records, environments, strict=True)))
    if not asked:
        raise BadInput(f"{report}: no items lie there; run checks with --report, and keep its items/")
    written: list[Path] = []
    for one in asked:
        aggregate, samples = as_logs(one)
        path = out / aggregate["detailed_evaluation_results"]["file_path"]
        for place, text in ((path, samples), (_aggregate_of(path), json.dumps(aggregate, indent=1) + "\n")):
            try:
                write_whole(place, text)
            except OSError as error:
                raise BadInput(f"{out}: cannot be written ({error.strerror}); name another folder") from error
        written.append(_aggregate_of(path))
    return written


def as_logs(asked: Asked) -> tuple[Json, str]:
    """The scores of a model, and its items as JSON lines. Pure."""
    model, time = asked.model_id, str(asked.environment.get("time", ""))
    seconds = str(int(datetime.fromisoformat(time).timestamp())) if time else "0"
    identity = f"{COLLECTION}/{model.replace('/', '_')}/{seconds}-{hashed(json.dumps(_made_by(asked.environment)))}"
    samples = "".join(
        json.dumps(_sample(item, task, identity, model), allow_nan=False) + "\n"
        for task, items in asked.items.items()
        for item in items
    )
    code = uuid.UUID(bytes=hashlib.sha256(f"{identity}\n{samples}".encode()).digest()[:16], version=4)
    versions = asked.environment.get("versions", {})
    aggregate: Json = {
        "schema_version": SCHEMA,
        "evaluation_id": identity,
        "retrieved_timestamp": seconds,
        "source_metadata": {
            "source_name": COLLECTION,
            "source_type": "evaluation_run",
            "source_organization_name": "not stated",
            "evaluator_relationship": "other",
        },
        "eval_library": {"name": COLLECTION, "version": versions.get(COLLECTION, "unknown")},
        "model_info": _model(asked, model, versions),
        "evaluation_results": [_result(asked, task, items, identity) for task, items in asked.items.items()],
        "detailed_evaluation_results": {
            "format": "jsonl",
            "file_path": f"data/{COLLECTION}/{model}/{code}_samples.jsonl",
            "hash_algorithm": "sha256",
            "checksum": hashlib.sha256(samples.encode()).hexdigest(),
            "total_rows": sum(map(len, asked.items.values())),
        },
    }
    return aggregate | ({"evaluation_timestamp": time} if time else {}), samples


def _asked(report: Path, rows: Iterable[tuple[ClaimRecord, Mapping[str, Any]]]) -> Iterator[Asked]:
    """Every model of a report's rows: each unpruned one once, with the items of all that asked it alike; variants."""
    bases: dict[str, Asked] = {}
    variants: list[Asked] = []
    for record, environment in rows:
        for path in sorted((report / "items" / record_name(record)).glob("*.jsonl")):
            asked = Asked(record, path.stem, _by_task(read_items(path)), environment)
            if path.stem != BASE:
                variants.append(asked)
                continue
            key = json.dumps([record.model_fingerprint, _asked_in(record), _made_by(environment)])
            before = bases.setdefault(key, asked)
            last = max(before.environment, environment, key=lambda each: str(each.get("time", "")))
            bases[key] = Asked(before.record, BASE, _united(before.items, asked.items), last)
    yield from (one for one in [*bases.values(), *variants] if one.items)


def _by_task(items: Sequence[Item]) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = {}
    for item in items:
        if item["score"] is not None:
            found.setdefault(item["task"], []).append(item)
    return found


def _united(one: Mapping[str, Sequence[Item]], other: Mapping[str, Sequence[Item]]) -> dict[str, list[Item]]:
    tasks = list(dict.fromkeys([*one, *other]))
    return {
        task: list({item["item_id"]: item for item in [*other.get(task, ()), *one.get(task, ())]}.values())
        for task in tasks
    }


def _model(asked: Asked, model: str, versions: Mapping[str, str]) -> Json:
    record = asked.record
    params = {} if asked.variant == BASE else {name: str(value) for name, value in record.params.items()}
    removed = record.measurements.get("removed") if asked.variant != BASE else None
    return {
        "name": asked.name,
        "id": model,
        "developer": DEVELOPER,
        "inference_engine": {"name": "transformers", "version": versions.get("transformers", "unknown")},
        "additional_details": {
            "deployment_type": "self_deployed",
            "model_availability": "unknown",
            "unpruned_fingerprint": record.model_fingerprint,
            "dtype": record.dtype or "unknown",
            **_asked_in(record),
            **({} if asked.variant == BASE else {"row": record_name(record)}),
            **({"removed": str(removed)} if removed else {}),
            **{f"param_{name}": value for name, value in params.items()},
        },
    }


def _asked_in(record: ClaimRecord) -> dict[str, str]:
    """How a row's models were asked: the tier, the form of what is asked in turns, and whether they thought before."""
    form, thinking = record.params.get("chat_template"), record.params.get("thinking")
    asked = {"tier": record.tier, "asked_in": str(form or "its own chat template")}
    return asked | ({"thinking": str(thinking)} if thinking else {})


def _made_by(environment: Mapping[str, Any]) -> list[Any]:
    """What of a run answers can depend on."""
    return [sorted(environment.get("versions", {}).items()), environment.get("device")]


def _result(asked: Asked, task: str, items: Sequence[Item], identity: str) -> Json:
    scores = [float(item["score"]) for item in items]
    whole = set(scores) <= {0.0, 1.0}
    spread = statistics.stdev(scores) if len(scores) > 1 else 0.0
    uncertainty: Json = {"num_samples": len(scores), "standard_deviation": spread}
    if len(scores) > 1:
        uncertainty["standard_error"] = {"value": spread / math.sqrt(len(scores)), "method": "analytic"}
    known = dataset(task)
    source = {"source_type": "hf_dataset", "hf_repo": known} if known else {"source_type": "other"}
    chance = {str(score.chance) for score in asked.record.scores if score.task == task}
    return {
        "evaluation_result_id": f"{identity}#{task}",
        "evaluation_name": task,
        "source_data": {"dataset_name": known or f"mini-world {task}", **source},
        "metric_config": {
            "metric_id": "accuracy" if whole else "mean_score",
            "metric_kind": "accuracy" if whole else "mean_score",
            "metric_unit": "proportion",
            "lower_is_better": False,
            "score_type": "continuous",
            "min_score": 0.0,
            "max_score": 1.0,
        },
        "score_details": {
            "score": sum(scores) / len(scores),
            "details": {"score_of_guessing": chance.pop()} if len(chance) == 1 else {},
            "uncertainty": uncertainty,
        },
    }


def _sample(item: Item, task: str, identity: str, model: str) -> Json:
    prompt, expected = str(item.get("prompt") or ""), item.get("expected")
    reference = [] if expected is None else [str(expected)]
    output: Json = {"raw": [str(item.get("response") or "")]}
    if item.get("thought"):
        output["reasoning_trace"] = [str(item["thought"])]
    return {
        "schema_version": SCHEMA,
        "evaluation_id": identity,
        "model_id": model,
        "evaluation_name": task,
        "evaluation_result_id": f"{identity}#{task}",
        "sample_id": str(item["item_id"]),
        "sample_hash": hashlib.sha256((prompt + "".join(reference)).encode()).hexdigest(),
        "interaction_type": "single_turn",
        "input": {"raw": prompt, "reference": reference},
        "output": output,
        "messages": None,
        "answer_attribution": [],
        "evaluation": {"score": float(item["score"]), "is_correct": item["score"] == 1},
        "metadata": {"label": str(item["label"]), "finish": str(item.get("finish") or "")},
    }


def _aggregate_of(samples: Path) -> Path:
    return samples.with_name(samples.name.replace("_samples.jsonl", ".json"))
