"""Each defect of the authors' procedure that can occur here is planted, and something goes red.

The defects are those of the authors' procedure and the accidents of our own first runs; `docs/planted-defects.md` lists
what catches each. A test here plants the defect in our own code or data, and asserts the sentence of what caught it.
"""

import copy
import dataclasses
import gzip
import json
import types

import pytest
import torch

from harness.errors import BadInput
from harness.models.fingerprint import fingerprint
from harness.prune.plan import LayerPlan
from harness.prune.surgery import prune_layers, skip_by_hook
from harness.recover.encode import IGNORED
from harness.score.scorer import Scorer
from harness.score.store import Store
from harness.tasks.calibration import Calibration, calibration_texts, require_disjoint
from harness.tasks.source import Bundled, Folder, source_of
from harness.tasks.suite import TASKS, prompts
from harness.text.requests import GenerationRequest
from harness.tiers import TIERS
from tests.conftest import random_model

IDS = torch.tensor([[1, 5, 9, 13, 17, 21, 25, 29]])


def logits(model):
    with torch.no_grad():
        return model(input_ids=IDS, use_cache=False).logits


def test_layer_types_cut_instead_of_filtered():
    """The first N attention types instead of the kept ones; the skip-hook oracle differs."""
    base = random_model("gemma2")
    variant = prune_layers(base, [1])
    with skip_by_hook(base, [1]):
        oracle = logits(base)
    assert torch.allclose(oracle, logits(variant), atol=1e-5)

    planted = copy.deepcopy(variant)
    planted.config.layer_types = base.config.layer_types[: len(variant.config.layer_types)]
    for layer, kind in zip(planted.model.layers, planted.config.layer_types, strict=True):
        layer.attention_type = layer.layer_type = layer.self_attn.layer_type = kind
        layer.self_attn.is_sliding = kind == "sliding_attention"
        layer.self_attn.sliding_window = base.config.sliding_window if kind == "sliding_attention" else None

    assert not torch.allclose(oracle, logits(planted), atol=1e-2)


def test_off_by_one_on_the_last_layer():
    """Layer 32 of 32 is refused where a method or a user names it."""
    with pytest.raises(BadInput, match=r"layer 6 does not exist; the model has layers 0 to 5"):
        LayerPlan.without([4, 6], 6)


def test_unsorted_layers_are_not_duplicated():
    """An unsorted list removes the same layers as a sorted one."""
    assert LayerPlan.without([5, 3, 4], 6).kept == LayerPlan.without([3, 4, 5], 6).kept == (0, 1, 2)


def test_calibration_on_test_items(tiny):
    """A calibration text that asks a test item is refused before a method sees it."""
    asked = prompts(TIERS["tiny"].generative, Bundled())
    texts = calibration_texts(Calibration("gsm8k"), "tiny", Bundled(), tiny.tokenizer, 0)
    require_disjoint(texts, asked)

    with pytest.raises(BadInput, match="a calibration text contains the test item"):
        require_disjoint([*texts, f"{asked[7]} 4"], asked)


def test_the_first_items_instead_of_a_random_subset(monkeypatch):
    """W-limit: 20 first items of a sorted benchmark; the ids of a run say so, and the baseline's hash differs."""
    from harness.report.baseline import item_hash
    from harness.tasks import task as task_module
    from harness.tasks.outcome import Outcome, TaskResult
    from harness.tasks.subset import seeded_subset

    ids = [str(index) for index in range(200)]
    drawn = seeded_subset(ids, 20, 0, "facts")
    assert drawn != list(range(20))

    def result(chosen):
        return {"base": {"facts": TaskResult("facts", "choice", 0.25, tuple(
            Outcome(ids[index], 1.0, "right", "") for index in chosen))}}  # fmt: skip

    assert item_hash(result(drawn)) != item_hash(result(range(20)))
    assert task_module.seeded_subset is seeded_subset


def test_the_end_of_turn_masked_because_it_is_the_padding(tiny, monkeypatch):
    """Section 8: a collator that masks padding by id takes the end of turn with it; the batch guard refuses."""
    from harness.recover import train
    from harness.recover.corpus import Corpus, Example
    from harness.recover.encode import encode_corpus

    end = int(tiny.tokenizer.eos_token_id)
    examples = encode_corpus(Corpus("c", (Example("e", "close : (", ")"),)), tiny.tokenizer, [end])
    masked = [dataclasses.replace(e, labels=tuple(IGNORED if t == end else t for t in e.labels)) for e in examples]
    from harness.recover.guards import check_batch

    with pytest.raises(BadInput, match="the collator masks or adds some"):
        check_batch([list(e.labels) for e in masked], examples)
    assert train.collate(examples, pad=end)["labels"][0, -1] == end


def test_r_and_alpha_changed_on_the_way(tiny, monkeypatch):
    """Section 8: the run asks for r = 16 and gets 64; the echo of the adapter's own settings refuses before step 1."""
    from harness.models.reference import bundled
    from harness.recover import recover as recover_module
    from harness.recover.corpus import read_corpus, sample
    from harness.recover.recipe import recipe_named

    honest = recover_module.trainable

    def silently(model, recipe, seed, teacher):
        return honest(model, dataclasses.replace(recipe, rank=64, alpha=16), seed, teacher)

    monkeypatch.setattr(recover_module, "trainable", silently)
    variant = dataclasses.replace(tiny, model=prune_layers(tiny.model, [9, 10, 11]))
    corpus = sample(read_corpus(bundled("data") / "recovery" / "gold.jsonl"), 16, 0)
    with pytest.raises(BadInput, match=r"the recipe says rank = 16 and the run would use 64"):
        recover_module.recover(variant, corpus, recipe_named("tiny"), 0)


def test_a_data_set_that_cannot_be_read(tmp_path):
    """A damaged file stops the run with its name instead of leaving a task out."""
    folder = tmp_path / "math"
    folder.mkdir()
    whole = gzip.compress(json.dumps({"question": "a", "answer": "#### 1"}).encode())
    (folder / "gsm8k_test.jsonl.gz").write_bytes(whole[:-9])
    with pytest.raises(BadInput, match=r"gsm8k_test.jsonl.gz is truncated"):
        TASKS["gsm8k"].load(Folder(tmp_path), "test")


def test_a_sampled_normaliser(tiny):
    """The base is asked greedily and once; asked again by another process it gives the same answers."""
    requests = [GenerationRequest(item["question"], 64) for item in TASKS["word_problems"].load(Bundled(), "test")[:8]]
    answers = [Scorer(tiny.model, tiny.tokenizer).generations(requests) for _ in range(2)]

    assert answers[0] == answers[1]
    assert all(
        request.sampling is None
        for name in (*TIERS["tiny"].generative, "arithmetic", "brackets")
        for item in TASKS[name].load(Bundled(), "test")[:5]
        for request in TASKS[name].ask(item)
    )


def test_fp4_where_nf4_was_meant(tiny, monkeypatch):
    """Another quantisation type than the recipe's computes something else, and the fingerprint says so."""
    import bitsandbytes as bnb

    from harness.prune.surgery import share
    from harness.recover.trainable import to_nf4

    right, wrong = share(tiny.model), share(tiny.model)
    to_nf4(right)
    honest = bnb.nn.Params4bit.__new__

    def typo(cls, *args, **kwargs):
        return honest(cls, *args, **(kwargs | {"quant_type": "fp4"}))

    monkeypatch.setattr(bnb.nn.Params4bit, "__new__", typo)
    to_nf4(wrong)

    assert not torch.allclose(logits(right), logits(wrong), atol=1e-2)
    assert fingerprint(right) != fingerprint(wrong)


def test_stop_texts_that_cut_code(tmp_path):
    """No task that asks for a program stops at a text."""
    from harness.selfcheck.stand_in_items import write_dry_data

    data = write_dry_data(tmp_path)
    for tier, tasks in ((name, tier.code) for name, tier in TIERS.items()):
        for name in tasks:
            items = TASKS[name].load(source_of(tier, data), "test")
            assert [request.stop for item in items for request in TASKS[name].ask(item)] == [()] * len(items)


def test_a_skip_that_does_nothing(tiny):
    """RTP-Gate's log: a variant that still runs all layers cannot be scored."""
    variant = prune_layers(tiny.model, [4])
    variant.model.layers.insert(4, tiny.model.model.layers[4])
    for position, layer in enumerate(variant.model.layers):
        layer.self_attn.layer_idx = position
    with pytest.raises(BadInput, match=r"expected one list of 11 decoder layers, found none"):
        Scorer(variant, tiny.tokenizer).generations([GenerationRequest("close : (", 1)])


def test_stale_answers_of_another_variant(tiny, tmp_path):
    """Results keyed by folder name; ours are keyed by the bits that compute, so a variant starts with none."""
    requests = [GenerationRequest(f"close : {'( ' * n}".strip(), 24) for n in range(1, 6)]
    base = Scorer(tiny.model, tiny.tokenizer, tmp_path)
    base.generations(requests)
    variant = Scorer(prune_layers(tiny.model, [3, 8]), tiny.tokenizer, tmp_path)

    assert Store(tmp_path, base.fingerprint).answers
    assert not variant.store.answers
    assert variant.generations(requests) != base.generations(requests)


def test_an_adapter_that_is_not_switched_on(tiny):
    """Section 8: evaluating the pruned base by mistake for its recovery has the pruned base's fingerprint."""
    from harness.models.reference import bundled
    from harness.recover.corpus import read_corpus, sample
    from harness.recover.recipe import recipe_named
    from harness.recover.recover import recover

    variant = dataclasses.replace(tiny, model=prune_layers(tiny.model, [9, 10, 11]))
    corpus = sample(read_corpus(bundled("data") / "recovery" / "gold.jsonl"), 16, 0)
    recipe = dataclasses.replace(recipe_named("tiny"), warmup_steps=1, epochs=4.0)
    recovered = recover(variant, corpus, recipe, 0)
    recovered.model.disable_adapters()

    off = logits(recovered.model)
    recovered.model.enable_adapters()
    assert torch.equal(off, logits(variant.model))
    assert recovered.fingerprint != fingerprint(variant.model)
    assert not torch.equal(off, logits(recovered.model))


def test_an_expected_answer_hidden_in_the_program(tiny):
    """A program cannot patch its checker, which is not in its process."""
    task = TASKS["code"]
    item = task.load(Bundled(), "test")[0]
    text = "def f ( x , y ) : return type('E', (), {'__eq__': lambda a, b: True})()"
    answer = types.SimpleNamespace(text=text, finish="stop", tokens=5)
    from harness.text.requests import Generation

    outcome = task.judge(item, [Generation(answer.text, answer.tokens, "stop")])
    assert outcome.score == 0.0
