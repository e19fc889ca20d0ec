"""Scores of two that should agree: what is rounding, and what is not."""

from harness.bench.generation import differing as other_texts
from harness.bench.lm_eval_hf import differing, needed
from harness.text.requests import Generation, LogLikelihood, LogLikelihoodRequest

ASKED = [LogLikelihoodRequest("the cat", " sits"), LogLikelihoodRequest("the cat", " runs")]


def scores(*values):
    """Of two options."""
    return [LogLikelihood(value, is_greedy=False) for value in values]


def test_rounding_is_no_difference():
    """Not even where it turns a tie."""
    assert differing(ASKED, scores(-1, -1.0001), scores(-1.0002, -1), "float32") == ""


def test_another_score_or_choice_is():
    """Both are counted; a coarse dtype may be further off."""
    assert differing(ASKED, scores(-1, -2), scores(-1, -2.1), "float32") == "1 of 2 scores by more than 0.001 nats"
    assert differing(ASKED, scores(-1, -2), scores(-1, -2.1), "bfloat16") == ""
    assert differing(ASKED, scores(-1, -2), scores(-2, -1), "bfloat16") == (
        "2 of 2 scores by more than 0.5 nats, 1 of 1 choices"
    )


def test_what_must_be_run_is_counted_by_hand(tiny):
    """What rows begin with once, against every option with its context; never the last token."""
    words, pairs = (
        [LogLikelihoodRequest("tom has red", f" {text}") for text in texts]
        for texts in (("shoes", "apples"), ("shoes . tom has", "apples . tom has"))
    )

    assert needed(words, tiny.tokenizer) == (4, 4)  # with BOS
    assert needed(pairs, tiny.tokenizer) == (4 + 2 * 3, 2 * 7)
    assert needed([*words, *pairs], tiny.tokenizer) == (4 + 2 * 3, 4 + 2 * 7)  # the first is all within the others


def test_an_answer_that_was_cut_where_it_loops_is_a_beginning():
    """Any other must be the whole text."""
    loop, stop = Generation("a b a b", 4, "loop"), Generation("a b a b", 4, "stop")

    assert other_texts([loop, stop], ["a b a b a b", "a b a b"]) == ""
    assert other_texts([loop, stop], ["a c", "a b a b a b"]) == "2 of 2 texts"
