"""The questions of one item as a model is asked them: what a key in the store stands for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import BadInput
from harness.text.requests import GenerationRequest

if TYPE_CHECKING:
    from harness.score.scorer import Scorer
    from harness.tasks.source import Source
    from harness.text.requests import Request


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
    from harness.tasks.suite import TASKS

    items = {str(one["id"]): one for one in TASKS[name].load(source, "test")}
    if item not in items:
        raise BadInput(
            f"--item {item}: task {name} has {len(items)} items, such as {', '.join(list(items)[:3])}; name one"
        )
    scorer = _scorer(reference, dtype)
    for request in TASKS[name].ask(items[item]):
        yield _question(scorer, request)


def question_of(
    reference: str, dtype: str | None, key: str, names: Sequence[str], source: "Source"
) -> tuple[str, str, Question] | None:
    """The item whose question has a key: task, item and question; None where none of the tasks' items has it.

    Only what an item is asked first is known; what is asked further depends on an answer.

    Args:
        reference: of the model, which is loaded.
        dtype: of the weights.
        key: in the store, or its first digits.
        names: of tasks; those whose items the source lacks are passed over.
        source: of the items.

    Raises:
        BadInput: the model cannot be loaded.
    """
    from harness.tasks.suite import TASKS

    scorer = _scorer(reference, dtype)
    for name in names:
        try:
            items = TASKS[name].load(source, "test")
        except BadInput:
            continue
        for item in items:
            asked = [scorer.as_set(one) if isinstance(one, GenerationRequest) else one for one in TASKS[name].ask(item)]
            for request, found in zip(asked, scorer.keys(asked), strict=True):
                if found.startswith(key):
                    return name, str(item["id"]), _question(scorer, request)
    return None


def _scorer(reference: str, dtype: str | None) -> "Scorer":
    from harness.models.load import load_model
    from harness.score.scorer import Scorer

    loaded = load_model(reference, dtype=dtype)
    return Scorer(loaded.model, loaded.tokenizer)


def _question(scorer: "Scorer", request: "Request") -> Question:
    from harness.text.ends import end_tokens
    from harness.text.wording import wording

    if isinstance(request, GenerationRequest):
        request = scorer.as_set(request)  # as it is asked
        ends = end_tokens(scorer.model, scorer.tokenizer, chat=request.chat).names(scorer.tokenizer)
        wanted = f"at most {request.max_new_tokens} tokens, ended by {' '.join((*ends, *map(repr, request.stop)))}"
        prompt = request.prompt
    else:
        prompt = request.context
        wanted = repr(getattr(request, "continuation", None) or getattr(request, "candidates", None))
    return Question(scorer.key(request), prompt, tuple(wording(scorer.tokenizer).ids(request)[0]), wanted)
