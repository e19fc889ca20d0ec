"""The questions of one item as a model is asked them: what a key in the store stands for."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import BadInput

if TYPE_CHECKING:
    from harness.tasks.source import Source


@dataclass(frozen=True)
class Question:
    """One request of an item, in full."""

    key: str
    """Names it in the store: every variant's answer to it has this key."""
    prompt: str
    """As the task writes it."""
    ids: tuple[int, ...]
    """Token ids, of a chat template too where it is one."""
    wanted: str
    """What is scored of it, or how much may be written, and what ends that."""

    def page(self) -> str:
        """As it is printed."""
        lines = (("asked", repr(self.prompt)), ("ids", " ".join(map(str, self.ids))), ("wanted", self.wanted))
        return f"question {self.key}\n" + "".join(f"{name:<6}  {text}\n" for name, text in lines)


def questions(reference: str, dtype: str | None, name: str, item: str, source: "Source") -> Iterator[Question]:
    """What an item of a task asks a model first.

    Args:
        reference: of the model, which is loaded: its files say what ends an answer.
        dtype: of the weights.
        name: of the task.
        item: its id.
        source: of the items.

    Raises:
        BadInput: the model cannot be loaded, or the task has no such item.
    """
    from harness.models.load import load_model
    from harness.score.scorer import Scorer
    from harness.tasks.suite import TASKS
    from harness.text.ends import end_tokens
    from harness.text.requests import GenerationRequest
    from harness.text.wording import wording

    items = {str(one["id"]): one for one in TASKS[name].load(source, "test")}
    if item not in items:
        raise BadInput(
            f"--item {item}: task {name} has {len(items)} items, such as {', '.join(list(items)[:3])}; name one"
        )
    loaded = load_model(reference, dtype=dtype)
    scorer, words = Scorer(loaded.model, loaded.tokenizer), wording(loaded.tokenizer)
    for request in TASKS[name].ask(items[item]):
        if isinstance(request, GenerationRequest):
            request = scorer.as_set(request)  # noqa: PLW2901  # as it is asked
            ends = end_tokens(loaded.model, loaded.tokenizer, chat=request.chat).names(loaded.tokenizer)
            wanted = f"at most {request.max_new_tokens} tokens, ended by {' '.join((*ends, *map(repr, request.stop)))}"
            prompt = request.prompt
        else:
            prompt = request.context
            wanted = repr(getattr(request, "continuation", None) or getattr(request, "candidates", None))
        yield Question(scorer.key(request), prompt, tuple(words.ids(request)[0]), wanted)
