"""Text becomes token ids, with exactly one BOS where the tokenizer uses one.

In plain text a control token that is written out is one, as lm-eval has it; in a chat's turns it is text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import BadInput
from harness.text.chat import chat_ids, plain_text_ids, render
from harness.text.ids import ids_of
from harness.text.requests import GenerationRequest, LogLikelihoodRequest, NextTokenRequest
from harness.text.template import tried
from harness.text.thoughts import closing_of

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


@dataclass(frozen=True)
class EncodedPair:
    """A context and its continuation as one sequence."""

    ids: tuple[int, ...]
    start: int
    """Index of the continuation's first token."""


def room_of(model: "PreTrainedModel") -> int | None:
    """Longest input of a model, in tokens; None where its config names no limit.

    RoBERTa and its kin number positions from behind the padding's, so that their last rows are out of reach.
    """
    room: int | None = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    paddings = (
        getattr(module, "padding_idx", None)
        for name, module in model.named_modules()
        if name.endswith("position_embeddings")
    )
    padding: int | None = next(paddings, None)
    return room if room is None or padding is None else room - (padding + 1)


def one_bos(ids: list[int], tokenizer: "PreTrainedTokenizerBase") -> list[int]:
    """`ids` with a doubled BOS reduced to one (a template and the tokenizer may each add it)."""
    bos = tokenizer.bos_token_id
    while bos is not None and ids[:2] == [bos, bos]:
        ids = ids[1:]
    return ids


def plain_ids(text: str, tokenizer: "PreTrainedTokenizerBase") -> list[int]:
    """Token ids of plain text with the tokenizer's special tokens.

    Only special tokens that lead are kept: an appended end token would close the text that is to be continued.
    """
    ids = one_bos(ids_of(text, tokenizer, special=True), tokenizer)
    if len(ids) > 1 and ids[-1] == tokenizer.eos_token_id and not text.endswith(str(tokenizer.eos_token)):
        ids = ids[:-1]
    return ids


def encode_pair(context: str, continuation: str, tokenizer: "PreTrainedTokenizerBase") -> EncodedPair:
    """Encode a context and its continuation as lm-eval does, so that scores can be compared.

    Trailing spaces of the context move to the continuation; the whole is encoded at once and split at the length of
    the encoded context (EleutherAI/lm-evaluation-harness @ 4e7e0d47, `api/model.py:_encode_pair`).

    Raises:
        BadInput: the continuation is empty, or nothing can stand before it.
    """
    stripped = context.rstrip()
    continuation = context[len(stripped) :] + continuation
    whole = plain_ids(stripped + continuation, tokenizer)
    start = len(plain_ids(stripped, tokenizer)) if stripped else len(whole) - len(ids_of(continuation, tokenizer))
    if start >= len(whole):
        raise BadInput(
            f"the continuation {continuation!r} of {context[-40:]!r} has no tokens; options must not be empty"
        )
    if start == 0:
        # a tokenizer without BOS and an empty context: condition on the end token, as lm-eval does
        if tokenizer.eos_token_id is None:
            raise BadInput(
                f"{continuation[:40]!r} follows an empty context, and the tokenizer has neither a BOS nor an end token "
                f"to begin with; write a context, or set tokenizer.bos_token"
            )
        whole, start = [int(tokenizer.eos_token_id), *whole], 1
    return EncodedPair(tuple(whole), start)


def encode_answer(context: str, continuation: str, tokenizer: "PreTrainedTokenizerBase") -> EncodedPair:
    """A chat turn and the beginning of its answer, in the tokens that a generation would have.

    Where the template makes every answer begin with a thought, an empty one stands before it: what is asked is how
    likely the answer is, and not how likely a thought is that begins with it.

    Raises:
        BadInput: the continuation is empty, or the chat template is missing or cannot be used.
    """
    prompt = encode_prompt(GenerationRequest(context, 0), tokenizer)
    if False in tried(tokenizer).opens:
        head = render(tokenizer, [{"role": "user", "content": context}])
        prompt = (*prompt, *ids_of(closing_of(head), tokenizer))
    answer = plain_text_ids(continuation, tokenizer)
    if not answer:
        raise BadInput(f"an answer of {context[-40:]!r} has no tokens; options must not be empty")
    return EncodedPair((*prompt, *answer), len(prompt))


def encode_prompt(request: GenerationRequest, tokenizer: "PreTrainedTokenizerBase") -> tuple[int, ...]:
    """Token ids of a generation prompt, in the chat template where the request asks for it.

    Raises:
        BadInput: a chat is asked for and the template is missing or cannot be used, or the prompt has no tokens.
    """
    if not request.chat:
        return tuple(_some(plain_ids(request.prompt, tokenizer), request.prompt))
    ids = chat_ids(tokenizer, [{"role": "user", "content": request.prompt}], thinking=request.thinking)
    bos = tokenizer.bos_token_id
    if bos is not None and plain_ids("a", tokenizer)[:1] == [bos] and ids[:1] != [bos]:
        ids = [bos, *ids]
    return tuple(_some(one_bos(ids, tokenizer), request.prompt))


def _some(ids: list[int], text: str) -> list[int]:
    if not ids:
        raise BadInput(
            f"the prompt {text[:40]!r} has no tokens, and the tokenizer puts no BOS before it; a model needs a "
            f"token to go on from: write a prompt"
        )
    return ids


def rendered(
    request: LogLikelihoodRequest | NextTokenRequest | GenerationRequest, tokenizer: "PreTrainedTokenizerBase"
) -> tuple[Sequence[int], int | Sequence[int]]:
    """What the model is really asked: token ids, and where the continuation begins or the ids of the candidates.

    Whatever tokenizer, template and BOS rules do to a request shows in it, so that it belongs into an answer's key.
    """
    match request:
        case LogLikelihoodRequest():
            pair = (encode_answer if request.chat else encode_pair)(request.context, request.continuation, tokenizer)
            return pair.ids, pair.start
        case NextTokenRequest():
            return plain_ids(request.context, tokenizer), candidate_ids(request, tokenizer)
        case GenerationRequest():
            ids = encode_prompt(request, tokenizer)
            return ids, len(ids)


def candidate_ids(request: NextTokenRequest, tokenizer: "PreTrainedTokenizerBase") -> list[int]:
    """The token id of each candidate.

    Raises:
        BadInput: a candidate is not exactly one token.
    """
    ids = []
    for candidate in request.candidates:
        encoded = ids_of(candidate, tokenizer)
        # sentencepiece puts its word mark before a lone digit: ["_", "4"]; the digit is the last piece
        pieces = [i for i in encoded if str(tokenizer.decode([i])).strip()]
        if len(pieces) != 1:
            raise BadInput(
                f"the candidate {candidate!r} is {len(encoded)} tokens; the probe needs one-token candidates"
            )
        ids.append(int(pieces[0]))
    return ids
