"""Work of a stated size."""

import pytest

from harness.recover.encode import IGNORED
from harness.selfcheck.workload import CONTEXT, CONTINUATION, OPTIONS, examples, questions, text_of, token_rows


@pytest.mark.parametrize("tokens", [1, 12, 100, 500])
def test_a_text_has_about_as_many_tokens_as_asked_for(tiny, tokens):
    """Within a fifth, and two tokens for short ones."""
    found = len(tiny.tokenizer(text_of(tiny.tokenizer, tokens, seed=3), add_special_tokens=False).input_ids)

    assert abs(found - tokens) <= max(2, tokens / 5)


def test_questions_count_a_context_once(tiny):
    """The fewest tokens are less than those of all rows, and more than those of the continuations."""
    asked = questions(tiny.tokenizer, budget=OPTIONS * (CONTEXT + CONTINUATION), batches=5)

    assert len(asked.requests) == 5 * OPTIONS
    assert len({request.context for request in asked.requests}) == 5
    assert asked.scored < asked.tokens < asked.scored + 5 * 2 * CONTEXT


def test_work_is_the_same_every_time(tiny):
    """Seeded, so that two runs and two machines do the same."""
    assert questions(tiny.tokenizer, 500, 2) == questions(tiny.tokenizer, 500, 2)
    assert token_rows(99, 2, 5) == token_rows(99, 2, 5)


def test_examples_are_of_one_length_and_do_not_learn_their_prompt():
    """Ids that the vocabulary has, the first quarter ignored."""
    (one, other) = examples(vocabulary=50, count=2, length=20, prompt=5)

    assert len(one.ids) == len(other.ids) == 20
    assert one.prompt_tokens == 5
    assert set(one.labels[:5]) == {IGNORED}
    assert one.labels[5:] == one.ids[5:]
    assert max(one.ids) < 50
