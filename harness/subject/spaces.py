"""How near a variant is to its base where the base answered: `models.spaces` of every item of some tasks."""

from collections.abc import Mapping

from harness.models.load import LoadedModel
from harness.models.spaces import Cosines
from harness.subject.subject import Subject
from harness.tasks.outcome import TaskResult
from harness.tasks.suite import TASKS
from harness.text.chat import plain_text_ids
from harness.text.encode import encode_prompt
from harness.text.requests import GenerationRequest


def near(subject: Subject, variant: LoadedModel, answered: Mapping[str, TaskResult]) -> dict[str, list[Cosines]]:
    """Return by task, in the order of its outcomes, how near the variant is on the base's own written answer.

    Args:
        subject: the base.
        variant: a pruned model of it.
        answered: the base's results, of tasks whose answers are written.
    """
    tokenizer, found = subject.loaded.tokenizer, dict[str, list[Cosines]]()
    for task, result in answered.items():
        items = {str(item["id"]): item for item in TASKS[task].load(subject.source, "test")}
        found[task] = []
        for outcome in result.outcomes:
            request = TASKS[task].ask(items[outcome.item_id])[0]
            assert isinstance(request, GenerationRequest)
            prompt, answer = encode_prompt(request, tokenizer), plain_text_ids(outcome.response, tokenizer)
            found[task].append(subject.hands.compare(subject.loaded.model, variant.model, prompt, answer))
    return found
