"""Training all weights."""

import copy
import dataclasses

import pytest
import torch

from harness.recover.encode import encode_corpus
from harness.recover.recipe import recipe_named, with_all_weights
from harness.recover.recover import recover
from harness.recover.train import training_order
from harness.recover.trainable import load_state, state, trainable


def test_all_weights_train_on_the_data_and_schedule_of_their_tier():
    """But for the rate, `tiny-full` is `tiny`; `full` is the paper's recipe, its warm-up apart."""
    full, paper = recipe_named("full"), recipe_named("paper")

    assert with_all_weights(recipe_named("tiny"), 3e-4) == recipe_named("tiny-full")
    assert dataclasses.replace(with_all_weights(paper, full.learning_rate), name="full", warmup_steps=2) == full


def test_all_weights_are_the_recovered_models_own(tiny, variant, corpus, short):
    """Nothing that it computes with lies in the base's memory, and none of its weights stayed as it was."""
    recovered = recover(variant, corpus, short("tiny-full"), 0)
    base = {parameter.data_ptr() for parameter in tiny.model.parameters()}
    before = dict(variant.model.named_parameters())

    assert base.isdisjoint(parameter.data_ptr() for parameter in recovered.model.parameters())
    assert before.keys() == dict(recovered.model.named_parameters()).keys()
    for name, parameter in recovered.model.named_parameters():
        assert not torch.equal(parameter, before[name]), name


def test_all_weights_learn_what_a_plain_loop_learns(variant, corpus, short):
    """Oracle: AdamW by hand on one example at a time, the same order, rate, clipping, and mean over learned tokens."""
    recipe = short("tiny-full", accumulation=2, epochs=2.0)
    recovered = recover(variant, corpus, recipe, 0).model
    examples = encode_corpus(corpus, variant.tokenizer, [variant.tokenizer.eos_token_id])
    plain = copy.deepcopy(variant.model).requires_grad_(True)
    optimizer = torch.optim.AdamW(plain.parameters(), lr=recipe.learning_rate, weight_decay=0.0)
    order = training_order([len(example.ids) for example in examples], recipe.batch_size, 6, 0)
    for step in range(6):
        batch = [examples[index] for index in order[4 * step : 4 * step + 4]]
        learned = sum(len(example.ids) - example.prompt_tokens for example in batch)
        for example in batch:
            ids, labels = torch.tensor([example.ids]), torch.tensor(example.labels[1:])
            loss = torch.nn.functional.cross_entropy(plain(input_ids=ids).logits[0, :-1], labels, reduction="sum")
            (loss / learned).backward()
        torch.nn.utils.clip_grad_norm_(plain.parameters(), recipe.clip)
        optimizer.param_groups[0]["lr"] = 0.0 if step == 0 else recipe.learning_rate
        optimizer.step()
        optimizer.zero_grad()
    before, expected = dict(variant.model.named_parameters()), dict(plain.requires_grad_(False).named_parameters())

    for name, parameter in recovered.named_parameters():
        moved, off = (expected[name] - before[name]).abs(), (parameter - expected[name]).abs()
        assert float(off.max()) < 1e-3 * float(moved.mean()), name


@pytest.fixture
def tied():
    """A random model whose output layer is its embedding, with one norm in float32, as some families keep."""
    from transformers import LlamaConfig, LlamaForCausalLM

    shape = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
    torch.manual_seed(0)
    model = LlamaForCausalLM(LlamaConfig(vocab_size=99, tie_word_embeddings=True, **shape)).eval().requires_grad_(False)
    model = model.to(torch.bfloat16)
    model.model.norm.float()
    return model


def test_what_is_tied_is_trained_as_one(tied, short):
    """The output layer stays the embedding, in the twin that is trained and in the one that is evaluated."""
    twin = trainable(tied, short("full"), 0)
    values = state(twin)
    load_state(twin, values, tied)

    assert twin.lm_head.weight is twin.model.embed_tokens.weight
    assert twin.lm_head.weight is not tied.lm_head.weight
    assert "lm_head.weight" not in values


def test_weights_that_were_trained_get_the_dtype_that_they_had(tied, short):
    """Float32 while they are trained, then each as it was, so that a bfloat16 model costs what it did."""
    twin = trainable(tied, short("full"), 0)
    trained = {parameter.dtype for parameter in twin.parameters()}
    load_state(twin, state(twin), tied)

    assert trained == {torch.float32}
    assert {name: p.dtype for name, p in twin.named_parameters()} == {
        name: p.dtype for name, p in tied.named_parameters()
    }


def test_a_bfloat16_model_computes_in_bfloat16_while_its_masters_are_float32(halved, corpus, short, monkeypatch):
    """All weights are float32, so the Trainer could not know: a linear layer's output says what it ran in."""
    seen = set()
    _, variant = halved
    forward = torch.nn.Linear.forward

    def noting(layer, hidden):
        output = forward(layer, hidden)
        seen.add((layer.weight.dtype, output.dtype))
        return output

    monkeypatch.setattr(torch.nn.Linear, "forward", noting)
    recover(variant, corpus, short("tiny-full"), 0)

    assert seen == {(torch.float32, torch.bfloat16)}
