"""Deliberately broken methods, and the sentence that each gets."""

import os
import random
import socket
from dataclasses import replace
from itertools import pairwise

import pytest
import torch

from harness.conform.contract import RULES, Unjudged, require
from harness.conform.examination import examine
from harness.conform.watch import is_test_file
from harness.errors import BadInput
from harness.methods.method import METHODS, Method, declare
from harness.models.reference import bundled
from harness.models.state import base_state, differences
from harness.models.structure import decoder_layers

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


def runs_its_layers(loaded, n, calibration, seed):
    decoder_layers(loaded.model).modules[0].mlp(torch.ones(1, 1, loaded.model.config.hidden_size))
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


def ids_of(loaded):
    return torch.tensor([loaded.tokenizer(TEXTS[0])["input_ids"]])


def reads_hidden_states(loaded, n, calibration, seed):
    with torch.no_grad():
        states = loaded.model(ids_of(loaded), output_hidden_states=True).hidden_states
    moved = [float((other - one).norm()) for one, other in pairwise(states)]
    return sorted(range(loaded.depth), key=moved.__getitem__)[:n]


def reads_attentions(loaded, n, calibration, seed):
    loaded.model.set_attn_implementation("eager")
    with torch.no_grad():
        loaded.model(ids_of(loaded), output_attentions=True)
    return range(n)


def generates(loaded, n, calibration, seed):
    loaded.model.eval()
    loaded.model.generate(ids_of(loaded), max_new_tokens=2, output_hidden_states=True, return_dict_in_generate=True)
    return range(n)


def goes_on_from_a_cache(loaded, n, calibration, seed):
    with torch.inference_mode():
        first = loaded.model(ids_of(loaded), use_cache=True)
        loaded.model(torch.tensor([[5]]), past_key_values=first.past_key_values)
    return range(n)


def removes_its_hook(loaded, n, calibration, seed):
    hook = loaded.model.model.layers[0].register_forward_hook(lambda *_: None)
    loaded.model(ids_of(loaded))
    hook.remove()
    return range(n)


def pads_a_batch(loaded, n, calibration, seed):
    batch = loaded.tokenizer(TEXTS, return_tensors="pt", padding=True, truncation=True, max_length=8)
    with torch.no_grad():
        loaded.model(**batch, inputs_embeds=None, output_hidden_states=True)
    return range(n)


def zeroes_its_gradients(loaded, n, calibration, seed):
    loaded.model.requires_grad_(True)
    with torch.enable_grad():
        loaded.model(ids_of(loaded), labels=ids_of(loaded)).loss.backward()
    loaded.model.zero_grad(set_to_none=False)
    loaded.model.requires_grad_(False)
    return range(n)


def checkpoints_its_gradients(loaded, n, calibration, seed):
    loaded.model.gradient_checkpointing_enable()
    loaded.model.train()
    with torch.enable_grad():
        loaded.model(ids_of(loaded))
    loaded.model.eval()
    loaded.model.gradient_checkpointing_disable()
    return range(n)


NATURAL = [
    (reads_hidden_states, "forward"), (reads_attentions, "forward"), (generates, "forward"),
    (goes_on_from_a_cache, "forward"), (removes_its_hook, "forward"), (pads_a_batch, "forward"),
    (zeroes_its_gradients, "gradients"), (checkpoints_its_gradients, "gradients"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "needs"), NATURAL, ids=lambda value: getattr(value, "__name__", ""))
@pytest.mark.filterwarnings("ignore")
def test_using_a_model_is_no_accusation(examined, method, needs):
    """What transformers leaves in a model that is merely used is not the author's doing."""
    seen = examined(method, needs)

    assert {name: RULES[name](seen) for name in RULES} == dict.fromkeys(RULES)


def test_a_hook_beside_the_librarys_own_is_found(examined):
    """Of many hooks the one that is the author's."""

    def leaves_one_of_many(loaded, n, calibration, seed):
        reads_hidden_states(loaded, n, calibration, seed)
        return leaves_a_hook(loaded, n, calibration, seed)

    with pytest.raises(BadInput, match=r"changed the base model: hooks of model.layers.0; expected"):
        require(examined(leaves_one_of_many), "leaves the base alone")


TAMPERING = {
    "added token": (lambda t: t.tokenizer.add_special_tokens({"pad_token": "[PAD]"}), "vocabulary of the tokenizer"),
    "end token": (lambda t: setattr(t.tokenizer, "eos_token", "."), "special tokens of the tokenizer"),
    "no start": (lambda t: setattr(t.tokenizer, "bos_token", None), "special tokens of the tokenizer"),
    "template": (lambda t: setattr(t.tokenizer, "chat_template", "x"), "chat template of the tokenizer"),
    "padding side": (lambda t: setattr(t.tokenizer, "padding_side", "middle"), "padding side of the tokenizer"),
    "end of answers": (lambda t: setattr(t.model.generation_config, "eos_token_id", 9), "generation_config.eos_token"),
    "config": (lambda t: setattr(t.model.config, "rms_norm_eps", 0.5), "config.rms_norm_eps"),
    "buffer": (lambda t: t.model.model.rotary_emb.inv_freq.mul_(2), "weights of model.rotary_emb.inv_freq"),
    "training mode": (lambda t: t.model.train(), "training mode of the model"),
    "hook of every module": (
        lambda t: HANDLES.append(torch.nn.modules.module.register_module_forward_hook(lambda *_: None)),
        "hooks of every module",
    ),
}
HANDLES = []


@pytest.mark.parametrize("name", TAMPERING)
def test_whatever_answers_depend_on_is_watched(examined, name):
    """Weights, buffers, configs, modes, hooks, and everything of the tokenizer."""
    change, part = TAMPERING[name]

    def tampers(loaded, n, calibration, seed):
        change(loaded)
        return range(n)

    try:
        with pytest.raises(BadInput, match=f"changed the base model: .*{part}"):
            require(examined(tampers), "leaves the base alone")
    finally:
        while HANDLES:
            HANDLES.pop().remove()


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
    with pytest.raises(BadInput, match=r"raised the peak memory by 1000.0 GB, expected at most 1.1 GB"):
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
