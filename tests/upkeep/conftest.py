"""A store with something of everything, made by the modules that make one in a run."""

import pytest

from harness.journal import written
from harness.methods.method import Ranking
from harness.prune.plan import parse_plan
from harness.recover.keep import note_run, recoveries_file, write_whole
from harness.rules import rules
from harness.score.store import Store
from harness.subject.remembered import Kept, remember
from harness.tasks.judged import FOLDER
from harness.text.requests import Generation, LogLikelihood

MADE = {"torch": "2.13.0", "device": "cpu x86_64", "dtype": "float32"}
ANSWERS = {"a" * 32: LogLikelihood(-1.5, is_greedy=True), "b" * 32: Generation("12", 2, "stop")}


def ranking_of(store, key):
    """Keeps a ranking."""
    plan = parse_plan("2", 12)
    remember(store, key, 12, Kept(Ranking((2,), (0.5,), "magnitude", plan), 3, 40))


@pytest.fixture
def store(tmp_path):
    """Answers of two variants of `tiny` and of `other`, outcomes of a task, a ranking, a training run."""
    import torch

    folder = tmp_path / "store"
    for fingerprint, name in (("f00f00f0", "tiny"), ("f11f11f1", "tiny without 2"), ("abcdef01", "other")):
        Store(folder, fingerprint, MADE, name=name).put(ANSWERS)
    (folder / FOLDER).mkdir()
    judgement = {"item_id": "3", "score": 1.0, "label": "right", "response": "12"}
    outcome = {"key": "c" * 32, "rules": rules("judging"), "outcome": judgement}
    (folder / FOLDER / "facts.jsonl").write_bytes(written(outcome) + b"\n")
    ranking_of(folder, "d" * 32)
    told = {"model": "tiny", "fingerprint": "f11f11f1", "recipe": "tiny", "seed": 1, "examples": 8, "device": "cpu"}
    note_run(folder, "e" * 32, told)
    path = recoveries_file(folder, "e" * 32, "5")
    write_whole(folder, path, {"weight": torch.ones(2)}, {"fit": "{}"})
    return folder
