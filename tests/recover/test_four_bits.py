"""Training on four bits, and what is evaluated after it."""

import pytest
import torch

from harness.errors import BadInput
from harness.models.load import torch_dtype
from harness.models.state import weights_of
from harness.prune.surgery import share
from harness.recover.encode import encode_corpus
from harness.recover.merge import merged
from harness.recover.recover import on_four_bits, recover
from harness.recover.train import train
from harness.recover.trainable import adapter_settings, load_state, state, trainable
from harness.recover.watch import Course
from tests.recover.conftest import logits


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


def test_qlora_trains_on_a_four_bit_base(variant, short):
    """Every linear layer but the output is NF4 under its adapter."""
    import bitsandbytes as bnb

    twin = trainable(variant.model, short("paper"), seed=0)
    small = [name for name, module in twin.named_modules() if isinstance(module, bnb.nn.Linear4bit)]

    assert len(small) == 7 * 5
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
