"""Small tokenizers with the special tokens, the pieces and the chat templates of the paper's four families.

Trained on the spot on a few sentences. What is kept of each family: byte-level pieces (Qwen, Llama) or word marks with
byte fallback (Mistral, Gemma), how many digits may share a token, who adds the BOS, and the logic of the template,
written anew after the published ones.
"""

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_UNKNOWN = "<unk>"
PIECES = 1500  # learned entries of the vocabulary: room for most three-digit numbers

QWEN = """\
{%- if messages[0]['role'] == 'system' %}{{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}
{%- else %}{{- '<|im_start|>system\\nYou are Qwen, created by Alibaba Cloud. ' }}
{{- 'You are a helpful assistant.<|im_end|>\\n' }}{%- endif %}
{%- for message in messages %}{%- if message['role'] != 'system' or not loop.first %}
{{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}{%- endif %}{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}"""
LLAMA = """\
{{- bos_token }}{%- set turns = messages %}{%- set system = '' %}
{%- if messages[0]['role'] == 'system' %}{%- set system = messages[0]['content'] | trim %}
{%- set turns = messages[1:] %}{%- endif %}
{{- '<|start_header_id|>system<|end_header_id|>\\n\\nCutting Knowledge Date: December 2023\\n' }}
{{- 'Today Date: 26 Jul 2024\\n\\n' + system + '<|eot_id|>' }}
{%- for message in turns %}
{{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' + message['content'] | trim + '<|eot_id|>' }}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{%- endif %}"""
_ALTERNATE = """\
{%- for message in messages %}{%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}
{{- raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{%- endif %}"""
MISTRAL = f"""\
{{{{- bos_token }}}}{_ALTERNATE}
{{%- if message['role'] == 'user' %}}{{{{- '[INST] ' + message['content'] + '[/INST]' }}}}
{{%- else %}}{{{{- ' ' + message['content'] | trim + eos_token }}}}{{%- endif %}}{{%- endfor %}}"""
GEMMA = f"""\
{{{{- bos_token }}}}{{%- if messages[0]['role'] == 'system' %}}{{{{- raise_exception('System role not supported') }}}}
{{%- endif %}}{_ALTERNATE}
{{%- set role = 'model' if message['role'] == 'assistant' else message['role'] %}}
{{{{- '<start_of_turn>' + role + '\\n' + message['content'] | trim + '<end_of_turn>\\n' }}}}{{%- endfor %}}
{{%- if add_generation_prompt %}}{{{{- '<start_of_turn>model\\n' }}}}{{%- endif %}}"""


def _sentences() -> list[str]:
    words = (
        "The following are questions with answers about colours and numbers. What is 7 plus 5? "
        "Please reason step by step, and put your final answer within \\boxed{}.\n\nQuestion: Answer:\n"
        'def solve(x):\n    """Return the value."""\n    return x * 2 + 1\n'
        "Ann has 12 apples and buys 30 more, so how many apples has she now? #### 42\n"
    )
    return [words] * 4 + [str(number) for number in range(1000)] * 4


def byte_level(specials: tuple[str, ...], digits: int, bos: str | None) -> "Tokenizer":
    """Byte-level pieces, up to `digits` digits in one; `bos`, where there is one, is put before every text."""
    from tokenizers import Regex, Tokenizer, decoders, pre_tokenizers, trainers
    from tokenizers.models import BPE

    words = Regex(rf"[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|\p{{N}}{{1,{digits}}}| ?[^\s\p{{L}}\p{{N}}]+[\r\n]*|\s+")
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(words, "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=PIECES, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(_sentences(), trainer)
    tokenizer.add_special_tokens(list(specials))
    return _with_bos(tokenizer, bos)


def word_marks(specials: tuple[str, ...], bos: str, *, prefix: bool) -> "Tokenizer":
    """Pieces with a mark for the space before a word, single digits, and bytes for what no piece covers.

    `prefix` puts a mark before every text, as Mistral's does and Gemma's does not.
    """
    from tokenizers import Regex, Tokenizer, decoders, normalizers, pre_tokenizers, trainers
    from tokenizers.models import BPE

    mark = normalizers.Replace(" ", "▁")
    learner = Tokenizer(BPE())
    learner.normalizer = mark
    words = Regex(r"\p{N}|▁?\p{L}+|[^▁\p{L}\p{N}]+|▁+")
    learner.pre_tokenizer = pre_tokenizers.Split(words, "isolated")
    learner.train_from_iterator(_sentences(), trainers.BpeTrainer(vocab_size=PIECES, show_progress=False))
    learned: dict[str, Any] = json.loads(learner.to_str())["model"]

    pieces = sorted(learned["vocab"], key=learned["vocab"].__getitem__)
    order = [*specials, *(f"<0x{byte:02X}>" for byte in range(256)), *pieces]
    vocabulary = {piece: index for index, piece in enumerate(order)}
    merges = [(left, right) for left, right in learned["merges"]]
    tokenizer = Tokenizer(BPE(vocabulary, merges, unk_token=_UNKNOWN, fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), mark]) if prefix else mark
    steps = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    tokenizer.decoder = decoders.Sequence([*steps, decoders.Strip(" ", 1, 0)] if prefix else steps)
    tokenizer.add_special_tokens(list(specials))
    return _with_bos(tokenizer, bos)


def _with_bos(tokenizer: "Tokenizer", bos: str | None) -> "Tokenizer":
    from tokenizers import processors

    if bos is not None:
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{bos} $A", pair=f"{bos} $A {bos} $B", special_tokens=[(bos, tokenizer.token_to_id(bos))]
        )
    return tokenizer
