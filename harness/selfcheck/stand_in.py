"""Random stand-ins for the paper's models: the same architecture and file formats, a few narrow layers.

Written as an ordinary Hugging Face folder in the formats that the hub's repositories have (old keys of `config.json`,
tokenizer class, several end tokens in `generation_config.json`, chat template), so that loading, encoding, surgery and
generation take the same turns as with the real models. Facts about the repositories are from memory. A random model
proves that the code runs; it says nothing about pruning.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.models.catalogue import PaperModel
from harness.selfcheck.stand_in_tokenizer import GEMMA, LLAMA, MISTRAL, QWEN, byte_level, word_marks

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import PreTrainedModel

DEPTH = 10  # layers; the least of which a tenth is one
_NARROW = {"hidden_size": 64, "intermediate_size": 128, "num_attention_heads": 4, "num_key_value_heads": 2}
_SPREAD = 0.3  # standard deviation of the weights; at the usual 0.02 the logits hardly depend on the input
_TIED = 0.1  # factor on embeddings that are both input and output: at full size every token would repeat itself
_LAYERS = 0.1  # factor on what a layer adds, so that the first ones are not drowned by the last
_CONSTANT = 3.0  # first coordinate of every hidden state; about as large as the others after the last layer
_ENDING, _TIED_ENDING = 9.5, 1.6  # weight of the end token on it: answers end by themselves, as a chat model's do
_NEVER = -60.0  # weight of the BOS on it: no chat model writes one, and recovery refuses a text with one inside


@dataclass(frozen=True)
class Family:
    """What a stand-in must share with the models of its family."""

    config: dict[str, Any]
    """The published `config.json`: width and depth are replaced, everything else is kept."""
    specials: tuple[str, ...]
    ends: tuple[str, ...]
    """End tokens of `generation_config.json`; the first is the one the chat template writes."""
    tokenizer: dict[str, Any]
    """The published `tokenizer_config.json`, less what does not change ids or text."""
    digits: int
    """Digits that may share a token, of a byte-level tokenizer; 0: word marks, byte fallback and single digits."""
    template: str


_ROPE_LLAMA3 = {
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8192,
    "rope_type": "llama3",
}
FAMILIES = {
    "qwen2.5-7b": Family(
        {
            "architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "hidden_act": "silu", "hidden_size": 3584,
            "intermediate_size": 18944, "num_attention_heads": 28, "num_key_value_heads": 4, "num_hidden_layers": 28,
            "max_position_embeddings": 32768, "max_window_layers": 28, "rms_norm_eps": 1e-6, "rope_theta": 1e6,
            "sliding_window": 131072, "use_sliding_window": False, "tie_word_embeddings": False, "vocab_size": 152064,
        },
        ("<|endoftext|>", "<|im_start|>", "<|im_end|>"), ("<|im_end|>", "<|endoftext|>"),
        {"tokenizer_class": "Qwen2Tokenizer", "bos_token": None, "eos_token": "<|im_end|>",
         "pad_token": "<|endoftext|>", "unk_token": None, "add_bos_token": False},
        digits=1, template=QWEN,
    ),
    "llama-3.1-8b": Family(
        {
            "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu", "hidden_size": 4096,
            "intermediate_size": 14336, "num_attention_heads": 32, "num_key_value_heads": 8, "num_hidden_layers": 32,
            "max_position_embeddings": 131072, "rms_norm_eps": 1e-5, "rope_theta": 5e5, "rope_scaling": _ROPE_LLAMA3,
            "attention_bias": False, "mlp_bias": False, "tie_word_embeddings": False, "vocab_size": 128256,
        },
        ("<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eom_id|>",
         "<|eot_id|>"),
        ("<|eot_id|>", "<|end_of_text|>", "<|eom_id|>"),
        {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>",
         "clean_up_tokenization_spaces": True},
        digits=3, template=LLAMA,
    ),
    "mistral-7b": Family(
        {
            "architectures": ["MistralForCausalLM"], "model_type": "mistral", "hidden_act": "silu", "hidden_size": 4096,
            "intermediate_size": 14336, "num_attention_heads": 32, "num_key_value_heads": 8, "num_hidden_layers": 32,
            "max_position_embeddings": 32768, "rms_norm_eps": 1e-5, "rope_theta": 1e6, "sliding_window": None,
            "tie_word_embeddings": False, "vocab_size": 32768,
        },
        ("<unk>", "<s>", "</s>", "[INST]", "[/INST]"), ("</s>",),
        {"tokenizer_class": "LlamaTokenizer", "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>",
         "pad_token": None, "add_bos_token": True, "add_eos_token": False, "legacy": False},
        digits=0, template=MISTRAL,
    ),
    "gemma-2-2b": Family(
        {
            "architectures": ["Gemma2ForCausalLM"], "model_type": "gemma2", "hidden_activation": "gelu_pytorch_tanh",
            "hidden_act": "gelu_pytorch_tanh", "hidden_size": 2304, "intermediate_size": 9216, "head_dim": 256,
            "num_attention_heads": 8, "num_key_value_heads": 4, "num_hidden_layers": 26,
            "cache_implementation": "hybrid",
            "max_position_embeddings": 8192, "rms_norm_eps": 1e-6, "rope_theta": 1e4, "sliding_window": 4096,
            "attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0, "query_pre_attn_scalar": 256,
            "attention_bias": False, "vocab_size": 256000,
        },
        ("<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>"), ("<end_of_turn>", "<eos>"),
        {"tokenizer_class": "GemmaTokenizer", "bos_token": "<bos>", "eos_token": "<eos>", "unk_token": "<unk>",
         "pad_token": "<pad>", "add_bos_token": True, "add_eos_token": False},
        digits=0, template=GEMMA,
    ),
}  # fmt: skip
# heads that are not a share of the width, and windows that the items are longer than
_OWN = {"gemma-2-2b": {"head_dim": 32, "query_pre_attn_scalar": 32, "sliding_window": 16}}


def write_stand_in(model: PaperModel, folder: Path, depth: int = DEPTH, seed: int = 0) -> Path:
    """Write a random model of the same kind; `folder` gets config, bfloat16 weights, tokenizer and template."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, GenerationConfig

    from harness.models.quiet import quiet_loading

    family = FAMILIES[model.name]
    tokenizer = _tokenizer(family)
    narrow = _NARROW | _OWN.get(model.name, {}) | {"initializer_range": _SPREAD}
    narrow |= {"num_hidden_layers": depth, "vocab_size": tokenizer.get_vocab_size()}
    config = write_files(model, folder, narrow)

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        stand_in = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder))  # type: ignore[no-untyped-call]
    ends = [tokenizer.get_vocab()[token] for token in family.ends]
    _steer(stand_in, ends[0], config["bos_token_id"])
    roles = {name: config[name] for name in _roles(family, tokenizer)}
    sampling = {"do_sample": True, "temperature": 0.6, "eos_token_id": ends}
    stand_in.generation_config = GenerationConfig(**roles | sampling)  # type: ignore[no-untyped-call]
    with quiet_loading():
        stand_in.to(getattr(torch, model.dtype)).save_pretrained(folder)
    # the weights' writer leaves a config in today's format; the hub's are in the old one
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def write_files(model: PaperModel, folder: Path, changes: dict[str, Any] | None = None) -> dict[str, Any]:
    """Write all of a model's folder but its weights; the published config, but for `changes`.

    The tokenizer is a small one of the family's kind: it knows fewer tokens than the published config embeds.

    Returns:
        The config.
    """
    family = FAMILIES[model.name]
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = _tokenizer(family)
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = family.tokenizer | {"chat_template": family.template, "model_max_length": 131072}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    config = family.config | (changes or {}) | _roles(family, tokenizer) | {"torch_dtype": model.dtype}
    (folder / "config.json").write_text(json.dumps(config))
    return config


def _roles(family: Family, tokenizer: "Tokenizer") -> dict[str, int | None]:
    """The ids of the tokens that begin, end and pad, by their names in a config."""
    named = {role: family.tokenizer.get(f"{role}_token") for role in ("bos", "eos", "pad")}
    return {f"{role}_token_id": tokenizer.token_to_id(token) if token else None for role, token in named.items()}


def _steer(model: "PreTrainedModel", end: int, bos: int | None) -> None:
    """Let answers end and never contain a BOS: one coordinate stays constant and serves as a bias of the output."""
    import torch

    parts = dict(model.named_parameters())
    output = parts.get("lm_head.weight", parts["model.embed_tokens.weight"])
    tied = "lm_head.weight" not in parts
    with torch.no_grad():
        if tied:
            output.mul_(_TIED)
        for name, weight in parts.items():
            if name.endswith(("o_proj.weight", "down_proj.weight")):
                weight.mul_(_LAYERS)[0] = 0.0
        # Gemma multiplies its embeddings by the square root of the width
        parts["model.embed_tokens.weight"][:, 0] = _CONSTANT / (model.config.hidden_size**0.5 if tied else 1)
        output[end] = 0.0
        output[end, 0] = _TIED_ENDING if tied else _ENDING
        if bos is not None:
            output[bos, 0] = _NEVER


def _tokenizer(family: Family) -> "Tokenizer":
    """The family's kind of tokenizer, small."""
    settings = family.tokenizer
    if family.digits:
        return byte_level(family.specials, family.digits, settings["bos_token"])
    return word_marks(family.specials, settings["bos_token"], prefix=settings["tokenizer_class"] == "LlamaTokenizer")
