"""Deliberately broken methods, and the sentence that each gets."""

from dataclasses import replace

import pytest

from harness.conform.contract import RULES, Unjudged, require
from harness.conform.examination import examine
from harness.conform.watch import is_test_file
from harness.errors import BadInput
from harness.methods.method import METHODS, Method, declare
from harness.models.reference import bundled
from harness.models.state import base_state, differences
from tests.conform.authors_methods import (
    TEXTS,
    asks_the_network,
    crashes,
    ignores_the_count,
    leaves_a_hook,
    leaves_gradients,
    mutates_the_base,
    needs_a_text,
    no_score,
    non_deterministic,
    out_of_range,
    peeks_at_test_items,
    returns_duplicates,
    runs_its_layers,
    runs_the_model,
    starts_a_process,
    takes_gradients,
    well_behaved,
    writes_a_file,
    wrong_count,
)

pytestmark = pytest.mark.usefixtures("elsewhere")


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
    (runs_its_layers, "nothing", "needs what it declares", r'declares needs "nothing" and ran parts of the model \d+'),
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


def test_a_crash_keeps_no_promise(examined):
    """A method that gave no answer has not been seen to keep the other rules, so they are not passed."""
    seen, said = examined(crashes), set()
    with pytest.raises(BadInput, match=r"crashed .KeyError: 'layers'"):
        require(seen, "answers")
    for name in RULES.keys() - {"answers"}:
        with pytest.raises(Unjudged, match="gave no answer, as rule 'answers' says") as reason:
            require(seen, name)
        said.add(str(reason.value))

    assert len(said) == 1  # pytest shows skips of one reason as one line


def test_the_base_survives_a_method_that_breaks_it(examined, tiny):
    """The method works on a copy, down to the last bit."""
    before = base_state(tiny)
    examined(mutates_the_base)
    examined(lambda loaded, n, calibration, seed: loaded.tokenizer.add_tokens(["new"]) and range(n))

    assert differences(before, base_state(tiny)) == []


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

    monkeypatch.setitem(METHODS, "peeks", Method("peeks", peeks))
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
    with pytest.raises(BadInput, match=r"raised the peak memory by 1 TB, expected at most 1.1 GB"):
        require(greedy, "keeps to its time and memory")


def test_time_is_measured(examined, monkeypatch):
    """What a method takes is what is judged: here an hour more, on a clock of the test's own."""
    passed = [0.0]
    monkeypatch.setattr("harness.conform.examination.time.perf_counter", lambda: passed[0])

    def sleeps(loaded, n, calibration, seed):
        passed[0] += 3600
        return range(n)

    assert examined(sleeps).seconds == 3600


@pytest.mark.parametrize("name", ["block_influence", "reverse", "random", "taylor", "perplexity", "laco"])
def test_our_own_methods_keep_the_contract(tiny, name):
    """The library is held to what it asks of others."""
    seen = examine(name, tiny, 2, TEXTS, no_score)

    assert [RULES[rule](seen) for rule in RULES] == [None] * len(RULES)


def patches_what_every_pass_calls(loaded, n, calibration, seed):
    """The table in which every model of transformers looks its attention up: no part of any model."""
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    kernel = loaded.model.config._attn_implementation
    if (usual := ALL_ATTENTION_FUNCTIONS[kernel]).__name__ != "silenced":

        def silenced(*args, **kwargs):
            answer, weights = usual(*args, **kwargs)
            return answer * 0, weights

        ALL_ATTENTION_FUNCTIONS[kernel] = silenced
    return range(n)


def test_a_change_of_what_the_model_calls_is_noticed_by_its_answer(examined):
    """Nothing of the model or its tokenizer differs; what it answers to a fixed question does."""
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    usual = ALL_ATTENTION_FUNCTIONS["sdpa"]
    try:
        seen = examined(patches_what_every_pass_calls)
    finally:
        ALL_ATTENTION_FUNCTIONS["sdpa"] = usual

    assert seen.changed == ("its answer to a fixed question",)
    with pytest.raises(BadInput, match="its answer to a fixed question"):
        require(seen, "leaves the base alone")
