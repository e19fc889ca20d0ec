import pytest

from harness.errors import BadInput
from harness.recover.self_generated import self_generated
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
