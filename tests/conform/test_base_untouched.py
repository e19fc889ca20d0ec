"""What a method may do with the base, and what is noticed of what it may not."""

import pytest
import torch

from harness.conform.contract import RULES, require
from harness.errors import BadInput
from tests.conform.authors_methods import (
    checkpoints_its_gradients,
    generates,
    goes_on_from_a_cache,
    leaves_a_hook,
    pads_a_batch,
    reads_attentions,
    reads_hidden_states,
    removes_its_hook,
    zeroes_its_gradients,
)

pytestmark = pytest.mark.usefixtures("elsewhere")


NATURAL = [
    (reads_hidden_states, "forward"), (reads_attentions, "forward"), (generates, "forward"),
    (goes_on_from_a_cache, "forward"), (removes_its_hook, "forward"), (pads_a_batch, "forward"),
    (zeroes_its_gradients, "gradients"), (checkpoints_its_gradients, "gradients"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "needs"), NATURAL, ids=lambda value: getattr(value, "__name__", ""))
@pytest.mark.filterwarnings("ignore")
def test_using_a_model_is_no_accusation(examined, method, needs):
    """What transformers leaves in a model that is merely used is not the author's doing."""
    seen = examined(method, needs)

    assert {name: RULES[name](seen) for name in RULES} == dict.fromkeys(RULES)


def test_a_hook_beside_the_librarys_own_is_found(examined):
    """Of many hooks the one that is the author's."""

    def leaves_one_of_many(loaded, n, calibration, seed):
        reads_hidden_states(loaded, n, calibration, seed)
        return leaves_a_hook(loaded, n, calibration, seed)

    with pytest.raises(BadInput, match=r"changed the base model: hooks of model.layers.0; expected"):
        require(examined(leaves_one_of_many), "leaves the base alone")


TAMPERING = {
    "added token": (lambda t: t.tokenizer.add_special_tokens({"pad_token": "[PAD]"}), "vocabulary of the tokenizer"),
    "end token": (lambda t: setattr(t.tokenizer, "eos_token", "."), "special tokens of the tokenizer"),
    "no start": (lambda t: setattr(t.tokenizer, "bos_token", None), "special tokens of the tokenizer"),
    "template": (lambda t: setattr(t.tokenizer, "chat_template", "x"), "chat template of the tokenizer"),
    "padding side": (lambda t: setattr(t.tokenizer, "padding_side", "middle"), "padding side of the tokenizer"),
    "end of answers": (lambda t: setattr(t.model.generation_config, "eos_token_id", 9), "generation_config.eos_token"),
    "config": (lambda t: setattr(t.model.config, "rms_norm_eps", 0.5), "config.rms_norm_eps"),
    "buffer": (lambda t: t.model.model.rotary_emb.inv_freq.mul_(2), "weights of model.rotary_emb.inv_freq"),
    "training mode": (lambda t: t.model.train(), "training mode of the model"),
    "hook of every module": (
        lambda t: HANDLES.append(torch.nn.modules.module.register_module_forward_hook(lambda *_: None)),
        "hooks of every module",
    ),
}
HANDLES = []


@pytest.mark.parametrize("name", TAMPERING)
def test_whatever_answers_depend_on_is_watched(examined, name):
    """Weights, buffers, configs, modes, hooks, and everything of the tokenizer."""
    change, part = TAMPERING[name]

    def tampers(loaded, n, calibration, seed):
        change(loaded)
        return range(n)

    try:
        with pytest.raises(BadInput, match=f"changed the base model: .*{part}"):
            require(examined(tampers), "leaves the base alone")
    finally:
        while HANDLES:
            HANDLES.pop().remove()
