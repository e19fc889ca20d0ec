"""What answers state: what votes, the `wrong` filter and the search for lost items compare."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.tasks.suite import TASKS
from harness.text.requests import Generation


@pytest.mark.parametrize("name", [task.name for task in TASKS.values() if task.states])
@given(gold=st.integers(0, 3), form=st.sampled_from(["{}", " {} .", "{}\n", "{} and more"]))
def test_what_an_answer_states_is_what_the_judge_reads(name, gold, form):
    """Two answers that the judge calls right state the same, and a wrong one something else."""
    said = {"number": ["7", "12", "144", "-3"], "letter": list("ABCD"), "value": ["red", "blue", "green", "fasor"]}
    texts = said[TASKS[name].kind]
    item = {"id": "i", "choices": {"text": said["value"], "label": list("ABCD")}, "answerKey": "ABCD"[gold],
            "links": ["a"], "answers": [said["value"][gold]], "question": "?", "context": "Q:",
            "completion": texts[gold], "answer": f"#### {texts[gold]}"}  # fmt: skip
    answers = [TASKS[name].judge(item, [Generation(form.format(text), 3, "stop")]) for text in texts]
    plain = TASKS[name].states(TASKS[name].judge(item, [Generation(texts[gold], 3, "stop")]).response)
    assert [outcome.score == 1 for outcome in answers] == [place == gold for place in range(4)]
    assert [TASKS[name].states(outcome.response) == plain for outcome in answers] == [n == gold for n in range(4)]
    assert TASKS[name].states("?!") is None
