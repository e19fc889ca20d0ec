"""What a pruning method is shown: names, numbers, and what is refused."""

import pytest

from harness.errors import BadInput
from harness.methods.method import METHODS, declare
from harness.methods.rank import registered, resolve_method
from harness.tasks.calibration import (
    Calibration,
    calibration_texts,
    default_calibration,
    digest,
    parse_calibration,
    require_disjoint,
)
from harness.tasks.source import Bundled
from harness.text.encode import plain_ids


@pytest.fixture
def notes(tmp_path):
    """A file of 300 words."""
    path = tmp_path / "notes.txt"
    path.write_text("tom has 12 apples . " * 60)
    return path


@pytest.mark.parametrize(
    ("asked", "tier", "named"),
    [
        ("gsm8k", "small", "gsm8k:32"),
        ("gsm8k", "gpu", "gsm8k:100"),
        ("gsm8k:7", "small", "gsm8k:7"),
        ("gsm8k:7x50", "small", "gsm8k:7x50"),
        ("wikitext2", "small", "wikitext2:32x128"),
        ("wikitext2:4", "small", "wikitext2:4x128"),
        ("wikitext2:32x512", "gpu", "wikitext2:32x512"),
        ("c4", "gpu", "c4:128x256"),
        ("gsm8k", "tiny", "mini-world-answers:64"),
        ("c4", "tiny", "mini-world-text:64x64"),
    ],
)
def test_a_choice_has_one_name(asked, tier, named):
    """With the tier's numbers filled in, so that two ways to ask for the same have one baseline."""
    assert parse_calibration(asked).named(tier) == named


def test_a_file_is_named_with_its_content(notes, tmp_path):
    """Another content under the same name is another calibration."""
    before = parse_calibration(f"{notes}:3x10").named("small")
    assert before.startswith("notes.txt@")
    assert before.endswith(":3x10")
    notes.write_text("other words")

    assert parse_calibration(f"{notes}:3x10").named("small") != before


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("pile", "'pile' is neither a corpus (gsm8k, wikitext2, c4) nor a file"),
        ("", "'' is neither a corpus"),
        ("wikitext2:32*512", "'wikitext2:32*512' is neither a corpus"),
        ("wikitext2:x512", "is neither a corpus"),
        ("wikitext2:-1x512", "is neither a corpus"),
        ("wikitext2:0x512", "expected at least 1 text, of at least 2 tokens"),
        ("gsm8k:0", "expected at least 1 text"),
        ("c4:4x1", "expected at least 1 text, of at least 2 tokens, such as c4:32x512"),
        ("/", "'/' is neither a corpus"),
    ],
)
def test_a_choice_that_cannot_be_used_is_refused(asked, sentence):
    """In one sentence that quotes it and shows a right one."""
    with pytest.raises(BadInput) as refused:
        parse_calibration(asked)
    assert str(refused.value).startswith(f"--calibration {asked}: ")
    assert sentence in str(refused.value)


def test_who_gets_what_by_default():
    """Worked answers for the method of 2602.01997, running text for every other, also for one that says nothing."""
    worked = {name for name in registered() if resolve_method(name).calibration == "worked"}

    assert worked == {"block_influence", "greedy_task"}
    assert default_calibration("worked").named("small") == "gsm8k:32"
    assert default_calibration("running").named("small") == "wikitext2:32x128"
    with pytest.raises(BadInput, match="unknown"):
        resolve_method("nobody")


def test_a_method_that_declares_other_texts_is_refused(monkeypatch):
    """The sentence says which there are."""
    monkeypatch.setitem(METHODS, "odd", declare(calibration="prose")(lambda *_: []))
    with pytest.raises(BadInput, match="--method odd: declares calibration 'prose', expected one of running, worked"):
        resolve_method("odd")


def test_texts_of_a_file_are_cut_to_length(tiny, notes):
    """A user's own file works on every tier."""
    texts = calibration_texts(parse_calibration(f"{notes}:6x20"), "tiny", Bundled(), tiny.tokenizer, 0)

    assert [len(plain_ids(text, tiny.tokenizer)) for text in texts] == [20] * 6


@pytest.mark.parametrize(
    ("shown", "sentence"),
    [
        (Calibration("c4", 4, 513), "texts of 513 tokens do not fit into the model's context of 512; ask for shorter"),
        (Calibration("gsm8k", 4, 513), "texts of 513 tokens do not fit"),
        (Calibration("gsm8k", 129), "mini-world-answers:129: there are 128 worked answers; ask for fewer"),
        (Calibration("c4", 1000, 64), "1000 texts of 64 tokens are asked for, and the corpus of 4,670 tokens has 74"),
    ],
)
def test_more_than_there_is_or_fits_is_refused(tiny, shown, sentence):
    """Before a model has seen any of it."""
    with pytest.raises(BadInput) as refused:
        calibration_texts(shown, "tiny", Bundled(), tiny.tokenizer, 0, room=512)
    assert sentence in str(refused.value)


def test_a_worked_answer_longer_than_the_context_is_refused(tiny):
    """Its end, which the method reads, would be beyond what the model was made for."""
    with pytest.raises(
        BadInput, match=r"the longest text has \d+ tokens, and the model's context 40; calibrate on runn"
    ):
        calibration_texts(Calibration("gsm8k"), "tiny", Bundled(), tiny.tokenizer, 0, room=40)


def test_fewer_worked_answers_are_the_first_of_more(tiny):
    """Below and above the tier's number."""
    many, usual, few = (
        calibration_texts(Calibration("gsm8k", count), "tiny", Bundled(), tiny.tokenizer, 3) for count in (128, None, 5)
    )
    assert (usual, few) == (many[:64], many[:5])
    assert len(set(many)) == 128


def test_worked_answers_can_be_running_text_too(tiny):
    """With a length they are joined and cut like any other corpus, without the chat's tokens."""
    texts = calibration_texts(Calibration("gsm8k", 3, 40), "tiny", Bundled(), tiny.tokenizer, 0)

    assert [len(plain_ids(text, tiny.tokenizer)) for text in texts] == [40] * 3
    assert not any("<end>" in text for text in texts)


def test_texts_have_a_digest_that_notices_every_letter():
    """And where one ends and the next begins."""
    assert len({digest(texts) for texts in (["a b", "c"], ["a", "b c"], ["a b c"], ["a b", "d"])}) == 4


INSTRUCTION = "please reason step by step and put your final answer within the box"
QUESTIONS = [f"a farmer has {n} sheep and sells {n + 1} of them to the {n}th neighbour on the left" for n in range(40)]
ITEMS = [f"{INSTRUCTION}\n\n{question}" for question in QUESTIONS]
LONG = " ".join(f"word{n}" for n in range(200))


@pytest.mark.parametrize(
    "text",
    [
        ITEMS[3],
        f"before it . {QUESTIONS[3]} and after",  # without the instruction that the task adds
        QUESTIONS[3].upper(),
        " ".join(LONG.split()[50:90]),  # a part of a long item, as a text of a fixed length has it
    ],
)
def test_an_item_is_found_without_its_instruction_and_in_parts(text):
    """A question in a file is the question, and forty words of a long document are the document."""
    with pytest.raises(BadInput, match="a calibration text contains the test item"):
        require_disjoint(["nothing here", text], [*ITEMS, LONG])


@pytest.mark.parametrize("text", [INSTRUCTION, f"{INSTRUCTION} a farmer has", " ".join(LONG.split()[50:79])])
def test_a_tasks_wording_is_no_item(text):
    """What all items share tells nothing about one; nor do a few words of a long one."""
    require_disjoint([text], [*ITEMS, LONG])
