import copy
import dataclasses

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.models.fingerprint import fingerprint
from harness.models.load import load_model
from harness.models.state import weights_of
from harness.recover.corpus import Corpus, Example
from harness.recover.encode import encode_corpus
from harness.recover.guards import check_examples
from harness.recover.recover import recover, recover_along
from harness.recover.train import training_order
from harness.recover.trainable import trainable
from tests.recover.conftest import logits

TRAINED = ("tiny", "tiny-qlora", "tiny-last-layers", "tiny-full", "tiny-distillation", "tiny-one-layer")


@pytest.mark.parametrize("name", TRAINED)
def test_every_arm_changes_the_variant_and_nothing_else(tiny, variant, corpus, short, name):
    """Base and variant compute the same bits before and after; the recovered variant does not."""
    before = fingerprint(tiny.model), logits(variant.model)

    recovered = recover(variant, corpus, short(name), seed=0, base=tiny.model)

    assert fingerprint(tiny.model) == before[0]
    assert torch.equal(logits(variant.model), before[1])
    assert not torch.allclose(logits(recovered.model), before[1], atol=1e-4)


@pytest.mark.parametrize("name", TRAINED)
def test_every_arm_recovers_a_bfloat16_model(halved, corpus, short, name):
    """It learns what a float32 model learns, its base stays as it is, and it answers in bfloat16."""
    base, variant = halved
    before = weights_of(base.model)
    recipe = short(name, epochs=4.0)
    recovered = recover(variant, corpus, recipe, seed=0, base=base.model)
    (_, first), *_, (_, last) = recovered.recovery.fit.loss

    least = 0.95 if name == "tiny-one-layer" else 0.9  # of squares the largest streams are most, and they move least
    assert last < least * first
    assert weights_of(base.model) == before
    assert logits(recovered.model).dtype == torch.bfloat16
    assert not torch.equal(logits(recovered.model), logits(variant.model))


def test_a_float16_model_is_refused(tiny, short):
    """Before any training, in a sentence."""
    with pytest.raises(BadInput, match="float16 model, whose gradients overflow; use --dtype float32 or bfloat16"):
        trainable(load_model("tiny", dtype="float16").model, short("tiny"), seed=0)


def test_a_second_gpu_in_sight_changes_no_step(variant, corpus, short, monkeypatch):
    """Transformers' Trainer would run a copy of the model on it, and twice the recipe's examples per step."""
    from transformers import TrainingArguments

    alone, settled = recover(variant, corpus, short("tiny"), seed=0), TrainingArguments.__post_init__

    def on_two(self):
        settled(self)
        self._n_gpu = 2

    monkeypatch.setattr(TrainingArguments, "__post_init__", on_two)

    assert recover(variant, corpus, short("tiny"), seed=0).fingerprint == alone.fingerprint


@pytest.mark.parametrize("name", TRAINED)
def test_the_same_seed_gives_the_same_bits(tiny, variant, corpus, short, name):
    """Training is deterministic on one machine; another seed gives another model."""
    runs = [recover(variant, corpus, short(name), seed, base=tiny.model) for seed in (0, 0, 1)]

    assert runs[0].fingerprint == runs[1].fingerprint != runs[2].fingerprint


def test_a_run_read_from_the_store_is_the_run_that_was_trained(variant, corpus, short, tmp_path):
    """Resumed equals uninterrupted, bit for bit, and trains nothing."""
    first = recover(variant, corpus, short("tiny"), 0, store=tmp_path)
    again = recover(variant, corpus, short("tiny"), 0, store=tmp_path)

    assert torch.equal(logits(first.model), logits(again.model))
    assert first.recovery == again.recovery


def test_a_run_cut_short_by_a_crash_is_trained_again(variant, corpus, short, tmp_path):
    """A truncated file is not read as a recovery."""
    first = recover(variant, corpus, short("tiny"), 0, store=tmp_path)
    (file,) = (tmp_path / "recoveries").glob("*.safetensors")
    file.write_bytes(file.read_bytes()[:1000])

    assert first.fingerprint == recover(variant, corpus, short("tiny"), 0, store=tmp_path).fingerprint


def test_the_end_of_a_longer_run_does_not_depend_on_looks_along_the_way(variant, corpus, short):
    """Copies after a third and at the end: the end is the same as without the first look."""
    along = recover_along(variant, corpus, short("tiny"), 0, at=(0.34, 1.0))
    whole = recover(variant, corpus, short("tiny"), 0)

    assert along[0].fingerprint != along[1].fingerprint == whole.fingerprint


@pytest.mark.parametrize("name", ["tiny", "tiny-last-layers", "tiny-full"])
def test_a_short_run_is_the_beginning_of_a_long_one(variant, corpus, short, tmp_path, name):
    """One epoch is the half of two, bit for bit, so that a store that holds the long run holds the short one."""
    one, two = (dataclasses.replace(short(name), epochs=epochs) for epochs in (1.0, 2.0))
    half = recover_along(variant, corpus, two, 0, at=(0.5, 1.0), store=tmp_path)[0]
    kept = sorted((tmp_path / "recoveries").glob("*.safetensors"))

    trained, read = recover(variant, corpus, one, 0), recover(variant, corpus, one, 0, store=tmp_path)

    assert half.fingerprint == trained.fingerprint == read.fingerprint
    assert trained.recovery.fit.steps == read.recovery.fit.steps == 3
    assert trained.recovery.fit.loss == read.recovery.fit.loss
    assert kept == sorted((tmp_path / "recoveries").glob("*.safetensors"))


@given(
    lengths=st.lists(st.integers(1, 50), min_size=1, max_size=30),
    batch=st.integers(1, 8),
    steps=st.integers(1, 12),
    seed=st.integers(0, 3),
)
def test_examples_come_in_shuffled_epochs_longest_first_within_a_batch(lengths, batch, steps, seed):
    """Every epoch sees every example once, a shorter run is the beginning, and batches are sorted."""
    order = training_order(lengths, batch, steps, seed)

    assert len(order) == steps * batch
    counts = [order.count(index) for index in range(len(lengths))]
    assert max(counts) - min(counts) <= 2 - (len(order) % len(lengths) == 0)
    assert training_order(lengths, batch, steps + 2, seed)[: len(order)] == order
    for start in range(0, len(order), batch):
        sizes = [lengths[index] for index in order[start : start + batch]]
        assert sizes == sorted(sizes, reverse=True)


def test_what_was_used_is_read_back_from_adapter_and_optimiser(variant, corpus, short):
    """The stored settings are the run's, not the recipe's."""
    used = recover(variant, corpus, short("tiny", rank=4, alpha=8), 0).recovery.fit.used

    assert (used["rank"], used["alpha"], used["learning_rate"], used["batch_size"]) == (4.0, 8.0, 1e-3, 4.0)


def test_recovery_refuses_test_items_before_it_trains(variant, corpus, short):
    """The overlap is named, and nothing is spent."""
    prompt = corpus.examples[3].prompt
    with pytest.raises(BadInput, match=r"1 of its 12 prompts are test items"):
        recover(variant, corpus, short("tiny"), 0, avoid=[prompt])


def test_an_answer_cut_at_its_limit_does_not_teach_to_stop_there(variant, short):
    """Only answers that ended by themselves carry an end of turn."""
    cut = Corpus("c", tuple(Example(str(i), "close : (", ") ) )", finish="length") for i in range(4)))
    with pytest.raises(BadInput, match="learns to end its turn"):
        recover(variant, cut, short("tiny"), 0)


def test_a_control_token_written_in_an_answer_is_text(variant):
    """One self-generated answer that spells `<bos>` used to refuse the whole corpus, after its generation."""
    corpus = Corpus("c", (Example("0", "2 + 2 ?", "it is <bos> <user> 4"), Example("1", "2 + 3 ?", "5 <end> 6")))
    end = variant.tokenizer.eos_token_id
    examples = encode_corpus(corpus, variant.tokenizer, [end])

    check_examples(examples, {end}, variant.tokenizer.bos_token_id)
    for example in examples:
        learned = example.labels[example.prompt_tokens :]
        assert learned[-1] == end
        assert not {*learned[:-1]} & {end, *variant.tokenizer.convert_tokens_to_ids(["<bos>", "<user>"])}


def test_padding_stays_inside_the_embedding(variant, corpus, short):
    """Scripts add a [PAD] to the tokenizer and leave the embedding as it is; what padding holds changes nothing."""
    tokenizer = copy.deepcopy(variant.tokenizer)
    tokenizer.add_special_tokens({"pad_token": "[PAD]"})
    assert tokenizer.pad_token_id >= variant.model.get_input_embeddings().num_embeddings
    usual = recover(variant, corpus, short("tiny", epochs=0.34), 0)

    padded = recover(dataclasses.replace(variant, tokenizer=tokenizer), corpus, short("tiny", epochs=0.34), 0)

    assert padded.fingerprint == usual.fingerprint


def test_learning_from_the_base_needs_the_base(variant, corpus, short):
    """Distillation and norm matching say what is missing."""
    with pytest.raises(BadInput, match=r"learns from the unpruned model; give it as `base`"):
        recover(variant, corpus, short("tiny-distillation"), 0)


def test_distillation_moves_the_student_towards_its_teacher(tiny, variant, corpus, short):
    """After 24 steps the student's next-token distribution is nearer to the unpruned model's."""
    example = encode_corpus(corpus, tiny.tokenizer, [tiny.tokenizer.eos_token_id])[0]

    def divergence(model):
        student, teacher = (logits(m).log_softmax(-1) for m in (model, tiny.model))
        return float(torch.nn.functional.kl_div(student, teacher, log_target=True, reduction="sum"))

    def logits(model):
        with torch.no_grad():
            return model(input_ids=torch.tensor([example.ids])).logits[0, example.prompt_tokens - 1 :]

    recipe = dataclasses.replace(short("tiny-distillation"), epochs=8.0)
    recovered = recover(variant, corpus, recipe, 0, base=tiny.model)

    assert divergence(recovered.model) < 0.7 * divergence(variant.model)
