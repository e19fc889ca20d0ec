"""Deliberately broken methods, and the sentence that each gets."""

import os
import random
import socket
import time
from dataclasses import replace

import pytest
import torch

from harness.conform.contract import RULES, require
from harness.conform.examination import examine
from harness.conform.state import differences, state_of
from harness.conform.watch import is_test_file
from harness.errors import BadInput
from harness.models.reference import bundled
from harness.prune.rank import METHODS, declare
from harness.prune.structure import decoder_layers

TEXTS = ["tom has 12 apples .", "finn loses 3 stamps . how many stamps does finn have ?"]


def no_score(plan):
    return 1.0


@pytest.fixture
def examined(tiny, monkeypatch):
    """Examines a function as a method that removes two layers."""

    def run(function, needs="forward"):
        monkeypatch.setitem(METHODS, "mine", declare(needs)(function))
        return examine("mine", tiny, 2, TEXTS, no_score)

    return run


def well_behaved(loaded, n, calibration, seed):
    return random.Random(seed).sample(range(loaded.depth), n)


def non_deterministic(loaded, n, calibration, seed):
    return torch.randperm(loaded.depth)[:n].tolist()


def mutates_the_base(loaded, n, calibration, seed):
    decoder_layers(loaded.model).modules[3].mlp.down_proj.weight.data.mul_(1.5)
    return range(n)


def returns_duplicates(loaded, n, calibration, seed):
    return [4] * n


def peeks_at_test_items(loaded, n, calibration, seed):
    (bundled("data") / "word_problems" / "test.jsonl").read_text()
    return range(n)


def wrong_count(loaded, n, calibration, seed):
    return range(n + 1)


def leaves_a_hook(loaded, n, calibration, seed):
    decoder_layers(loaded.model).modules[0].register_forward_hook(lambda *_: None)
    return range(n)


def leaves_gradients(loaded, n, calibration, seed):
    loaded.model.lm_head.weight.requires_grad_(True)
    return range(n)


def writes_a_file(loaded, n, calibration, seed):
    with open("cache.txt", "w") as file:  # noqa: PTH123  # the plainest way there is
        file.write("seen")
    return range(n)


def asks_the_network(loaded, n, calibration, seed):
    socket.getaddrinfo("localhost", 80)
    return range(n)


def starts_a_process(loaded, n, calibration, seed):
    os.system("true")
    return range(n)


def takes_gradients(loaded, n, calibration, seed):
    weight = torch.ones(1, requires_grad=True)
    with torch.enable_grad():
        (weight * 2).sum().backward()
    return range(n)


def runs_the_model(loaded, n, calibration, seed):
    loaded.model(input_ids=torch.tensor([[5, 6]]))
    return range(n)


def crashes(loaded, n, calibration, seed):
    return {}["layers"]


def ignores_the_count(loaded, n, calibration, seed):
    return [5, 6]


def needs_a_text(loaded, n, calibration, seed):
    return range(n if calibration[0] else 0)


def out_of_range(loaded, n, calibration, seed):
    return range(loaded.depth, loaded.depth + n)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    """What a broken method writes, it writes here."""
    monkeypatch.chdir(tmp_path)


BROKEN = [
    (non_deterministic, "forward", "is deterministic", r"decided .* and then .* with one seed; expected the same plan"),
    (mutates_the_base, "forward", "leaves the base alone",
     r"changed the base model: weights of model.layers.3.mlp.down_proj.weight; expected it untouched"),
    (returns_duplicates, "forward", "answers", r"returned a layer twice: \[4, 4\]"),
    (peeks_at_test_items, "forward", "reads no test item", r"read test items \(.*test.jsonl.*must stay unseen"),
    (wrong_count, "forward", "answers", r"returned 3 layers \[0, 1, 2\], expected 2"),
    (out_of_range, "forward", "answers", r"returned \[12, 13\], expected indices from 0 to 11"),
    (leaves_a_hook, "forward", "leaves the base alone", r"changed the base model: hooks of model.layers.0"),
    (leaves_gradients, "forward", "leaves the base alone", r"changed the base model: requires_grad of "),
    (writes_a_file, "forward", "writes no file", r"wrote to the disk \(cache.txt.*expected no file"),
    (starts_a_process, "forward", "stays off the network", r"used the network or another process \(os.system"),
    (takes_gradients, "forward", "needs what it declares",
     r'declares needs "forward" and took gradients 1 times; declare "gradients"'),
    (runs_the_model, "nothing", "needs what it declares", r'declares needs "nothing" and ran 1 forward passes'),
    (ignores_the_count, "forward", "answers", r"returned 2 layers \[5, 6\], expected 1"),
    (needs_a_text, "forward", "refuses in a sentence",
     r"crashed without calibration texts \(IndexError: list index out of range\)"),
    (crashes, "forward", "answers", r"crashed \(KeyError: 'layers'\) when asked for 2 of 12 layers"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "needs", "name", "sentence"), BROKEN, ids=lambda value: getattr(value, "__name__", "")
)
def test_a_broken_method_fails_with_the_sentence_that_says_why(examined, method, needs, name, sentence):
    """It breaks one rule and no other, and the sentence names the method, what was seen and what is expected."""
    seen = examined(method, needs)

    with pytest.raises(BadInput, match=f"^method mine: {sentence}"):
        require(seen, name)
    assert [other for other in RULES if RULES[other](seen)] == [name]


def test_the_base_survives_a_method_that_breaks_it(examined, tiny):
    """The method works on a copy, down to the last bit."""
    before = state_of(tiny.model)
    examined(mutates_the_base)

    assert differences(before, state_of(tiny.model)) == []


def test_two_swapped_weights_are_a_change(tiny):
    """Every bit counts, also in an order that no sum notices."""
    before = state_of(tiny.model)
    weights = decoder_layers(tiny.model).modules[3].mlp.down_proj.weight.data.view(-1)
    one, other = weights[1].clone(), weights[2].clone()
    weights[1], weights[2] = other, one
    changed = differences(before, state_of(tiny.model))
    weights[1], weights[2] = one, other

    assert one != other
    assert changed == ["weights of model.layers.3.mlp.down_proj.weight"]


@pytest.mark.parametrize(("name", "is_one"), [
    ("test.jsonl", True), ("gsm8k_test.jsonl.gz", True), ("arc-test-00000.parquet", True), ("latest.json", False),
    ("attestation.json", False), ("test.py", False),
])  # fmt: skip
def test_test_files_are_known_by_name(name, is_one):
    """A word of its own, in a file of data."""
    assert is_test_file(f"/data/{name}") is is_one


def test_whatever_lies_beside_the_items_is_seen(tiny, monkeypatch, tmp_path):
    """Benchmarks whose files are not named test are seen by their folder."""
    (tmp_path / "HumanEvalPlus.jsonl").write_text("{}")

    def peeks(loaded, n, calibration, seed):
        (tmp_path / "HumanEvalPlus.jsonl").read_text()
        return range(n)

    monkeypatch.setitem(METHODS, "peeks", peeks)
    seen = examine("peeks", tiny, 2, TEXTS, no_score, data=[tmp_path])
    with pytest.raises(BadInput, match=r"read test items \(.*HumanEvalPlus"):
        require(seen, "reads no test item")


def test_a_method_that_asks_the_network_is_found(examined, socket_enabled):
    """Even the look-up of a name is seen."""
    with pytest.raises(BadInput, match=r"^method mine: used the network or another process \(socket.getaddrinfo"):
        require(examined(asks_the_network), "stays off the network")


def test_a_good_method_breaks_no_rule(examined):
    """A method that draws from its seed and touches nothing passes."""
    seen = examined(well_behaved)

    assert not [name for name in RULES if RULES[name](seen)]
    assert len(seen.plans) == 2


def test_what_the_harness_reads_to_score_is_not_the_methods_doing(tiny, monkeypatch):
    """Scores of candidate plans may read and write files; the method that asks for them is not blamed."""

    def score(plan):
        (bundled("data") / "word_problems" / "test.jsonl").read_text()
        return -float(plan.removed[0])

    greedy = declare("task_scores")(lambda loaded, n, texts, seed, score: [0] if score(_plan(loaded)) else [])
    monkeypatch.setitem(METHODS, "greedy", greedy)
    seen = examine("greedy", tiny, 1, TEXTS, score)

    assert seen.seen.test_files == []


def _plan(loaded):
    from harness.prune.plan import LayerPlan

    return LayerPlan.without([1], loaded.depth)


def test_slowness_and_greed_by_a_factor_are_found(examined):
    """Time and memory far beyond the declared class have their sentences."""
    seen = examined(well_behaved)
    slow, greedy = replace(seen, seconds=1e6), replace(seen, grown_bytes=10**12)

    with pytest.raises(BadInput, match=r'took 1000000 s, expected at most \d+ s of a method that needs "forward"'):
        require(slow, "keeps to its time and memory")
    with pytest.raises(BadInput, match=r"raised the peak memory by 1000.0 GB, expected at most 1.1 GB"):
        require(greedy, "keeps to its time and memory")


def test_time_is_measured(examined):
    """What a method takes is what is judged."""

    def sleeps(loaded, n, calibration, seed):
        time.sleep(0.3)
        return range(n)

    assert 0.3 <= examined(sleeps).seconds < 3


@pytest.mark.parametrize("name", ["block_influence", "reverse", "random", "taylor", "perplexity", "laco"])
def test_our_own_methods_keep_the_contract(tiny, name):
    """The library is held to what it asks of others."""
    seen = examine(name, tiny, 2, TEXTS, no_score)

    assert [RULES[rule](seen) for rule in RULES] == [None] * len(RULES)
