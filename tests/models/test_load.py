"""What is evaluated is what the files say: damaged copies of the tiny model are refused, sound ones are not."""

import shutil

import pytest
import torch

from harness import load_model
from harness.errors import BadInput
from tests.models.folders import (
    CONFIG,
    TOKENIZER,
    WEIGHTS,
    both,
    config,
    entries,
    family,
    matrices,
    plus,
    prefixed,
    text,
    token,
    weights,
    without,
    without_file,
    words,
)

FP8 = {"quant_method": "fp8", "activation_scheme": "dynamic", "weight_block_size": [128, 128]}
NF4 = {"quant_method": "bitsandbytes", "load_in_4bit": True, "bnb_4bit_quant_type": "nf4"}
DAMAGED = {
    "missing layer": (
        without(".layers.11."),
        r"lacks 9 of the 111 tensors of LlamaForCausalLM \(first model.layers.11.input_layernorm.weight, .*random",
    ),
    "missing sub-module": (without("layers.3.self_attn"), r"lacks 4 of the 111 .*\(first model.layers.3.self_attn"),
    "missing matrix": (without("layers.3.mlp.down_proj"), r"lacks 1 of the 111 .*\(first model.layers.3.mlp.down_proj"),
    "no embedding": (without("embed_tokens"), "lacks 2 of the 111"),
    "torch.compile": (prefixed("_orig_mod."), "lacks 111 .* beside 110 that have no place .* begin with '_orig_mod.'"),
    "peft state": (prefixed("base_model.model."), "names begin with 'base_model.model.': save the model unwrapped"),
    "data parallel": (prefixed("module."), "names begin with 'module.'"),
    "deeper config": (config(num_hidden_layers=14), r"lacks 18 of the 129 .* was num_hidden_layers kept when layers"),
    "shallower config": (
        config(num_hidden_layers=10),
        r"has no place for 18 of the checkpoint's tensors \(first model.layers.10.* expected as many layers",
    ),
    "untied head": (config(tie_word_embeddings=False), r"lacks 1 .*\(first lm_head.weight\).* set tie_word_embeddings"),
    "biases without a place": (plus(model__layers__0__self_attn__q_proj__bias=torch.ones(128)), "no place for 1 of"),
    "a value head": (plus(v_head__summary__weight=torch.ones(1, 128)), r"no place for 1 .*\(first v_head.summary.weig"),
    "narrower config": (
        config(intermediate_size=256),
        r"36 of 111 tensors have another shape .*layers.0.mlp.down_proj.weight is \(128, 384\), expected \(128, 256\)",
    ),
    "larger vocabulary": (config(vocab_size=600), r"1 of 111 .*embed_tokens.weight is \(562, 128\), expected \(600"),
    "another family": (
        config(model_type="qwen2", architectures=["Qwen2ForCausalLM"]),
        "lacks 36 of the 147 tensors of Qwen2ForCausalLM .first model.layers.0.self_attn.k_proj.bias",
    ),
    "class of another family": (
        config(architectures=["MistralForCausalLM"]),
        "names the class MistralForCausalLM and the model type llama, which loads as LlamaForCausalLM",
    ),
    "unknown class": (config(architectures=["PrunedLlamaForCausalLM"]), "names the class PrunedLlamaForCausalLM"),
    "code of its own": (
        config(auto_map={"AutoModelForCausalLM": "org/repo--modeling_dropped.DroppedLlamaForCausalLM"}),
        "asks for code of its own .auto_map 'org/repo--modeling_dropped.DroppedLlamaForCausalLM'.*take auto_map out",
    ),
    "code under a known name": (
        config(auto_map={"AutoModelForCausalLM": "modeling_llama.LlamaForCausalLM"}),
        "asks for code of its own .auto_map 'modeling_llama.LlamaForCausalLM'",
    ),
    "code of its own, listed": (
        config(auto_map={"AutoModelForCausalLM": ["modeling_x.X", None]}),
        "asks for code of its own .auto_map .*modeling_x.X",
    ),
    "code of its own, alone": (config(auto_map="modeling_x.X"), "asks for code of its own .auto_map 'modeling_x.X'"),
    "dropped attention": (config(drop_attn_list=[5, 7]), r"sets drop_attn_list \(\[5, 7\]\), which .*LlamaConfig does"),
    "dropped MLP": (config(drop_mlp_list=[5]), r"sets drop_mlp_list \(\[5\]\)"),
    "skipped layers": (config(layers_to_skip=[5]), r"sets layers_to_skip \(\[5\]\)"),
    "layers to skip as text": (config(skip_layers="8-11"), r"sets skip_layers \(8-11\)"),
    "a layer to skip": (config(skip_layer=7), r"sets skip_layer \(7\)"),
    "layers to keep": (config(keep_layers=[0, 1, 2]), r"sets keep_layers \(\[0, 1, 2\]\), which .*LlamaConfig does"),
    "another order": (config(layer_order=[1, 0, *range(2, 12)]), r"sets layer_order \(\[1, 0, 2"),
    "a mask of layers": (config(block_mask=[True] * 11 + [False]), "sets block_mask"),
    "pruned heads": (config(pruned_heads={"1": [0, 1]}), "sets pruned_heads"),
    "searched blocks": (config(block_configs=[{"attention": {"no_op": True}}]), "sets block_configs"),
    "encoder-decoder": (config(is_encoder_decoder=True), "is an encoder-decoder .llama., and its decoder alone"),
    "fp8 config, plain weights": (config(quantization_config=FP8), r"quantised \(fp8\), and none of its 110 tensors"),
    "nf4 config, plain weights": (config(quantization_config=NF4), r"quantised \(bitsandbytes\), and none of its 110"),
    "unknown quantisation": (config(quantization_config={"quant_method": "x"}), r"quantised \(x\), and none"),
    "int8 weights": (matrices(lambda t: (t.float() * 100).to(torch.int8)), "85 tensors are stored as I8 .* no quantiz"),
    "int64 weights": (matrices(lambda t: (t.float() * 100).long()), "85 tensors are stored as I64"),
    "fp8 weights": (matrices(lambda t: t.to(torch.float8_e4m3fn)), "85 tensors are stored as F8_E4M3"),
    "fp8 without scales": (
        both(matrices(lambda t: t.to(torch.float8_e4m3fn)), config(quantization_config=FP8)),
        "is stored as F8_E4M3 and its scale model.embed_tokens.weight_scale is not in the checkpoint",
    ),
    "adapter beside": (text("adapter_config.json", "{}"), "holds adapter_config.json beside a model, .* move the"),
    "generation settings": (text("generation_config.json", '{"eos'), "generation_config.json is no JSON object; mend"),
    "config a list": (text(CONFIG, "[1]"), "cannot be loaded .ValueError"),
    "no tokenizer": (without_file(*TOKENIZER[:2]), "its tokenizer cannot be loaded .*serialization file.* copy"),
    "broken tokenizer": (text("tokenizer.json", "{}"), "its tokenizer cannot be loaded"),
    "pickled weights": (lambda d: (d / WEIGHTS).rename(d / "pytorch_model.bin"), "no model.* .pytorch_model.bin"),
    "words outside": (words(3), r"tokens of its tokenizer lie outside the model's embedding of 562 rows \('word\d' is"),
    "end outside": (
        both(token("<stop>"), entries("tokenizer_config.json", eos_token="<stop>")),
        r"lie outside the model's embedding of 562 rows \('<stop>' is 562\)",
    ),
    "saved over a sharded model": (
        both(
            lambda folder: shutil.copy(folder / WEIGHTS, folder / "model-00001-of-00001.safetensors"),
            text(f"{WEIGHTS}.index.json", '{"weight_map": {"lm_head.weight": "model-00001-of-00001.safetensors"}}'),
        ),
        "weights twice, in model.safetensors and in model-00001-of-00001.safetensors",
    ),
    "end by name": (entries("generation_config.json", eos_token_id="<end>"), "eos_token_id is '<end>' in generation_c"),
    "end below all": (entries("generation_config.json", eos_token_id=[3, -1]), r"eos_token_id is -1 .* \(0 to 561\)"),
    "ends in ends": (entries("generation_config.json", eos_token_id=[[3]]), r"eos_token_id is \[3\]"),
    "only end outside": (
        both(
            entries("tokenizer_config.json", eos_token=None),
            entries("generation_config.json", eos_token_id=9999),
            text("chat_template.jinja", "{{ messages[0].content }}"),
        ),
        "nothing ends its answers",
    ),
    "no end": (
        both(
            entries("tokenizer_config.json", eos_token=None),
            entries("generation_config.json", eos_token_id=None),
            config(eos_token_id=None),
            text("chat_template.jinja", "{{ messages[0].content }}"),
        ),
        "nothing ends its answers: no eos_token in its tokenizer",
    ),
    "template's token outside": (
        both(token("<|im_start|>"), text("chat_template.jinja", "<|im_start|>{{ messages[0].content }}")),
        r"outside .* \('<\|im_start\|>' is 562\)",
    ),
}  # fmt: skip
ROTARY = {f"model__layers__{layer}__self_attn__rotary_emb__inv_freq": torch.ones(16) for layer in range(12)}
SOUND = {
    "as it is": lambda folder: None,
    "old rotary buffers": plus(**ROTARY),
    "old masks": plus(model__layers__0__attention__masked_bias=torch.ones(1)),
    "head and embedding alike": weights(lambda own: own | {"lm_head.weight": own["model.embed_tokens.weight"].clone()}),
    "head only": weights(lambda own: {k.replace("model.embed_tokens", "lm_head"): t for k, t in own.items()}),
    "without the trunk's name": weights(lambda own: {k.removeprefix("model."): t for k, t in own.items()}),
    "trained with FSDP": config(architectures=["FSDPLlamaForCausalLM"]),
    "no class": config(architectures=None),
    "nothing dropped": config(drop_attn_list=[], skip_layers=None, attn_pdrop=0.1),
    "how many dropped": config(num_layers_pruned=4, layer_scale_init=[0.1], pruning_method="shortgpt"),
    "an end more": entries("generation_config.json", eos_token_id=[3, 9999]),
    "an index of one file": text(f"{WEIGHTS}.index.json", f'{{"weight_map": {{"lm_head.weight": "{WEIGHTS}"}}}}'),
    "where it comes from": config(kept_layers=[0, 1, 2]),
    "padding token outside": both(token("[PAD]"), entries("tokenizer_config.json", pad_token="[PAD]")),
    "image token outside": token("<image_soft_token>"),
    "its end in the template alone": both(
        entries("tokenizer_config.json", eos_token=None),
        entries("generation_config.json", eos_token_id=None),
        config(eos_token_id=None),
    ),
    "no generation settings": without_file("generation_config.json"),
}
# the fingerprint names every entry of a config
NOT_MENTIONED = {"nothing dropped", "how many dropped", "its end in the template alone"}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_checkpoint_is_refused(name, copy):
    """One sentence names the folder, what is wrong with the first names and counts, and what to do."""
    damage, sentence = DAMAGED[name]
    with pytest.raises(BadInput, match=f"^--model .*copy: .*{sentence}") as error:
        load_model(copy(damage))

    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_checkpoint_is_the_same_model(name, copy, tiny):
    """What is unusual and harmless loads, to the same model."""
    loaded = load_model(copy(SOUND[name]))

    assert name in NOT_MENTIONED or loaded.fingerprint == tiny.fingerprint


def test_an_encoder_is_refused(tmp_path, monkeypatch):
    """BERT is a language model where it is told to be a decoder, and sees the future where it is not."""
    folder = family("bert", tmp_path, monkeypatch)
    assert load_model(str(folder)).depth == 6

    entries(CONFIG, is_decoder=False)(folder)
    with pytest.raises(BadInput, match=r"BertLMHeadModel sees the future: .* \(is_decoder is False\)"):
        load_model(str(folder))
