"""What is written and what is kept of it, where writing is stopped."""

from dataclasses import replace

import pytest

from harness.score.scorer import Scorer
from tests.score.test_refill import ASKED


@pytest.mark.parametrize("steps", [1, 3, 5])
@pytest.mark.parametrize("budget", [1, 4, 99])
def test_what_has_finished_when_writing_is_stopped_is_kept(tiny, tmp_path, steps, budget):
    """The same answers as undisturbed, none of a row that was under way; and the rest is written another time."""

    class Stopped(Exception):  # noqa: N818  # nothing went wrong
        pass

    def pulse():
        if next(left, None) is None:
            raise Stopped

    left = iter(range(steps))

    whole = dict(zip(ASKED, Scorer(tiny.model, tiny.tokenizer).generations(ASKED), strict=True))
    scorer = Scorer(tiny.model, tiny.tokenizer, tmp_path)
    places = budget * max(scorer.lengths(ASKED))
    scorer.desk = replace(scorer.desk, generation_budget=places, pulse=pulse)
    with pytest.raises(Stopped):
        scorer.generations(ASKED)

    kept = {one: answer for one in ASKED if (answer := scorer.store.get(scorer.key(one))) is not None}
    assert kept == {one: whole[one] for one in kept}
    soon = {one for one, answer in whole.items() if answer.tokens <= steps + 1}
    assert kept.keys() == soon if budget == 99 else len(kept) < len(ASKED)
    again = Scorer(tiny.model, tiny.tokenizer, tmp_path, generation_budget=places)
    assert again.generations(ASKED) == list(whole.values())
    assert again.ledger.generated_tokens == sum(whole[one].tokens for one in whole.keys() - kept.keys())
