import copy
import dataclasses

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.models.fingerprint import fingerprint
from harness.models.load import load_model, torch_dtype
from harness.models.state import weights_of
from harness.prune.surgery import prune_layers, share
from harness.recover.corpus import Corpus, Example
from harness.recover.encode import encode_corpus
from harness.recover.guards import check_examples
from harness.recover.merge import merged
from harness.recover.recipe import recipe_named, with_all_weights, with_last_layers
from harness.recover.recover import on_four_bits, recover, recover_along
from harness.recover.train import train, training_order
from harness.recover.trainable import adapter_settings, load_state, state, trainable
from harness.recover.watch import Course, Watch

TRAINED = ("tiny", "tiny-qlora", "tiny-last-layers", "tiny-full", "tiny-distillation")


def logits(model):
    with torch.no_grad():
        return model(input_ids=torch.tensor([[2, 20, 30, 40, 50]])).logits


@pytest.mark.parametrize("name", TRAINED)
def test_every_arm_changes_the_variant_and_nothing_else(tiny, variant, corpus, short, name):
    """Base and variant compute the same bits before and after; the recovered variant does not."""
    before = fingerprint(tiny.model), logits(variant.model)

    recovered = recover(variant, corpus, short(name), seed=0, base=tiny.model)

    assert fingerprint(tiny.model) == before[0]
    assert torch.equal(logits(variant.model), before[1])
    assert not torch.allclose(logits(recovered.model), before[1], atol=1e-4)


@pytest.fixture(scope="module")
def halved(tiny):
    """The base in bfloat16, and its variant without the last three layers."""
    base = load_model("tiny", dtype="bfloat16")
    model = prune_layers(base.model, [9, 10, 11])
    return base, dataclasses.replace(base, model=model, fingerprint="pruned, bfloat16")


@pytest.mark.parametrize("name", TRAINED)
def test_every_arm_recovers_a_bfloat16_model(halved, corpus, short, name):
    """It learns what a float32 model learns, its base stays as it is, and it answers in bfloat16."""
    base, variant = halved
    before = weights_of(base.model)
    recipe = short(name, epochs=4.0)
    recovered = recover(variant, corpus, recipe, seed=0, base=base.model)
    (_, first), *_, (_, last) = recovered.recovery.fit.loss

    assert last < 0.9 * first
    assert weights_of(base.model) == before
    assert logits(recovered.model).dtype == torch.bfloat16
    assert not torch.equal(logits(recovered.model), logits(variant.model))


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_four_bit_twin_leaves_the_biases_of_its_base_alone(short, dtype):
    """The 4-bit kernel gives biases the dtype that it computes in, in place; Qwen2 has some."""
    from transformers import Qwen2Config, Qwen2ForCausalLM

    shape = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
    torch.manual_seed(0)
    base = Qwen2ForCausalLM(Qwen2Config(vocab_size=99, num_key_value_heads=2, **shape)).eval().requires_grad_(False)
    base = base.to(torch_dtype(dtype))
    before = weights_of(base)
    twin = trainable(base, short("tiny-qlora"), seed=0)
    answer = logits(twin)

    assert weights_of(base) == before
    assert bool(answer.isfinite().all())
    assert torch.allclose(logits(base).float(), answer.float(), atol=0.5 * float(logits(base).float().std()))


@pytest.mark.parametrize("name", ["tiny", "tiny-last-layers", "tiny-full"])
def test_steps_that_bfloat16_would_round_away_are_kept(halved, corpus, short, name):
    """Trained parameters are float32: at a rate of 1e-6 nearly all of them move."""
    _, variant = halved
    recipe = short(name, learning_rate=1e-6)
    twin = trainable(variant.model, recipe, seed=0)
    begun = {key: value.clone() for key, value in state(twin).items() if "lora_B" not in key}
    examples = encode_corpus(corpus, variant.tokenizer, [variant.tokenizer.eos_token_id])
    course = Course((examples * 2)[:16], recipe, [4], 4)
    trained, _ = train(twin, course, 0, int(variant.tokenizer.pad_token_id), variant.model.dtype)[4]
    moved = [float((trained[key] != value).float().mean()) for key, value in begun.items()]

    assert {value.dtype for value in trained.values()} == {torch.float32}
    assert sum(moved) / len(moved) > 0.5


def test_a_float16_model_is_refused(tiny, short):
    """Before any training, in a sentence."""
    with pytest.raises(BadInput, match="float16 model, whose gradients overflow; use --dtype float32 or bfloat16"):
        trainable(load_model("tiny", dtype="float16").model, short("tiny"), seed=0)


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


def test_qlora_trains_on_a_four_bit_base(variant, short):
    """Every linear layer but the output is NF4 under its adapter."""
    import bitsandbytes as bnb

    twin = trainable(variant.model, short("paper"), seed=0)
    small = [name for name, module in twin.named_modules() if isinstance(module, bnb.nn.Linear4bit)]

    assert len(small) == 7 * 9
    assert adapter_settings(twin) == {"rank": 64.0, "alpha": 16.0, "dropout": 0.05}


def test_nf4_is_what_transformers_loads(tiny, tmp_path):
    """Oracle: the same weights loaded with a quantisation config give the same logits."""
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    from harness.prune.surgery import share
    from harness.recover.trainable import to_nf4

    twin = share(tiny.model)
    to_nf4(twin)
    tiny.model.save_pretrained(tmp_path)
    config = BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.float32,
    )  # fmt: skip
    loaded = AutoModelForCausalLM.from_pretrained(tmp_path, quantization_config=config, dtype=torch.float32)

    assert torch.allclose(logits(twin), logits(loaded.eval()), atol=1e-4)


def test_a_merged_adapter_is_measured_apart(variant, corpus, short):
    """In full precision merging changes nothing but rounding; it never happens by itself."""
    recovered = recover(variant, corpus, short("tiny"), 0)
    plain = merged(recovered)

    assert torch.allclose(logits(recovered.model), logits(plain.model), atol=1e-4)
    assert not any("lora" in name for name, _ in plain.model.named_parameters())
    assert any("lora" in name for name, _ in recovered.model.named_parameters())


def test_an_adapter_trained_on_four_bits_is_evaluated_on_the_own_weights(variant, corpus, short):
    """No weight of the evaluated variant is 4-bit, and without its adapter it is the pruned model."""
    recovered = recover(variant, corpus, short("tiny-qlora"), 0)
    off = share(recovered.model)
    off.disable_adapters()

    assert "uint8" not in {str(p.dtype).removeprefix("torch.") for p in recovered.model.parameters()}
    assert not torch.allclose(logits(recovered.model), logits(variant.model), atol=1e-4)
    assert torch.equal(logits(off), logits(variant.model))
    off.enable_adapters()


def test_the_four_bit_base_is_measured_apart(variant, corpus, short):
    """The same adapter on the base that it was trained on, as the training saw it; the variant keeps its bits."""
    recovered = recover(variant, corpus, short("tiny-qlora"), 0)
    before = logits(recovered.model)
    small = on_four_bits(recovered, variant)
    seen = trainable(variant.model, short("tiny-qlora"), 0)
    load_state(seen, {name: p for name, p in recovered.model.named_parameters() if ".lora_" in name}, variant.model)

    assert torch.equal(logits(small.model), logits(seen.eval()))
    assert torch.equal(logits(recovered.model), before)
    assert not torch.allclose(logits(small.model), before, atol=1e-4)
    assert small.fingerprint != recovered.fingerprint


def test_merging_into_four_bits_rounds_and_leaves_the_recovered_variant_alone(variant, corpus, short):
    """The folded weights are rounded again, which shows; the variant with its adapter on keeps its bits."""
    recovered = on_four_bits(recover(variant, corpus, short("tiny-qlora"), 0), variant)
    before = logits(recovered.model)

    plain = merged(recovered)

    assert torch.equal(logits(recovered.model), before)
    assert not torch.allclose(logits(plain.model), before, atol=1e-4)


def test_only_a_recovery_on_four_bits_can_be_put_back_on_them(variant, corpus, short):
    """LoRA on full weights never saw a 4-bit base."""
    with pytest.raises(BadInput, match="was not recovered on one; recover it with QLoRA"):
        on_four_bits(recover(variant, corpus, short("tiny"), 0), variant)


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


@pytest.fixture
def rates(monkeypatch):
    """The learning rate of every step that is trained while the test runs."""
    seen = []
    between = Watch.between

    def noting(watch, trained, steps):
        if steps + watch.course.done < watch.course.steps:
            seen.append(trained.schedule.get_last_lr()[0])
        between(watch, trained, steps)

    monkeypatch.setattr(Watch, "between", noting)
    return seen


def test_the_published_last_layers_fall_to_nothing(variant, corpus, short, rates):
    """Lu et al. use the Trainer's default: up over the warm-up, then down in a line over the rest of the run."""
    recover(variant, corpus, short("last-layers", learning_rate=1.0, warmup_share=1.0, accumulation=1), 0)

    assert rates == pytest.approx([0.0, 1.0, 0.8, 0.6, 0.4, 0.2])


def test_a_falling_rate_goes_on_where_a_stopped_run_was(variant, corpus, short, tmp_path, rates, monkeypatch):
    """The schedule is the whole run's, not that of the steps left to the second process."""
    recipe = short("last-layers", warmup_share=1.0, accumulation=1, epochs=4.0)
    whole = recover(variant, corpus, recipe, 0)
    expected, rates[:] = list(rates), []
    monkeypatch.setattr("harness.recover.watch.EVERY_SECONDS", 0.0)

    def stop(step, *_):
        if step == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recover(variant, corpus, recipe, 0, store=tmp_path, progress=stop)
    resumed = recover(variant, corpus, recipe, 0, store=tmp_path)

    assert resumed.fingerprint == whole.fingerprint
    assert rates == pytest.approx([*expected[:7], *expected[5:]])


def test_runs_of_unlike_length_with_a_falling_rate_are_no_beginnings(variant, corpus, short, tmp_path):
    """Half of a long run is not the short run, so neither is read for the other."""
    one, two = (
        dataclasses.replace(short("last-layers", warmup_share=1.0, accumulation=1), epochs=epochs)
        for epochs in (1.0, 2.0)
    )
    recover_along(variant, corpus, two, 0, at=(0.5, 1.0), store=tmp_path)

    assert recover(variant, corpus, one, 0).fingerprint == recover(variant, corpus, one, 0, store=tmp_path).fingerprint


def test_the_published_last_layers_run_on_the_small_tiers_corpus(variant, short):
    """A third of its examples is longer than 256 tokens; they are cut, as published, and the record counts them."""
    long = Example("l", "what is 3 + 4 ?", "seven " * 300)
    texts = Corpus("c", tuple(Example(str(n), f"what is {n} + 4 ?", f"{n + 4}") for n in range(8)) + (long,) * 4)
    recovered = recover(variant, texts, short("last-layers", accumulation=1), 0)

    assert (recovered.recovery.examples, recovered.recovery.left_out, recovered.recovery.cut) == (12, 0, 4)


def test_the_last_layers_train_on_the_same_schedule():
    """`with_last_layers` changes what is trained and nothing else; the tiny one is the recipe of that name."""
    assert with_last_layers(recipe_named("tiny")) == recipe_named("tiny-last-layers")
    assert with_last_layers(recipe_named("paper")).learning_rate == recipe_named("paper").learning_rate


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
