"""Knowledge asked sentence by sentence: what is asked next, and which written ends are right."""

import pytest

from harness.tasks import chains
from harness.text.requests import Generation, LogLikelihood

CHAIN = {
    "id": "kinds|zak|home",
    "choices": {"text": ["caves", "sand"], "label": ["A", "B"]},
    "answerKey": "A",
    "links": ["the zak is a", "every {} lives in", "the zak lives in"],
    "answers": ["bird", "caves", "caves"],
}


def judged(task, item, *texts):
    """The outcome of an item's generated answers."""
    return task.judge(item, [Generation(text, 3, "stop") for text in texts])


def test_a_sentence_is_begun_with_what_was_written_before():
    """Three requests, each after the model's own ends, true or not; then no more."""
    task, given_answers, prompts = chains.KINDS_CHAIN, [], []
    asked = task.ask(CHAIN)
    for text in ("fish ", "sand", "caves"):
        (request,) = asked
        prompts.append(request.prompt)
        given_answers.append(Generation(text, 2, "stop"))
        asked = task.further(CHAIN, given_answers)

    assert asked == []
    assert prompts == [
        "the zak is a",
        "the zak is a fish . every fish lives in",
        "the zak is a fish . every fish lives in sand . the zak lives in",
    ]
    outcome = judged(task, CHAIN, "fish ", "sand", "caves")
    assert (outcome.score, outcome.extra["strict"]) == (1.0, 0.0)
    assert outcome.response == "the zak is a -> fish\nevery fish lives in -> sand\nthe zak lives in -> caves"
    assert chains.final_value(outcome.response) == "caves"


@pytest.mark.parametrize(
    ("ends", "score", "strict"),
    [
        (("bird", "caves", "Caves"), 1, 1),
        (("bird", "sand", "caves"), 1, 0),
        (("bird", "caves", "sand"), 0, 0),
        (("bird", "caves", ""), 0, 0),
    ],
)
def test_the_last_value_of_a_chain_is_its_answer(ends, score, strict):
    """Beside it, whether all before it is true."""
    outcome = judged(chains.KINDS_CHAIN, CHAIN, *ends)
    assert (outcome.score, outcome.extra["strict"]) == (score, strict)


def test_the_chosen_chains_differ_in_their_last_word_only():
    """The true chain before every option."""
    requests = chains.KINDS_CHAIN_CHOICE.ask(CHAIN)
    assert [request.context + request.continuation for request in requests] == [
        f"the zak is a bird . every bird lives in caves . the zak lives in {option} ." for option in ("caves", "sand")
    ]
    assert len({request.context for request in requests}) == 1
    outcome = chains.KINDS_CHAIN_CHOICE.judge(CHAIN, [LogLikelihood(-1, False), LogLikelihood(-2, False)])
    assert (outcome.score, outcome.response, outcome.extra) == (1.0, "caves", {})
