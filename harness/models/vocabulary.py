"""Whether a tokenizer and a model speak of the same tokens."""

from typing import TYPE_CHECKING, Any

from harness.errors import BadInput
from harness.models.weights import SHOWN

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from harness.models.load import LoadedModel

_TEXT = "1 + 2 = a"  # every tokenizer has tokens for some of it


def require_fitting(tokenizer: "PreTrainedTokenizerBase", model: "PreTrainedModel", who: str) -> None:
    """Refuse a tokenizer that knows no text, or whose tokens have no row in the model's embedding.

    A token that was added and that neither the template nor an end of text uses (a padding token, Gemma 3's image
    token) may lie outside: it never reaches the model.

    Raises:
        BadInput: this is one.
    """
    known = set(tokenizer(_TEXT, add_special_tokens=False).input_ids) - {tokenizer.unk_token_id}
    if not known:
        raise BadInput(
            f"{who}: its tokenizer has {len(tokenizer)} tokens and knows no word of {_TEXT!r}; expected tokenizer.json "
            f"or tokenizer.model in the folder: copy the tokenizer files of the model that it was made from"
        )
    rows = embedding_rows(model)
    added, template = tokenizer.get_added_vocab(), str(tokenizer.chat_template or "")
    used = {tokenizer.bos_token, tokenizer.eos_token, tokenizer.unk_token}
    outside = {
        token: index
        for token, index in tokenizer.get_vocab().items()
        if index >= rows and (token not in added or token in used or token in template)
    }
    if outside:
        first = ", ".join(
            f"{token!r} is {outside[token]}" for token in sorted(outside, key=outside.__getitem__)[:SHOWN]
        )
        raise BadInput(
            f"{who}: {len(outside)} tokens of its tokenizer lie outside the model's embedding of {rows} rows "
            f"({first}); expected the tokenizer that the model was trained with, or the embedding resized to it"
        )


def require_an_end(tokenizer: "PreTrainedTokenizerBase", model: "PreTrainedModel", who: str) -> None:
    """Refuse a model whose answers nothing ends, so that all of them would run to their limit.

    Raises:
        BadInput: neither its tokenizer, its settings of generation nor its chat template names an end, or the settings
            name what is no token id.
    """
    from harness.text.ends import end_tokens

    stated: Any = getattr(model.generation_config, "eos_token_id", None)
    listed = stated if isinstance(stated, list) else [stated]
    wrong = next((one for one in listed if one is not None and (type(one) is not int or one < 0)), None)
    if wrong is not None:
        raise BadInput(
            f"{who}: eos_token_id is {wrong!r} in generation_config.json or config.json; expected a token id (0 to "
            f"{embedding_rows(model) - 1}) or a list of them"
        )
    ends = end_tokens(model, tokenizer, chat=True)
    if not ends.texts and not any(token < embedding_rows(model) for token in ends.ids):
        raise BadInput(
            f"{who}: nothing ends its answers: no eos_token in its tokenizer, no eos_token_id in "
            f"generation_config.json or config.json, and no chat template that closes a turn; set one "
            f"of them to its last token"
        )


def asked_with(loaded: "LoadedModel", parent: "LoadedModel") -> str:
    """Whose tokenizer and chat template a second checkpoint is asked with, in words: always its own."""
    from harness.text.wording import wording

    def said(what: str, own: str, theirs: str) -> str:
        return f"the same {what}" if own == theirs else f"{what} of its own"

    pair = loaded.tokenizer, parent.tokenizer
    tokenizer = said("tokenizer", *(wording(one).name for one in pair))
    form = "chat template" if loaded.form is None else f"form ({loaded.form})"
    return f"{tokenizer}, {said(form, *(str(one.chat_template) for one in pair))}"


def require_same_manner(loaded: "LoadedModel", parent: "LoadedModel", given: str | None) -> None:
    """Refuse to ask one of two checkpoints plainly and the other by its template, unless a form is given for both.

    Raises:
        BadInput: only one of them has a template.
    """
    has = bool(loaded.tokenizer.chat_template)
    if given is None and has != (parent.form is None):
        said, other = ("has a", "has none") if has else ("has no", "has one")
        raise BadInput(
            f"--model {loaded.reference.text}: its tokenizer {said} chat template, and that of {parent.reference.text} "
            f"{other}, so they would be asked differently; copy it into the other folder, or ask both alike "
            f"(--chat-template plain, or a file)"
        )


def embedding_rows(model: "PreTrainedModel") -> int:
    """Token ids that the model takes: 0 to this number, exclusive."""
    try:
        embedding: Any = model.get_input_embeddings()
        return int(embedding.weight.shape[0])
    except (NotImplementedError, AttributeError):  # a family may keep its embedding elsewhere
        return int(model.config.get_text_config().vocab_size)
