import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.probe.degeneration import (
    degeneration,
    mean_repetition,
    repetition,
    self_bleu_between,
    self_bleu_inside,
    words,
)
from tests.probe.answers import outcome

sentences = st.lists(st.sampled_from("abcd"), min_size=4, max_size=8).map(lambda letters: " ".join(letters) + " .")


def nltk_bleu(references, hypothesis):
    from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu

    return sentence_bleu(references, hypothesis, smoothing_function=SmoothingFunction().method1)


def test_repetition_by_hand():
    """Of the pairs ab, ba, ab, bc, three are different: 1 - 3/4."""
    assert repetition(["a", "b", "a", "b", "c"], 2) == 0.25
    assert pytest.approx(1 - 1 / 3) == repetition(["a"] * 5, 3)


@pytest.mark.parametrize("n", [2, 3, 4])
def test_repetition_of_too_few_words_is_0(n):
    """With no n-gram, nothing is there twice."""
    assert repetition(["a"] * (n - 1), n) == 0
    assert repetition([], n) == 0


@given(st.lists(st.sampled_from("ab"), max_size=30), st.integers(1, 5))
def test_repetition_is_a_share(letters, n):
    """Between 0 and 1, and never 1: one n-gram at least is the first of its kind."""
    assert 0 <= repetition(letters, n) < 1


@given(st.lists(st.integers(), unique=True, max_size=20), st.integers(1, 5))
def test_different_words_do_not_repeat(numbers, n):
    """Without a word that occurs twice, every n-gram is new."""
    assert repetition([str(number) for number in numbers], n) == 0


@given(st.lists(st.sampled_from("abc"), min_size=4, max_size=9), st.integers(2, 6), st.integers(2, 4))
def test_a_cycle_has_no_more_ngrams_than_words(letters, times, n):
    """A cycle of k words has at most k different n-grams, however often it is repeated."""
    total = len(letters) * times - n + 1

    assert repetition(letters * times, n) >= 1 - len(letters) / total - 1e-9


def test_words_are_lower_cased_and_split_at_every_sentence():
    """A full stop inside the text is a word of its own, as one at its end is."""
    assert words("The cat sat. It didn't!") == ["the", "cat", "sat", ".", "it", "did", "n't", "!"]


def test_mean_repetition_by_hand():
    """`x x x x x`: 4 pairs, 3 triples, 2 fours, each with one kind: the mean of 3/4, 2/3 and 1/2."""
    assert pytest.approx((3 / 4 + 2 / 3 + 1 / 2) / 3) == mean_repetition("X x x X x")


def test_self_bleu_inside_by_hand():
    """4/5, 3/4, 2/3 and 1/2 of the 1- to 4-grams are in the other sentence, which is as long: their geometric mean."""
    assert pytest.approx((4 / 5 * 3 / 4 * 2 / 3 * 1 / 2) ** 0.25) == self_bleu_inside("a b c d! a b c d?")


def test_sentences_all_alike_have_self_bleu_1():
    """Every sentence is there again."""
    assert pytest.approx(1) == self_bleu_inside("We add two and two . " * 3)


@pytest.mark.parametrize("text", ["", "One single sentence of some words.", "Yes. No. A sentence of four words."])
def test_self_bleu_inside_needs_two_sentences(text):
    """With fewer than two sentences of four words there is nothing to compare."""
    assert self_bleu_inside(text) is None


@settings(deadline=None)  # the first example imports nltk
@given(st.lists(sentences, min_size=2, max_size=6))
def test_self_bleu_is_what_nltk_says_sentence_by_sentence(each):
    """Scoring equal sentences once gives what scoring all against all gives."""
    split = [sentence.split() for sentence in each]
    slow = [nltk_bleu(split[:i] + split[i + 1 :], split[i]) for i in range(len(split))]

    assert math.fsum(slow) / len(slow) == self_bleu_between(each) == self_bleu_inside(" ".join(each))


def test_self_bleu_between_tells_like_from_unlike():
    """Answers with nothing in common score 0, equal ones 1."""
    unlike = ["a b c d e", "f g h i j", "k l m n o"]

    assert self_bleu_between(unlike) == 0
    assert pytest.approx(1) == self_bleu_between([unlike[0]] * 3)


@pytest.mark.parametrize("texts", [[], ["only one answer here"], ["yes", "yes", "no"]])
def test_self_bleu_between_of_nothing_to_compare_is_0(texts):
    """Fewer than two answers of four words."""
    assert self_bleu_between(texts) == 0


def test_self_bleu_between_reads_a_seeded_subset():
    """The same seed draws the same answers, another seed others."""
    texts = ["a b c d e"] * 5 + ["f g h i j", "k l m n o", "p q r s t", "u v w x y", "1 2 3 4 5"]
    seeds = [self_bleu_between(texts, most=2, seed=seed) for seed in range(20)]

    assert seeds == [self_bleu_between(texts, most=2, seed=seed) for seed in range(20)]
    assert {round(value, 9) for value in seeds} == {0, 1}


def test_degeneration_by_hand():
    """Means over two responses: one of six different words, one of six equal ones that looped."""
    found = degeneration([outcome("a b c d e f", tokens=7), outcome("x x x x x x", "loop", tokens=32)])

    assert (pytest.approx(0.4), pytest.approx(0.375), pytest.approx(1 / 3)) == (found.rep_2, found.rep_3, found.rep_4)
    assert (found.words, found.tokens) == (6, 19.5)
    assert (found.truncated, found.loops) == (0, 0.5)
    assert found.self_bleu_inside is None
    assert found.self_bleu_between == 0


def test_truncated_answers_are_counted():
    """One of four hit the length limit."""
    assert degeneration([outcome("a", "length")] + [outcome("a")] * 3).truncated == 0.25


def test_self_bleu_inside_is_averaged_where_it_exists():
    """A response of one sentence does not count as one without repetition."""
    found = degeneration([outcome("a b c d! a b c d!"), outcome("one sentence")])

    assert pytest.approx(1) == found.self_bleu_inside


def test_degeneration_of_nothing_is_refused():
    """A mean over no response is not 0."""
    with pytest.raises(BadInput, match="repetition of 0 responses"):
        degeneration([])
