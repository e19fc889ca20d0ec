"""Which files of a store go to another one."""

import torch

from harness.exchange.travels import travelling, travels
from harness.recover.checkpoint import Checkpoint, save_checkpoint
from harness.score.store import Store
from tests.upkeep.conftest import store  # noqa: F401  # a fixture: a store with something of everything


def test_all_of_a_store_travels_but_what_is_in_use(store):  # noqa: F811
    """Answers, outcomes, rankings and trainings; no lock, no half, no checkpoint, nothing that was set aside."""
    Store(store / "one-at-a-time", "f00f00f0").put({})
    save_checkpoint(store, "e" * 32, Checkpoint(3, 1.0, (), {}, {"x": torch.ones(1)}))
    for name in (".gitignore", "f00f00f0-12.busy", "recoveries/a.part", "recoveries/e-5.damaged", "notes.jsonl"):
        (store / name).write_text("x")

    assert list(travelling(store, "lines")) == [
        "abcdef01.jsonl", "f00f00f0.jsonl", "f11f11f1.jsonl", "judged/facts.jsonl", "one-at-a-time/f00f00f0.jsonl",
        "rankings.jsonl",
    ]  # fmt: skip
    assert list(travelling(store, "whole")) == [f"recoveries/{'e' * 32}-5.safetensors", f"recoveries/{'e' * 32}.json"]


def test_nothing_leaves_the_store():
    """Whatever an object is called."""
    for name in ("../abc.jsonl", "/abc.jsonl", "judged/../x.jsonl", "judged/.x.jsonl", "recoveries/../../abc.json"):
        assert travels(name) is None
