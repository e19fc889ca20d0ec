"""Tasks of lm-eval that are kept once they are loaded."""

import gzip
import json
import os

import pytest

from harness.tasks import lm_eval_loaded
from harness.tasks.lm_eval_tasks import CLASSIFICATION, run_lm_eval
from harness.tasks.source import Folder
from tests.tasks.test_lm_eval_tasks import ARC, YesScorer, data  # noqa: F401  # a fixture


@pytest.fixture(autouse=True)
def none_kept(monkeypatch):
    """Begin as a new process does."""
    monkeypatch.setattr(lm_eval_loaded, "_KEPT", {})


def asked(folder, names=CLASSIFICATION, *, limit=3, seed=0, shots=0):
    """The requests and the results of one evaluation."""
    scorer = YesScorer()
    return run_lm_eval(names, scorer, Folder(folder), limit, seed, num_fewshot=shots), scorer.asked


@pytest.mark.parametrize(("names", "shots"), [(CLASSIFICATION, 0), (("arc_easy", "hellaswag"), 2)])
def test_a_task_that_is_kept_asks_what_a_new_one_asks(data, monkeypatch, names, shots):  # noqa: F811
    """Items, worked examples, texts and scores, for any number of items and any seed, whatever was asked before."""
    settings = [{"limit": limit, "seed": seed, "shots": shots} for limit, seed in ((3, 0), (2, 1), (None, 0), (3, 0))]
    kept = [asked(data, names, **setting) for setting in settings]
    for setting, (results, requests) in zip(settings, kept, strict=True):
        monkeypatch.setattr(lm_eval_loaded, "_KEPT", {})
        assert asked(data, names, **setting) == (results, requests)


def test_a_task_is_loaded_once(data, monkeypatch):  # noqa: F811
    """Files are read, converted and prepared for the first evaluation only."""
    import datasets

    loads = []
    monkeypatch.setattr(
        datasets,
        "load_dataset",
        lambda *given, load=datasets.load_dataset, **named: loads.append(1) or load(*given, **named),
    )
    for _ in range(3):
        asked(data, ("arc_easy", "piqa"))

    assert len(loads) == 2


def test_a_file_that_changed_is_read_anew(tmp_path):
    """Its items are others, though it has the same name."""
    path = tmp_path / "classification" / "arc_easy_test.jsonl.gz"
    path.parent.mkdir()
    for word in ("once", "twice"):
        rows = [json.dumps(ARC | {"question": f"{word} {index}"}) for index in range(3)]
        path.write_bytes(gzip.compress("\n".join(rows).encode()))
        os.utime(path, ns=(0, len(word)))
        requests = asked(tmp_path, ("arc_easy",))[1]
        assert all(word in request.context for request in requests)


def test_no_more_tasks_are_kept_than_a_run_has(data, monkeypatch):  # noqa: F811
    """The oldest goes first."""
    monkeypatch.setattr(lm_eval_loaded, "MOST", 2)
    for name in ("arc_easy", "piqa", "openbookqa"):
        asked(data, (name,))

    assert [json.loads(key)[0]["task"] for key in lm_eval_loaded._KEPT] == ["piqa", "openbookqa"]
