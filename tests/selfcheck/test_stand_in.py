"""The stand-ins share with their families what the harness could stumble over."""

import pytest
from transformers import AutoTokenizer

from harness import load_model
from harness.errors import BadInput
from harness.models.catalogue import MODELS, require_paper_model
from harness.selfcheck.stand_in import FAMILIES, write_stand_in
from harness.text.encode import encode_prompt, plain_ids
from harness.text.ends import end_tokens
from harness.text.requests import GenerationRequest

DEPTH = 6
ASKED = {
    "qwen2.5-7b": "<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\n"
    "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n",
    "llama-3.1-8b": "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\n"
    "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n<|eot_id|>"
    "<|start_header_id|>user<|end_header_id|>\n\nhi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
    "mistral-7b": "<s>[INST] hi[/INST]",
    "gemma-2-2b": "<bos><start_of_turn>user\nhi<end_of_turn>\n<start_of_turn>model\n",
}
ENDS = {
    "qwen2.5-7b": {"<|im_end|>", "<|endoftext|>"},
    "llama-3.1-8b": {"<|eot_id|>", "<|eom_id|>", "<|end_of_text|>"},
    "mistral-7b": {"</s>"},
    "gemma-2-2b": {"<end_of_turn>", "<eos>"},
}
TURN = [{"role": "user", "content": "hi"}]


@pytest.fixture(scope="module")
def stand_ins(tmp_path_factory):
    """One small stand-in a family, loaded like any folder."""
    folder = tmp_path_factory.mktemp("stand-ins")
    return {model.name: load_model(str(write_stand_in(model, folder / model.name, depth=DEPTH))) for model in MODELS}


@pytest.mark.parametrize("name", FAMILIES)
def test_prompts_are_the_familys(stand_ins, name):
    """The template gives the family's text, exactly one BOS where there is one, and its end tokens are all known."""
    loaded = stand_ins[name]
    tokenizer = loaded.tokenizer
    text = tokenizer.apply_chat_template(TURN, tokenize=False, add_generation_prompt=True)
    ids = encode_prompt(GenerationRequest("hi", 5), tokenizer)
    bos = FAMILIES[name].tokenizer["bos_token"]

    assert text == ASKED[name]
    assert ids.count(tokenizer.bos_token_id) == (bos is not None)
    assert (plain_ids("hi", tokenizer)[0] == tokenizer.bos_token_id) == (bos is not None)
    assert set(tokenizer.convert_ids_to_tokens(list(end_tokens(loaded.model, tokenizer, chat=True).ids))) == ENDS[name]
    assert tokenizer.decode(tokenizer("Ann has 12 é", add_special_tokens=False).input_ids) == "Ann has 12 é"


@pytest.mark.parametrize(("name", "pieces"), [("qwen2.5-7b", 3), ("llama-3.1-8b", 1), ("gemma-2-2b", 3)])
def test_digits_share_tokens_as_in_the_family(stand_ins, name, pieces):
    """Llama-3 packs three digits into a token; the others keep them apart."""
    assert len(stand_ins[name].tokenizer("345", add_special_tokens=False).input_ids) == pieces


@pytest.mark.parametrize("name", ["mistral-7b", "gemma-2-2b"])
def test_two_families_refuse_a_system_turn(stand_ins, name):
    """Neither template has a system role, which is why the harness folds it into the user turn."""
    with pytest.raises(Exception, match=r"System role not supported|must alternate"):
        stand_ins[name].tokenizer.apply_chat_template([{"role": "system", "content": "s"}, *TURN], tokenize=False)


def test_architectures_keep_what_makes_them_different(stand_ins):
    """Biases, scaled rotary positions, windows and soft caps are read from configs in the hub's old format."""
    qwen, llama, mistral, gemma = (stand_ins[model.name].model for model in MODELS)

    assert {loaded.depth for loaded in stand_ins.values()} == {DEPTH}
    assert qwen.model.layers[0].self_attn.q_proj.bias is not None
    assert llama.config.rope_parameters["rope_type"] == "llama3"
    assert mistral.config.sliding_window is None
    assert gemma.config.layer_types == ["sliding_attention", "full_attention"] * (DEPTH // 2)
    assert (gemma.config.final_logit_softcapping, gemma.config.attn_logit_softcapping) == (30.0, 50.0)
    assert gemma.config._attn_implementation == "eager"  # the other kernels leave the soft cap out


def test_stand_ins_are_reproducible(stand_ins, tmp_path):
    """The same seed gives the same weights and the same tokenizer."""
    again = load_model(str(write_stand_in(MODELS[0], tmp_path / "again", depth=DEPTH)))

    assert again.fingerprint == stand_ins[MODELS[0].name].fingerprint
    assert AutoTokenizer.from_pretrained(tmp_path / "again").get_vocab() == again.tokenizer.get_vocab()


def test_only_the_papers_models_have_one():
    """Another model is refused with the names that would do."""
    with pytest.raises(BadInput, match=r"there are stand-ins for qwen2\.5-7b"):
        require_paper_model("tiny")
