"""One layer that learns to do what a block did."""

import dataclasses

import pytest
import torch

from harness.errors import DoesNotFit
from harness.models.fingerprint import fingerprint
from harness.models.hooks import hooked, noting
from harness.prune.plan import parse_plan
from harness.prune.surgery import prune_layers
from harness.recover.corpus import Corpus
from harness.recover.encode import encode_corpus
from harness.recover.one_layer import every_token, layers_before_cuts, off_by, streams_of
from harness.recover.recipe import RECIPES
from harness.recover.recover import recover
from harness.recover.trainable import trainable
from harness.repair.cuts import Cut
from harness.subject import Subject
from harness.tasks.source import Bundled
from tests.conftest import random_model

GONE = (3, 4, 8, 11)
RECIPE = RECIPES["tiny-one-layer"]


@pytest.fixture(scope="module")
def cut(tiny):
    """The tiny model without four layers, one of them the last."""
    model = prune_layers(tiny.model, GONE)
    return dataclasses.replace(tiny, model=model, fingerprint=fingerprint(model))


@pytest.fixture(scope="module")
def asked():
    """Two texts, one of them padded."""
    ids = torch.tensor([[1, 20, 30, 40, 50, 60], [1, 25, 35, 0, 0, 0]])
    return {"input_ids": ids, "attention_mask": (ids != 0).long()}


def test_the_layer_before_each_cut_is_trained_and_no_other(tiny, cut):
    """From its own weights: nothing is changed before the first step."""
    twin = trainable(cut.model, RECIPE, 0, tiny.model)
    trained = {name for name, parameter in twin.named_parameters() if parameter.requires_grad}

    assert layers_before_cuts(cut.model, tiny.model) == {Cut(3, 5): 2, Cut(8, 9): 5, Cut(11, 12): 7}
    assert {int(name.split(".")[2]) for name in trained} == {2, 5, 7}
    assert all(torch.equal(twin.get_parameter(name), cut.model.get_parameter(name)) for name in trained)
    assert len(trained) == 3 * len(list(cut.model.model.layers[2].parameters()))


def test_how_far_it_is_off_is_the_mean_square_of_the_streams(tiny, cut, asked):
    """Oracle: the layer alone, called as transformers calls it, on each text alone; padding counts for nothing."""
    cuts = layers_before_cuts(cut.model, tiny.model)
    with torch.no_grad():
        off = float(off_by(cut.model, cuts, streams_of(tiny.model, cuts, asked), asked))
    total = 0.0
    for row, mask in zip(asked["input_ids"], asked["attention_mask"], strict=True):
        ids = row[mask.bool()][None]
        seen = {}
        noted = [layer.register_forward_hook(noting(seen, at)) for at, layer in enumerate(tiny.model.model.layers)]
        with torch.no_grad():
            with hooked(*noted):
                tiny.model(ids, use_cache=False)
            places = torch.arange(ids.shape[1])[None]
            for one, place in cuts.items():
                entering = seen[one.first - 2]
                angles = tiny.model.model.rotary_emb(entering, places)
                made = cut.model.model.layers[place](entering, position_embeddings=angles, position_ids=places)
                total += float((made - seen[one.end - 1]).square().mean(-1).sum())

    assert off == pytest.approx(total, rel=1e-4)


def test_missing_layers_that_do_nothing_leave_nothing_to_learn():
    """The layer that stays does what the block did already."""
    base = random_model("llama")
    for layer in base.model.layers[2:4]:
        for writer in (layer.self_attn.o_proj, layer.mlp.down_proj):
            writer.weight.zero_()
    pruned = prune_layers(base, [2, 3])
    cuts, asked = layers_before_cuts(pruned, base), {"input_ids": torch.tensor([[1, 7, 42, 9]])}
    asked["attention_mask"] = torch.ones_like(asked["input_ids"])
    with torch.no_grad():
        assert float(off_by(pruned, cuts, streams_of(base, cuts, asked), asked)) < 1e-9


def test_it_learns_the_block(tiny, cut, corpus):
    """After 24 steps of 4 it is nearer on an example of the corpus."""
    recipe = dataclasses.replace(RECIPE, batch_size=4, warmup_steps=1, epochs=8.0)
    recovered = recover(cut, corpus, recipe, 0, base=tiny.model)
    example = encode_corpus(corpus, tiny.tokenizer, [tiny.tokenizer.eos_token_id])[0]
    asked = {"input_ids": torch.tensor([example.ids]), "attention_mask": torch.ones(1, len(example.ids)).long()}
    cuts = layers_before_cuts(cut.model, tiny.model)
    streams = streams_of(tiny.model, cuts, asked)
    with torch.no_grad():
        before, after = (float(off_by(model, cuts, streams, asked)) for model in (cut.model, recovered.model))

    assert after < 0.9 * before
    assert recovered.recovery.fit.learned_tokens == recovered.recovery.fit.tokens
    assert recovered.recovery.fit.used["learning_rate"] == 3e-4


def test_every_token_is_learned(corpus, tiny):
    """A prompt has a stream as well."""
    example = encode_corpus(corpus, tiny.tokenizer, [tiny.tokenizer.eos_token_id])[0]

    assert example.prompt_tokens > 0
    assert every_token(example).prompt_tokens == 0
    assert every_token(example).ids == example.ids


@pytest.mark.parametrize("gone", ["0-1", "0,5"])
def test_without_layer_0_there_is_no_layer_before_the_cut(gone, tiny):
    """Said from the plan alone, before anything is generated."""
    subject = Subject(tiny, "tiny", Bundled(), 16, None)
    with pytest.raises(DoesNotFit, match=r"nothing is left before layer \d; keep layer 0, or use another --recipe"):
        subject.recoveries.recover(parse_plan(gone, 12), Corpus("none", ()), 0, recipe=RECIPE)


def test_a_model_without_its_first_layer_is_refused(tiny, corpus):
    """Whoever made it."""
    model = prune_layers(tiny.model, [0, 1])
    with pytest.raises(DoesNotFit, match="nothing is left before layer 2; keep layer 0"):
        recover(dataclasses.replace(tiny, model=model, fingerprint="x"), corpus, RECIPE, 0, base=tiny.model)
