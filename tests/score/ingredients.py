"""What an answer depends on, and a change of each."""

import dataclasses
from dataclasses import dataclass

import torch
from tokenizers import AddedToken, decoders, normalizers
from torch import nn

from harness.prune.surgery import prune_layers
from harness.recover.recipe import recipe_named
from harness.recover.trainable import to_nf4, trainable
from harness.score.scorer import Scorer
from harness.text.requests import GenerationRequest, LogLikelihoodRequest, NextTokenRequest, Sampling

PROMPT = "mira has 3 apples ."
REQUESTS = {
    "generation": GenerationRequest(PROMPT, 8, sampling=Sampling(0.7, 0.9, 5)),
    "likelihood": LogLikelihoodRequest(PROMPT, " 12"),
    "next": NextTokenRequest(PROMPT, (" 1", " 2")),
}


@dataclass
class Asked:
    """A model, a tokenizer and a request, all to be changed."""

    model: nn.Module
    tokenizer: object
    request: object

    @property
    def name(self):
        """Where the store keeps the answer: the variant's file, and the key in it."""
        scorer = Scorer(self.model, self.tokenizer)
        return scorer.fingerprint, scorer.key(self.request)

    def ask(self, **changes):
        """Change the request."""
        self.request = dataclasses.replace(self.request, **changes)


def int8(model):
    """The model with linear layers in 8 bits."""
    import bitsandbytes as bnb

    for layer in model.model.layers:
        old = layer.mlp.up_proj
        new = bnb.nn.Linear8bitLt(old.in_features, old.out_features, bias=False, has_fp16_weights=False, threshold=6.0)
        weight = old.weight.detach().clone().half()
        new.weight = bnb.nn.Int8Params(weight, requires_grad=False, has_fp16_weights=False).to("cpu")
        layer.mlp.up_proj = new.eval()
    return model


def nf4(model):
    """The model with linear layers in 4 bits, double quantised."""
    to_nf4(model)
    return model


def lora(model):
    """The model with an adapter that moves it."""
    twin = trainable(model, recipe_named("tiny"), 0)
    for name, parameter in twin.named_parameters():
        if "lora_B" in name:
            parameter.data.normal_(generator=torch.Generator().manual_seed(1))
    return twin.requires_grad_(False).eval()


def buffered(model):
    """The model with a saved buffer, as 13 of 20 mixture-of-experts types have."""
    model.model.layers[2].mlp.register_buffer("correction", torch.zeros(4))
    return model


BASES = {"plain": lambda model: model, "int8": int8, "nf4": nf4, "lora": lora, "buffered": buffered}


def weight(asked):
    """A large matrix."""
    return asked.model.model.layers[3].mlp.up_proj.weight


def state(asked):
    """The quantisation state of a 4-bit matrix."""
    return weight(asked).quant_state


def adapters(asked):
    """The adapter layers of a model."""
    return [module for module in asked.model.modules() if hasattr(module, "lora_A")]


def backend(asked):
    """What a tokenizer is made of."""
    return asked.tokenizer.backend_tokenizer


def swap(asked):
    """Exchange two values that lie between the 4096 that used to be sampled."""
    flat = weight(asked).reshape(-1)
    flat[1], flat[2] = flat[2].clone(), flat[1].clone()


def rename(asked):
    """Give a word of the vocabulary another text: ids and prompts stay, answers do not."""
    import json

    from tokenizers import Tokenizer

    content = json.loads(backend(asked).to_str())
    vocabulary = content["model"]["vocab"]
    word = next(word for word in vocabulary if word.isalpha() and word not in PROMPT)
    content["model"]["vocab"] = {f"{key}x" if key == word else key: value for key, value in vocabulary.items()}
    asked.tokenizer._tokenizer = Tokenizer.from_str(json.dumps(content))


def template(asked):
    """The prompt's other end."""
    asked.tokenizer.chat_template = asked.tokenizer.chat_template.replace("<assistant>", "<assistant> answer")


def keep(asked):
    """Remove a layer."""
    asked.model = prune_layers(asked.model, [4])


def config(**changes):
    """Change the config."""
    return lambda asked: [setattr(asked.model.config, name, value) for name, value in changes.items()]


GENERATED = {
    "prompt": lambda a: a.ask(prompt=f"{PROMPT} "),
    "length": lambda a: a.ask(max_new_tokens=9),
    "chat": lambda a: a.ask(chat=False),
    "stop texts": lambda a: a.ask(stop=("\n",)),
    "greedy or drawn": lambda a: a.ask(sampling=None),
    "temperature": lambda a: a.ask(sampling=Sampling(0.8, 0.9, 5)),
    "top-p": lambda a: a.ask(sampling=Sampling(0.7, 0.8, 5)),
    "seed of the draw": lambda a: a.ask(sampling=Sampling(0.7, 0.9, 6)),
    "ends of the generation config": lambda a: setattr(a.model.generation_config, "eos_token_id", [1, 3]),
    "no end in the generation config": lambda a: [
        setattr(a.model.generation_config, "eos_token_id", None),
        setattr(a.tokenizer, "eos_token", "<unk>"),
    ],
    "end token of the tokenizer": lambda a: setattr(a.tokenizer, "eos_token", "<unk>"),
    "template": template,
    "template's beginning": lambda a: setattr(a.tokenizer, "bos_token", "<unk>"),
    "words in the vocabulary": rename,
    "a token more": lambda a: a.tokenizer.add_tokens([AddedToken("wusor")]),
    "normalizer": lambda a: setattr(backend(a), "normalizer", normalizers.Replace("apples", "pears")),
    "decoder": lambda a: setattr(backend(a), "decoder", decoders.Replace("a", "b")),
    "spaces in decoding": lambda a: setattr(a.tokenizer, "clean_up_tokenization_spaces", True),
}
SCORED = {
    "context": lambda a: a.ask(context=f"the {PROMPT}"),
    "continuation": lambda a: a.ask(continuation=" 13"),
    "continuation as an answer": lambda a: a.ask(chat=True),
    "beginning of plain text": lambda a: setattr(
        backend(a),
        "post_processor",
        __import__("tokenizers").processors.TemplateProcessing("<unk> $A", None, [("<unk>", 1)]),
    ),
}
CANDIDATES = {
    "candidates": lambda a: a.ask(candidates=(" 1", " 3")),
    "order of candidates": lambda a: a.ask(candidates=(" 2", " 1")),
    "tokens of candidates": lambda a: setattr(backend(a), "normalizer", normalizers.Replace("2", "7")),
}
WEIGHTS = {
    "one weight's last bit": lambda a: weight(a)[5, 7].mul_(1 + 2**-23),
    "two weights exchanged": swap,
    "rows reversed": lambda a: weight(a).copy_(weight(a).flip(0)),
    "a weight written past torch's count": lambda a: weight(a).data.mul_(1.5),
    "other memory in a weight's place": lambda a: setattr(weight(a), "data", weight(a).data * 1.5),
    "dtype": lambda a: a.model.to(torch.bfloat16),
    "kept layers": keep,
    "order of layers": lambda a: a.model.model.layers.insert(2, a.model.model.layers.__getitem__(5)),
    "epsilon of the config": config(rms_norm_eps=1e-4),
    "rotary base of the config": config(rope_parameters={"rope_theta": 5e5, "rope_type": "default"}),
    "dropout left on": lambda a: a.model.train(),
}
CHANGES = {
    **GENERATED, **SCORED, **CANDIDATES, **WEIGHTS,
    "saved buffer": lambda a: a.model.model.layers[2].mlp.correction.add_(1),
    "4-bit scales": lambda a: setattr(state(a), "absmax", state(a).absmax // 2),
    "4-bit codes": lambda a: weight(a).data.bitwise_xor_(1),
    "4-bit map": lambda a: setattr(state(a), "code", state(a).code * 2),
    "scales of the scales": lambda a: setattr(state(a).state2, "absmax", state(a).state2.absmax * 3),
    "offset of the scales": lambda a: setattr(state(a), "offset", state(a).offset * 3),
    "dtype of the products": lambda a: setattr(a.model.model.layers[3].mlp.up_proj, "compute_dtype", torch.bfloat16),
    "8-bit scales": lambda a: weight(a).SCB.mul_(2),
    "8-bit threshold": lambda a: setattr(a.model.model.layers[3].mlp.up_proj.state, "threshold", 1.0),
    "adapter's scaling": lambda a: [layer.scaling.update(default=0.1) for layer in adapters(a)],
    "adapter switched off": lambda a: [layer.enable_adapters(enabled=False) for layer in adapters(a)],
    "adapter's weights": lambda a: adapters(a)[0].lora_A["default"].weight.data.add_(1),
}  # fmt: skip
