"""A tiny random model of any family: built from its config class, small enough to be pruned in every way in a second.

Sizes are shrunk by the names that transformers' configs share; what depends on two sizes at once, or has a name of its
own, is in EXCEPTIONS. Per-layer lists are left to the config class, which derives them for the small depth.
"""

import dataclasses
from typing import TYPE_CHECKING, Any

from harness.errors import BadInput

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

DEPTH = 6
VOCABULARY = 96
WIDTH = 32

_WIDTHS = ("hidden_size", "n_embd", "d_model", "dim", "embedding_size", "word_embed_proj_dim", "lru_width", "emb_dim")
_FFN = (
    "intermediate_size", "ffn_dim", "n_inner", "decoder_ffn_dim", "encoder_ffn_dim", "moe_intermediate_size",
    "shared_expert_intermediate_size", "shared_intermediate_size", "moe_shared_expert_intermediate_size",
    "intermediate_size_mlp", "expert_ffn_hidden_size", "ffn_hidden_size", "dim_ff", "block_ff_dim",
)  # fmt: skip
_DEPTHS = (
    "num_hidden_layers", "n_layer", "n_layers", "num_layers", "decoder_layers", "encoder_layers", "depth",
    "num_decoder_layers", "num_encoder_layers",
)  # fmt: skip
_HEADS = (
    "num_attention_heads", "n_head", "n_heads", "num_heads", "decoder_attention_heads", "encoder_attention_heads",
)  # fmt: skip
SIZES: dict[str, Any] = {
    **dict.fromkeys(_WIDTHS, WIDTH),
    **dict.fromkeys(_FFN, 2 * WIDTH),
    **dict.fromkeys(_DEPTHS, DEPTH),
    **dict.fromkeys(_HEADS, 4),
    "num_key_value_heads": 2,
    "num_kv_heads": 2,
    "n_head_kv": 2,
    "head_dim": 8,
    "global_head_dim": 8,
    "d_kv": 8,
    "kv_channels": 8,
    "vocab_size": VOCABULARY,
    "vocab_size_per_layer_input": VOCABULARY,
    "hidden_size_per_layer_input": 8,
    "max_position_embeddings": 128,
    "n_positions": 128,
    "n_ctx": 128,
    "max_seq_len": 128,
    "sliding_window": 4,
    "attention_window": 4,
    "attention_window_size": 4,
    "num_experts": 4,
    "num_local_experts": 4,
    "n_routed_experts": 4,
    "moe_num_experts": 4,
    "num_experts_per_tok": 2,
    "moe_k": 2,
    "moe_topk": 2,
    "n_group": 1,
    "topk_group": 1,
    "first_k_dense_replace": 1,
    "q_lora_rank": 16,
    "kv_lora_rank": 16,
    "qk_rope_head_dim": 8,
    "qk_nope_head_dim": 8,
    "qk_head_dim": 16,
    "v_head_dim": 8,
    "index_head_dim": 8,
    "index_n_heads": 32,  # of few heads most scores are exactly 0, and which tokens are chosen is left to chance
    "index_topk": 4,
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 4,
    "linear_key_head_dim": 8,
    "linear_value_head_dim": 8,
    "mamba_d_state": 8,
    "mamba_n_heads": 8,
    "mamba_d_head": 8,
    "mamba_chunk_size": 8,
    "chunk_size": 8,
    "state_size": 8,
    "rotary_dim": 8,
    "mamba_num_heads": 8,
    "mamba_head_dim": 8,
    "ssm_state_size": 8,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "image_size": 32,
    "num_nextn_predict_layers": 0,
}
_DECODER = {"is_decoder": True}  # these are encoders unless told otherwise, and read the text both ways
_ROPE = {"rope_type": "default", "rope_theta": 10000.0}
_ALL_HEADS = {"num_key_value_heads": 4}  # latent attention has no groups, yet repeats keys by this ratio
_DOTS3_LAYERS = {
    "head_dim": 16,
    "per_layer_config": {layer: {"kv_lora_rank": 8} for layer in (2, 3, 4)},
}  # the sliding ones
_QWEN4 = {
    "ngram_vocab_size_base": 64, "ple_embed_dim": 32, "hc_lowrank": 8, "split_ngram_parts": 1, "indexer_n_heads": 2,
    "indexer_kv_heads": 1, "indexer_head_dim": 8, "indexer_budget": 8, "indexer_compress_ratio": 2,
}  # fmt: skip
_NO_SHARING: dict[str, Any] = {"num_kv_shared_layers": 0}
EXCEPTIONS: dict[str, dict[str, Any]] = {
    **dict.fromkeys(
        ("bert", "bert-generation", "big_bird", "camembert", "data2vec-text", "electra", "ernie", "megatron-bert",
         "rembert", "roberta", "roberta-prelayernorm", "roc_bert", "roformer", "xlm-roberta", "xlm-roberta-xl"),
        _DECODER,
    ),
    **dict.fromkeys(
        ("axk1", "axk2", "deepseek_v2", "deepseek_v3", "deepseek_v32", "glm4_moe_lite",
         "glm_moe_dsa", "longcat_flash", "minicpm3", "youtu", "hy_v4"), _ALL_HEADS
    ),
    "bamba": {"attn_layer_indices": [1, 4]},
    "bailing_hybrid": _ALL_HEADS | {"linear_head_dim": 8, "linear_num_heads": 4, "num_experts_per_token": 2,
                                    "num_expert_group": 1, "layer_group_size": 3},
    "cohere_compass_text": {"rope_parameters": {"full_attention": _ROPE, "sliding_attention": _ROPE}},
    "ctrl": {"dff": 64},
    "dbrx": {"attn_config": {"kv_n_heads": 2, "rope_theta": 10000.0, "clip_qkv": 8},
             "ffn_config": {"ffn_hidden_size": 64, "moe_num_experts": 4, "moe_top_k": 2}},
    "deepseek_v2": _ALL_HEADS | {"num_experts_per_tok": 2},
    "dots1": {"n_routed_experts": 4, "n_shared_experts": 1, "num_experts_per_tok": 2},
    "dots3_note": {"text_config": _ALL_HEADS | _DOTS3_LAYERS},
    "dots3_note_text": _ALL_HEADS | _DOTS3_LAYERS,
    "falcon_h1": {"mamba_d_ssm": 64},
    "gemma3n_text": _NO_SHARING | {"intermediate_size": [64] * DEPTH, "activation_sparsity_pattern": [0.5] * DEPTH,
                                   "laurel_rank": 4},
    "granitemoehybrid": {"layer_types": ["linear_attention", "full_attention", "linear_attention"] * 2},
    "gpt_neo": {"attention_types": [[["global", "local"], DEPTH // 2]]},
    "hunyuan_v1_dense": {"head_dim": 8},
    "hunyuan_v1_moe": {"head_dim": 8, "moe_topk": 2},
    "kimi_linear": _ALL_HEADS | {"linear_head_dim": 8, "linear_num_heads": 4, "num_experts_per_token": 2},
    "lfm2_moe": {"layer_types": ["conv", "full_attention"] * (DEPTH // 2), "num_dense_layers": 1},
    "mamba2": {"num_heads": 8, "n_groups": 1},
    "ministral": {"head_dim": 8},
    "nemotron": {"num_key_value_heads": 2},
    "qwen4_exp": {"text_config": _QWEN4},
    "qwen4_exp_text": _QWEN4,
    "reformer": _DECODER | {"axial_pos_embds_dim": [16, 16], "axial_pos_shape": [8, 16]},
    "xlm": {"causal": True},
    "xmod": _DECODER | {"default_language": "en_XX", "languages": ["en_XX"]},
    "zamba2": {"hybrid_layer_ids": [1, 4], "layers_block_type": ["mamba", "hybrid", "mamba"] * 2, "mamba_headdim": 8,
               "attention_head_dim": 16, "attention_hidden_size": 64, "adapter_rank": 4},
    "zamba": {"attention_hidden_size": 64, "attention_head_dim": 16, "mamba_dt_rank": 4, "attn_layer_period": 3,
              "attn_layer_offset": 1},
    "zaya": {"num_experts_per_tok": 1, "router_hidden_size": 16},
    "xlstm": {"embedding_dim": WIDTH, "num_blocks": DEPTH},
}  # fmt: skip
"""By model type: what the common names do not cover."""


def small_values(config: Any, exceptions: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401  # any config class
    """What a config class must be given to be small; all else it derives by itself.

    A list that the class writes out for its own depth is cut to the small one.
    """
    depth = next((vars(config)[name] for name in _DEPTHS if isinstance(vars(config).get(name), int)), None)
    written = {field.name for field in dataclasses.fields(config) if field.default is not None}
    small: dict[str, Any] = {}
    for name, value in vars(config).items():
        if hasattr(value, "to_dict"):
            small[name] = small_values(value, exceptions.get(name, {}))
        elif isinstance(value, (list, tuple)) and len(value) == depth and name in written:
            small[name] = list(value[:DEPTH])
        elif name in SIZES and value is not None and not isinstance(value, (list, tuple, dict)):
            small[name] = SIZES[name]
    return small | {name: value for name, value in exceptions.items() if not hasattr(vars(config).get(name), "to_dict")}


def tiny_random(model_type: str, seed: int = 0) -> "PreTrainedModel":
    """A random model of a type of transformers' causal-LM mapping, in float32, ready to be asked.

    Every parameter is drawn anew: a family that begins with zeros or identities would hide a removed layer.

    Raises:
        BadInput: the type is none, or cannot be built small.
    """
    import torch
    from transformers import AutoModelForCausalLM
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    try:
        default = CONFIG_MAPPING[model_type]
    except KeyError:
        raise BadInput(f"{model_type!r} is no model type of this transformers; see docs/families.md") from None
    config = default(**small_values(default(), EXCEPTIONS.get(model_type, {})))
    torch.manual_seed(seed)
    make: Any = AutoModelForCausalLM.from_config
    model: PreTrainedModel = make(config, dtype=torch.float32)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            noise = torch.randn(parameter.shape, generator=generator)
            if parameter.dim() > 1:
                parameter.copy_(noise * parameter.shape[-1] ** -0.5)
            else:
                parameter.add_(noise * (0.1 if "norm" in name else 0.05))
    model.train(mode=False).requires_grad_(False)
    return model


def tiny_tokenizer() -> "PreTrainedTokenizerBase":
    """The tokenizer of these models: the words "0" to "95" are their own ids, and there are no special tokens."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(models.WordLevel({str(index): index for index in range(VOCABULARY)}, "0"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    made: Any = PreTrainedTokenizerFast
    tokenizer: PreTrainedTokenizerBase = made(tokenizer_object=words)
    return tokenizer
