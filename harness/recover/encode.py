"""Examples become token ids and labels: the prompt as an evaluation asks it, the answer, the end of turn."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import BadInput
from harness.text.chat import plain_text_ids
from harness.text.encode import encode_prompt
from harness.text.ends import turn_closing
from harness.text.requests import GenerationRequest
from harness.text.wording import wording

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from harness.recover.corpus import Corpus, Example

IGNORED = -100  # the label that the loss skips (torch.nn.CrossEntropyLoss)


@dataclass(frozen=True)
class Encoded:
    """One example as the model sees it, T tokens."""

    id: str
    ids: tuple[int, ...]
    labels: tuple[int, ...]
    """`ids` where they are learned, IGNORED over the prompt."""

    @property
    def prompt_tokens(self) -> int:
        """Tokens before the first learned one."""
        return next((place for place, label in enumerate(self.labels) if label != IGNORED), len(self.labels))


def end_of_turn(tokenizer: "PreTrainedTokenizerBase", ends: Iterable[int]) -> int:
    """The token that ends an assistant's turn in the chat template; the tokenizer's end token where none shows.

    Raises:
        BadInput: there is neither.
    """
    known = set(ends)
    end = next((token for token in turn_closing(tokenizer).ids if token in known), tokenizer.eos_token_id)
    if end is None:
        raise BadInput(
            "the chat template closes an answer by no token, and the tokenizer has no end token, so no example can "
            "teach a model to stop; set tokenizer.eos_token and save the folder"
        )
    return int(end)


def encode_example(
    example: "Example", tokenizer: "PreTrainedTokenizerBase", end: int, *, thinking: bool = False
) -> Encoded:
    """Prompt, answer and end of turn; an answer that was cut when it was generated gets no end of turn."""
    prompt = encode_prompt(GenerationRequest(example.prompt, 0, thinking=thinking), tokenizer)
    answer = plain_text_ids(example.answer, tokenizer)
    if example.finish in (None, "stop"):
        answer.append(end)
    return Encoded(example.id, (*prompt, *answer), (*[IGNORED] * len(prompt), *answer))


def encode_corpus(
    corpus: "Corpus", tokenizer: "PreTrainedTokenizerBase", ends: Sequence[int], *, thinking: bool = False
) -> list[Encoded]:
    """Every example of a corpus, its prompt as an evaluation with this `thinking` renders it.

    The last corpus that a tokenizer has read is remembered: it is trained on once a seed and a variant.
    """
    words, asked = wording(tokenizer), (corpus.examples, end_of_turn(tokenizer, ends), thinking)
    if words.corpus is None or words.corpus[0] != asked:
        examples, end, _ = asked
        words.corpus = asked, [encode_example(one, tokenizer, end, thinking=thinking) for one in examples]
    return list(words.corpus[1])
