import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.recover.encode import IGNORED, Encoded
from harness.recover.guards import check_batch, check_echo, check_examples, fitting
from harness.tasks.contamination import contamination, require_clean

BOS, END = 1, 2


def encoded(prompt, answer):
    return Encoded("x", (*prompt, *answer), (*[IGNORED] * len(prompt), *answer))


def test_a_sound_corpus_passes():
    """One BOS, an answer, an end of turn."""
    check_examples([encoded((BOS, 5), (7, END))], {END}, BOS)


@pytest.mark.parametrize(
    ("examples", "message"),
    [
        ([], "corpus is empty after encoding"),
        ([encoded((BOS, 5), (END,))], "its answer is empty"),
        ([encoded((BOS, BOS, 5), (7, END))], "a BOS token follows another or stands in the answer"),
        ([encoded((BOS, 5), (7, BOS, END))], "a BOS token follows another or stands in the answer"),
        ([encoded((BOS, 5), (7, 8))], "none of 1 recovery examples learns to end its turn"),
    ],
    ids=["empty", "no answer", "doubled BOS", "BOS in the answer", "end of turn masked"],
)
def test_a_broken_corpus_is_refused_before_training(examples, message):
    """Each defect has its sentence."""
    with pytest.raises(BadInput, match=message):
        check_examples(examples, {END}, BOS)


def test_a_template_may_open_every_turn_by_the_bos():
    """SmolLM2-Instruct's BOS is `<|im_start|>`: system, user and assistant have one each."""
    check_examples([encoded((BOS, 5, END, BOS, 6, END, BOS, 8), (7, END))], {END}, BOS)


def test_long_examples_are_left_out_whole():
    """A prompt is never cut; an example that does not fit is not trained on."""
    short, long = encoded((BOS, 5), (7, END)), encoded((BOS, *[5] * 50), (7, END))

    assert [short] * 19 == fitting([short] * 19 + [long], 20, None)


def test_where_a_recipe_cuts_the_end_of_a_long_answer_goes():
    """Prompt and beginning stay; what would have nothing left to learn is left out."""
    short, long, prompt = encoded((BOS, 5), (7, END)), encoded((BOS, 5), [7] * 50), encoded([5] * 50, (7, END))

    assert fitting([short] * 19 + [long, prompt], 4, None, cut=True) == [short] * 19 + [encoded((BOS, 5), (7, 7))]
    with pytest.raises(BadInput, match=r"1 of 2 recovery prompts fill 4 tokens; expected at most 10%"):
        fitting([short, prompt], 4, None, cut=True)


def test_a_corpus_of_long_examples_is_refused():
    """Leaving out more than a tenth would train on another corpus."""
    with pytest.raises(BadInput, match=r"2 of 4 recovery examples are longer than 20 tokens"):
        fitting([encoded((BOS, 5), (7, END)), encoded((BOS, *[5] * 50), (7, END))] * 2, 20, None)


def test_a_collator_that_masks_the_end_of_turn_is_caught():
    """With pad = eos, masking by token id takes the last learned token away."""
    example = encoded((BOS, 5), (7, END))
    with pytest.raises(BadInput, match=r"the batch learns 1 tokens, expected 2"):
        check_batch([[IGNORED, IGNORED, 7, IGNORED]], [example])


def test_a_silently_changed_adapter_is_caught():
    """R = 16 on the command line and r = 64 in the run is the authors' own accident."""
    with pytest.raises(BadInput, match=r"the recipe says rank = 16 and the run would use 64"):
        check_echo({"rank": 16.0}, {"rank": 64.0})


def test_a_test_prompt_in_the_corpus_is_refused():
    """Punctuation and case do not hide it."""
    report = contamination([("e1", "How many, Tom?", "4")], ["how many tom ?"])
    with pytest.raises(BadInput, match=r"corpus c: 1 of its 1 prompts are test items \(first: e1\)"):
        require_clean(report, "c")


@given(st.lists(st.sampled_from("abcdefgh"), min_size=5, max_size=30))
def test_a_shared_run_of_words_is_reported(words):
    """Any example that contains a test item shares its n-grams."""
    report = contamination([("e", "before " + " ".join(words), "after")], [" ".join(words)], n=5)

    assert report.shared_ngram == ("e",)


def test_unrelated_texts_share_nothing():
    """The report is not always positive."""
    assert contamination([("e", "one two three four five", "")], ["six seven eight nine ten"], n=3).shared_ngram == ()
