"""A text as token ids, as its tokenizer has them."""

from typing import TYPE_CHECKING

from harness.errors import BadInput

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


def ids_of(text: str, tokenizer: "PreTrainedTokenizerBase", *, special: bool = False, **how: bool) -> list[int]:
    """Token ids of a text; `special` adds the tokenizer's own tokens around it.

    Raises:
        BadInput: the text holds half of a character (a lone surrogate), which no tokenizer can read.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        around = ascii(text[max(0, error.start - 20) : error.start + 20])
        raise BadInput(
            f"the text ...{around}... has half of a character at place {error.start} (a lone surrogate), which no "
            f"tokenizer can read; mend the text, expected whole UTF-8"
        ) from error
    return list(tokenizer(text, add_special_tokens=special, **how).input_ids)
