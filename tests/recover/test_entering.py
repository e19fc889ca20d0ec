"""Frozen layers run once per example, and what is trained is bit for bit what running them in every step trains."""

import dataclasses
import tempfile
from contextlib import contextmanager
from itertools import chain

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.modules.module import register_module_forward_pre_hook
from transformers import AutoModelForCausalLM, GPT2Config, MixtralConfig

from harness.models.hooks import hooked
from harness.models.load import LoadedModel
from harness.models.structure import decoder_layers
from harness.recover import entering
from harness.recover.encode import IGNORED, Encoded
from harness.recover.entering import GROUP_TOKENS, groups_of, kept_of, tail_of
from harness.recover.recipe import recipe_named
from harness.recover.recover import recover
from harness.recover.train import train
from harness.recover.trainable import LAST_LAYERS, trainable
from harness.recover.watch import Course

FROZEN = 5 - LAST_LAYERS  # of the variant's layers


@pytest.fixture(autouse=True)
def nothing_kept():
    """Whatever other tests trained is forgotten, before and after."""
    entering._LAST.clear()
    yield
    entering._LAST.clear()


@contextmanager
def frozen_rows(variant):
    """Rows that run through each frozen layer of a variant, whatever twin runs it."""
    layers = decoder_layers(variant.model).modules[:FROZEN]
    whose = {id(weight): place for place, layer in enumerate(layers) for weight in layer.parameters()}
    counts, kind = [0] * FROZEN, type(layers[0])

    def count(module, args, _=None):
        if type(module) is kind and (place := whose.get(id(next(module.parameters())))) is not None:
            counts[place] += args[0].shape[0]

    with hooked(register_module_forward_pre_hook(count)):
        yield counts


@pytest.fixture
def two_epochs(short):
    """Twelve examples twice, in steps of four that are run in halves."""
    return short("tiny-last-layers", epochs=2.0, accumulation=2)


def test_frozen_layers_run_once_per_example_over_epochs_and_seeds(variant, corpus, two_epochs):
    """Twelve examples, and one more that the model is asked with, whole and in two parts; a second seed runs none."""
    with frozen_rows(variant) as first:
        recover(variant, corpus, two_epochs, 0)
    with frozen_rows(variant) as second:
        recover(variant, corpus, two_epochs, 1)

    assert first == [len(corpus.examples) + 2] * FROZEN
    assert second == [0] * FROZEN


@pytest.mark.parametrize("where", ["in a file", "nowhere"])
def test_what_is_kept_changes_no_bit(variant, corpus, two_epochs, monkeypatch, capfd, tmp_path, where):
    """In memory, in a file or computed anew in every step: the same trained weights and the same loss."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # the machine's has files of other tests
    kept = recover(variant, corpus, two_epochs, 0)
    entering._LAST.clear()
    monkeypatch.setattr(entering, "IN_MEMORY", 0)
    if where == "nowhere":
        monkeypatch.setattr(
            "os.posix_fallocate", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device"))
        )
    with frozen_rows(variant) as rows:
        found = recover(variant, corpus, two_epochs, 0)

    assert found.fingerprint == kept.fingerprint
    assert found.recovery.fit.loss == kept.recovery.fit.loss
    assert (rows[0] > len(corpus.examples) + 2) == (where == "nowhere")
    said = f"{tmp_path} has no room for the "
    assert (said in capfd.readouterr().err) == (where == "nowhere")
    assert not list(tmp_path.glob("recovery-*"))


def test_what_another_run_kept_changes_no_bit(variant, corpus, two_epochs):
    """A seed after another gets what it gets alone, as does a run that begins in the middle, with nothing kept."""
    recover(variant, corpus, two_epochs, 0)
    second = recover(variant, corpus, two_epochs, 1)
    entering._LAST.clear()

    assert recover(variant, corpus, two_epochs, 1).fingerprint == second.fingerprint


def test_a_resumed_run_that_kept_nothing_has_the_same_bits(variant, corpus, two_epochs, tmp_path, monkeypatch):
    """Another process goes on: its frozen layers run anew, in the groups of the first."""
    monkeypatch.setattr("harness.recover.watch.EVERY_SECONDS", 0.0)
    whole = recover(variant, corpus, dataclasses.replace(two_epochs, epochs=4.0), 0)

    def stop(step, *_):
        if step == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recover(variant, corpus, dataclasses.replace(two_epochs, epochs=4.0), 0, store=tmp_path, progress=stop)
    entering._LAST.clear()
    with frozen_rows(variant) as rows:
        resumed = recover(variant, corpus, dataclasses.replace(two_epochs, epochs=4.0), 0, store=tmp_path)

    assert rows[0] > 0
    assert resumed.fingerprint == whole.fingerprint


def examples(count=6, seed=0):
    """Random examples of 5 to 12 tokens, of which the later half is learned."""
    draw = torch.Generator().manual_seed(seed)
    found = []
    for number in range(count):
        ids = tuple(torch.randint(3, 90, (5 + number % 4 * 2 + number // 4,), generator=draw).tolist())
        half = len(ids) // 2
        found.append(Encoded(str(number), ids, (*[IGNORED] * half, *ids[half:])))
    return found


RECIPE = dataclasses.replace(
    recipe_named("last-layers"), batch_size=4, accumulation=2, schedule="constant", warmup_steps=0, warmup_share=None,
    learning_rate=1e-3,
)  # fmt: skip


def loaded(tiny, model):
    """A model with a tokenizer, which says nothing here."""
    return LoadedModel(model, tiny.tokenizer, str(id(model)), tiny.reference)


def trained(tiny, model, *, whole, **changes):
    """Parameters after three steps, with the frozen layers apart or run whole in every step."""
    recipe, rows = dataclasses.replace(RECIPE, **changes), examples()
    twin = trainable(model, recipe, 0)
    tail = None if whole else tail_of(twin, loaded(tiny, model), rows)
    assert whole or tail is not None
    seen = list(chain(rows, rows[::-1]))
    runs = train(twin, Course(seen, recipe, [3], 3), 0, 0, model.dtype, tail=tail)
    return runs[3][0]


@pytest.mark.parametrize("checkpointing", [False, True])
@pytest.mark.parametrize("family", ["llama", "qwen2", "mistral", "gemma2"])
def test_running_whole_trains_the_same_weights(tiny, make_random, family, checkpointing):
    """The oracle: all layers in every step. Windows, grouped heads, tied embeddings and recomputed activations."""
    model = make_random(family)
    apart, whole = (trained(tiny, model, whole=one, checkpointing=checkpointing) for one in (False, True))

    assert apart.keys() == whole.keys()
    for name, values in whole.items():
        torch.testing.assert_close(apart[name], values, atol=2e-4, rtol=0)
    before = dict(trainable(model, RECIPE, 0).named_parameters())
    assert any(not torch.allclose(before[name], values, atol=1e-3) for name, values in whole.items())


def test_a_bfloat16_model_trains_the_same_weights(tiny, make_random):
    """Its frozen layers run under autocast as the whole model does."""
    model = make_random("llama").to(torch.bfloat16)
    apart, whole = (trained(tiny, model, whole=one) for one in (False, True))

    for name, values in whole.items():
        torch.testing.assert_close(apart[name], values, atol=4e-3, rtol=0)


SMALL = {"num_hidden_layers": 6, "hidden_size": 32, "vocab_size": 99, "max_position_embeddings": 64}


@pytest.mark.parametrize(
    ("config", "why"),
    [
        (GPT2Config(n_layer=6, n_embd=32, n_head=4, vocab_size=99, n_positions=64), "dropout in the frozen layers"),
        (
            MixtralConfig(**SMALL, intermediate_size=64, num_attention_heads=4, num_key_value_heads=2,
                          num_local_experts=4, output_router_logits=True),
            "the loss looks at the routers of all layers",
        ),
    ],
    ids=["dropout", "router loss"],
)  # fmt: skip
def test_a_beginning_that_is_not_the_same_every_time_runs_whole(tiny, config, why):
    """Such a model is run whole in every step, and random numbers go on as if it had not been asked."""
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config).eval().requires_grad_(False)
    twin = trainable(model, RECIPE, 0)
    before = torch.get_rng_state()

    assert tail_of(twin, loaded(tiny, model), examples()) is None, why
    assert torch.equal(torch.get_rng_state(), before)


def test_a_model_whose_layers_are_all_trained_has_no_beginning(tiny, make_random):
    """Three layers."""
    model = make_random("llama", depth=3)

    assert tail_of(trainable(model, RECIPE, 0), loaded(tiny, model), examples()) is None


def test_other_examples_or_another_model_find_nothing_kept(tiny, make_random):
    """What is kept belongs to one model and one corpus; the last one stays."""
    one = loaded(tiny, make_random("llama"))
    kept = kept_of(one, examples())

    assert kept_of(one, examples()) is kept
    assert kept_of(one, examples(seed=1)) is not kept
    assert kept_of(dataclasses.replace(one, fingerprint="other"), examples(seed=1)) is not kept_of(one, examples())


@given(st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=6).map(tuple), max_size=30), st.randoms())
def test_groups_are_of_one_length_and_the_corpus_decides_them(rows, random):
    """Every distinct row once, whatever the order, never more tokens than a pass takes."""
    groups = groups_of(rows)
    shuffled = random.sample(rows, len(rows))

    assert groups_of(shuffled) == groups
    assert sorted(chain(*groups)) == sorted(set(rows))
    assert all(len({len(row) for row in group}) == 1 for group in groups)
    assert all(len(group) * len(group[0]) <= GROUP_TOKENS for group in groups)


def test_a_row_longer_than_a_pass_runs_alone():
    """It is not left out."""
    long = tuple(range(GROUP_TOKENS + 1))

    assert groups_of([long, (*long[:-1], 0), (1,)]) == [((1,),), ((*long[:-1], 0),), (long,)]
