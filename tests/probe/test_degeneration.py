import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.probe.degeneration import (
    degenerate,
    degeneration,
    intact,
    losses_by_text,
    lost_in_intact_text,
    mean_repetition,
    repetition,
    self_bleu_between,
    self_bleu_inside,
    words,
)
from harness.tasks.outcome import Outcome, TaskResult

sentences = st.lists(st.sampled_from("abcd"), min_size=4, max_size=8).map(lambda letters: " ".join(letters) + " .")


def outcome(response, finish="stop", score=0.0, item_id="item", tokens=0):
    return Outcome(item_id, score, "right" if score else "wrong", response, finish=finish, tokens=tokens)


def result(*outcomes):
    return TaskResult("word_problems", "generative", 0.0, outcomes)


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

    assert pytest.approx(sum(slow) / len(slow)) == self_bleu_between(each)
    assert pytest.approx(sum(slow) / len(slow)) == self_bleu_inside(" ".join(each))


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


CLEAN, MIDDLE, REPETITIVE = "a b c d e f", "a b a b c d", "a a a a a a"


def test_intact_text_is_no_more_repetitive_than_the_bases():
    """The bar is one of the base's own, over the task and not item by item; of few answers it is the highest."""
    base = result(outcome(CLEAN, item_id="1"), outcome(MIDDLE, item_id="2"), outcome(CLEAN, item_id="3"))
    pruned = result(outcome(MIDDLE, item_id="1"), outcome(CLEAN, item_id="2"), outcome(REPETITIVE, item_id="3"))

    assert intact(base, pruned) == (True, True, False)


def test_one_repetitive_answer_of_many_does_not_raise_the_bar():
    """1 of 20 is beyond the 95th percentile, where a maximum would let everything pass; 2 of 20 are not."""
    for odd, passes in ((1, False), (2, True)):
        texts = [REPETITIVE] * odd + [CLEAN] * (20 - odd)
        base = result(*(outcome(text, item_id=str(place)) for place, text in enumerate(texts)))
        pruned = result(*(outcome(REPETITIVE, item_id=str(place)) for place in range(20)))
        assert intact(base, pruned) == (passes,) * 20


def test_the_bar_is_of_answers_that_ended():
    """A base that loops often calls no repetition intact, and one that never ends calls nothing intact."""
    base = result(outcome(REPETITIVE, "loop", item_id="1"), outcome(CLEAN, item_id="2"))
    pruned = result(outcome(REPETITIVE, item_id="1"), outcome(CLEAN, item_id="2"))

    assert intact(base, pruned) == (False, True)
    assert intact(result(outcome(CLEAN, "length")), result(outcome(CLEAN))) == (False,)


@pytest.mark.parametrize("text", ["", " \n", "...", "( ) }"])
def test_a_mute_answer_is_no_intact_text(text):
    """It ended and repeats nothing, but it has no word and no number."""
    assert intact(result(outcome(CLEAN)), result(outcome(text))) == (False,)
    assert intact(result(outcome(CLEAN)), result(outcome("18"))) == (True,)


@pytest.mark.parametrize("finish", ["length", "loop"])
def test_an_answer_that_did_not_end_is_not_intact(finish):
    """However clean its words are."""
    assert intact(result(outcome(CLEAN)), result(outcome(CLEAN, finish))) == (False,)


def test_intact_needs_generated_answers():
    """A chosen option has no text."""
    with pytest.raises(BadInput, match="matter of generated answers"):
        intact(result(outcome("1", None)), result(outcome("2", None)))


def test_only_intact_answers_can_lose():
    """Wrong and intact loses; wrong and looping, or mute, keeps the base's score."""
    base = result(*(outcome(CLEAN, score=1.0, item_id=str(i)) for i in range(4)))
    pruned = result(
        outcome(CLEAN, item_id="0"),
        outcome(CLEAN, "loop", item_id="1"),
        outcome(CLEAN, score=1.0, item_id="2"),
        outcome("", item_id="3"),
    )

    assert lost_in_intact_text(base, pruned) == (0.0, 1.0, 1.0, 1.0)


def test_gains_in_intact_text_count_against_losses():
    """One item lost and one gained, both in intact text: nothing is lost."""
    base = result(outcome(CLEAN, score=1.0, item_id="0"), outcome(CLEAN, item_id="1"))
    pruned = result(outcome(CLEAN, item_id="0"), outcome(CLEAN, score=1.0, item_id="1"))

    assert sum(base.scores) == sum(lost_in_intact_text(base, pruned))


@settings(deadline=None)  # the first example imports nltk
@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.sampled_from(["stop", "length", "loop"])), min_size=1))
def test_scores_in_intact_text_lie_between_base_and_pruned(items):
    """Each item keeps one of its two scores, the pruned one exactly where the answer is intact."""
    base = result(*(outcome(CLEAN, score=float(b), item_id=str(i)) for i, (b, _, _) in enumerate(items)))
    pruned = result(*(outcome(CLEAN, end, float(p), str(i)) for i, (_, p, end) in enumerate(items)))

    expected = tuple(float(p if end == "stop" else b) for b, p, end in items)
    assert expected == lost_in_intact_text(base, pruned)


def test_degenerate_text_is_text_that_is_not_intact():
    """Cut, looping, too repetitive, or without a word; an empty answer is neither."""
    base = result(*(outcome(CLEAN, item_id=str(i)) for i in range(6)))
    given = [
        (CLEAN, "stop"),
        (CLEAN, "length"),
        (CLEAN, "loop"),
        (REPETITIVE, "stop"),
        ("...", "stop"),
        (" \n", "stop"),
    ]
    pruned = result(*(outcome(text, finish, item_id=str(i)) for i, (text, finish) in enumerate(given)))

    assert degenerate(base, pruned) == (False, True, True, True, True, False)
    assert intact(base, pruned) == (True, False, False, False, False, False)


def test_losses_are_told_apart_by_what_the_answer_is():
    """Only items that were right can be lost, and each counts under one kind of text."""
    base = result(*(outcome(CLEAN, score=float(i < 5), item_id=str(i)) for i in range(6)))
    given = [(CLEAN, 1.0), (CLEAN, 0.0), (REPETITIVE, 0.0), (REPETITIVE, 1.0), ("", 0.0), (REPETITIVE, 0.0)]
    pruned = result(*(outcome(text, score=score, item_id=str(i)) for i, (text, score) in enumerate(given)))

    assert losses_by_text(base, pruned) == {"intact": (0.0, 1.0), "degenerate": (1.0, 0.0), "empty": (1.0,)}


@given(
    st.lists(
        st.tuples(st.sampled_from([CLEAN, REPETITIVE, "", "..."]), st.sampled_from(["stop", "length"]), st.booleans()),
        min_size=1,
    )
)
def test_every_loss_has_one_kind_of_text(given_answers):
    """Together they are the losses; what is degenerate is never intact."""
    base = result(*(outcome(CLEAN, score=1.0, item_id=str(i)) for i in range(len(given_answers))))
    pruned = result(
        *(outcome(text, how, float(right), item_id=str(i)) for i, (text, how, right) in enumerate(given_answers))
    )
    lost = losses_by_text(base, pruned)

    assert sum(map(sum, lost.values())) == sum(not right for _, _, right in given_answers)
    assert not any(a and b for a, b in zip(intact(base, pruned), degenerate(base, pruned), strict=True))
