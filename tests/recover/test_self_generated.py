import pytest

from harness.errors import BadInput
from harness.recover.self_generated import is_wrong, self_generated
from harness.score.scorer import Scorer


def test_responses_do_not_depend_on_the_batch(tiny, corpus):
    """One by one and all at once give the same samples."""
    together, _ = self_generated(Scorer(tiny.model, tiny.tokenizer), corpus, 64)
    alone, _ = self_generated(Scorer(tiny.model, tiny.tokenizer, generation_budget=1), corpus, 64)

    assert together == alone


def test_k_responses_a_prompt_differ_by_their_draws(tiny, corpus):
    """Three responses to each of twelve prompts, each with an id of its own."""
    written, report = self_generated(Scorer(tiny.model, tiny.tokenizer), corpus, 64, k=3, temperature=1.5)

    assert (report.prompts, report.responses) == (12, 36)
    assert len({example.id for example in written.examples}) == 36
    assert len({example.answer for example in written.examples}) > 12


def test_filters_are_off_unless_named_and_always_counted(tiny, corpus):
    """Cutting at three tokens truncates most answers; they are dropped only on request."""
    scorer = Scorer(tiny.model, tiny.tokenizer)
    kept, report = self_generated(scorer, corpus, 3)

    assert len(kept.examples) == report.responses
    assert report.dropped == 0 < report.would_drop["truncated"]
    with pytest.raises(BadInput, match="none of 12 self-generated responses is left"):
        self_generated(scorer, corpus, 3, drop=["truncated"])


def test_an_unknown_filter_is_named(tiny, corpus):
    """The known ones are listed."""
    with pytest.raises(BadInput, match=r"filter 'short' is unknown; use some of truncated, looping, wrong"):
        self_generated(Scorer(tiny.model, tiny.tokenizer), corpus, 3, drop=["short"])


@pytest.mark.parametrize(
    ("answer", "reference", "wrong"),
    [
        (r"so \boxed{1,080}", "720 + 360 = 1080\n#### 1,080", False),
        ("so it is 1", "720 + 360 = 1080\n#### 1,080", True),
        (r"\boxed{\$10}", "she earned 0.2 x 50 = $10.", False),
        ("nothing", "she earned 0.2 x 50 = $10.", True),
        ("so the answer is 18 .", "therefore the answer is 18 .", False),
        ("8 - 3 = 5 . #### 5", "8 - 3 = 5 . #### 5", False),
        ("anything", "Paris had 2 million people in 1995, and grew.", False),
        ("anything", "no number", False),
    ],
)
def test_a_wrong_answer_is_one_to_a_reference_that_states_a_number(answer, reference, wrong):
    """Numbers are read as GSM8K's judge reads them, and only references that end in one are held against."""
    assert is_wrong(answer, reference) is wrong


def test_every_gold_answer_of_gsm8k_agrees_with_itself_in_a_box():
    """With a thousands comma, as 1 % of the real gold answers have: 1,080 is not 1."""
    for value in (18, 1080, 70_000, 1_234_567, -5):
        assert not is_wrong(rf"\boxed{{{value}}}", f"x = {value}\n#### {value:,}")
        assert is_wrong(rf"\boxed{{{value + 1}}}", f"x = {value}\n#### {value:,}")
