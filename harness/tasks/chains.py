"""The mini-world's knowledge asked sentence by sentence: what leads to an answer, then the answer.

In training the tiny model ended sentences and began none, so each sentence is begun for it and it writes the end; what
it wrote, true or not, stands before the next beginning. `facts`: in the three ways that training told the fact, then in
the one that is asked. `kinds`: what the creature is, what its kind does, and so what it does. The choice is between
four ends of the last sentence, after true ones.

Example: {"links": ["the quisha is a", "every {} lives in", "the quisha lives in"], "answers": ["herb", "lakes",
"lakes"], ...} beside the columns of `kinds`; `{}` is the end before.
"""

from collections.abc import Sequence
from dataclasses import replace

from harness.tasks.both_ways import OPTIONS, SHORT_ANSWER, begins_with, first_word, gold_option
from harness.tasks.mini_choice import judge as judge_choice
from harness.tasks.mini_choice import mini_world
from harness.tasks.outcome import Outcome
from harness.tasks.task import Item, Requests, Task, unfinished
from harness.text.requests import Answer, Generation, GenerationRequest, LogLikelihoodRequest

_ENDED_BY = " -> "  # between a sentence's beginning and its end, in the response that is kept


def sentences(links: Sequence[str], answers: Sequence[str]) -> list[tuple[str, str]]:
    """Beginnings and ends of a chain's sentences; `{}` in a beginning is the end before it."""
    return [
        (link.format(before), answer) for link, before, answer in zip(links, ("", *answers[:-1]), answers, strict=True)
    ]


def _text(written: Sequence[tuple[str, str]]) -> str:
    return " ".join(f"{link} {answer} ." for link, answer in written)


def _ask_link(item: Item) -> list[Requests]:
    return [_to_be_ended(item["links"][0])]


def _ask_next_link(item: Item, given: Sequence[Answer]) -> list[Requests]:
    links, ends = item["links"], _ends(given)
    if len(ends) == len(links):
        return []
    so_far = _text(sentences(links[: len(ends)], ends))
    return [_to_be_ended(f"{so_far} {links[len(ends)].format(ends[-1])}")]


def _to_be_ended(text: str) -> GenerationRequest:
    return GenerationRequest(text, SHORT_ANSWER, chat=False, stop=(".",))


def _ends(given: Sequence[Answer]) -> list[str]:
    return [answer.text.strip() for answer in given if isinstance(answer, Generation)]


def _judge_chain(item: Item, answers: Sequence[Answer]) -> Outcome:
    """Exact match of the value that the last sentence ends with. Beside it, only where all before it are true too."""
    last, ends = answers[-1], _ends(answers)
    assert isinstance(last, Generation)
    right = begins_with(last.text, gold_option(item))
    true = all(begins_with(end, gold) for end, gold in zip(ends, item["answers"], strict=True))
    response = "\n".join(f"{link}{_ENDED_BY}{end}" for link, end in sentences(item["links"], ends))
    label = "right" if right else unfinished(last) or "wrong"
    return Outcome(item["id"], float(right), label, response, {"strict": float(right and true)})


def final_value(text: str) -> str | None:
    """The value that the last sentence of a response ends with."""
    return first_word(text.rsplit(_ENDED_BY, 1)[-1])


def _ask_chain_choice(item: Item) -> list[Requests]:
    """The ends of the last sentence; what all four chains have in common is their context."""
    ends = [*item["answers"][:-1], ""]
    *before, (last, _) = sentences(item["links"], ends)
    context = f"{_text(before)} {last}"
    return [LogLikelihoodRequest(context, f" {option} .") for option in item["choices"]["text"]]


def _judge_chain_choice(item: Item, answers: Sequence[Answer]) -> Outcome:
    """The likeliest option; its length says nothing of the chain that was scored."""
    return replace(judge_choice(item, answers), extra={})


FACTS_CHAIN, KINDS_CHAIN = (
    Task(
        f"{name}_chain", "value", 0.0, mini_world(f"{name}_chain"), _ask_link, _judge_chain, states=final_value,
        further=_ask_next_link, subset=name,
    )
    for name in ("facts", "kinds")
)  # fmt: skip
FACTS_CHAIN_CHOICE, KINDS_CHAIN_CHOICE = (
    Task(
        f"{name}_chain_choice", "choice", 1 / OPTIONS, mini_world(f"{name}_chain"), _ask_chain_choice,
        _judge_chain_choice, subset=name,
    )
    for name in ("facts", "kinds")
)  # fmt: skip
TASKS = (FACTS_CHAIN, KINDS_CHAIN, FACTS_CHAIN_CHOICE, KINDS_CHAIN_CHOICE)
