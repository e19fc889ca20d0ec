"""What is asked of the base and of every variant."""

import pytest

from harness.errors import BadInput
from harness.subject.questions import Questions
from harness.tasks import gsm8k, word_problems
from harness.tasks.source import Bundled, Folder, Hub


def test_the_longest_answer_is_what_is_asked_for(real_data):
    """As the request has it, in tokens."""
    assert Questions("tiny", Bundled(), 5, 0, "sound").longest_answer("word_problems") == word_problems.MAX_NEW_TOKENS
    assert Questions("small", Folder(real_data), 5, 0, "sound").longest_answer("gsm8k") == gsm8k.MAX_NEW_TOKENS


@pytest.mark.parametrize("source", [Bundled(), Hub()], ids=lambda source: type(source).__name__)
def test_prompts_leave_out_what_the_source_has_not(source, monkeypatch):
    """Arithmetic belongs to what nobody may have seen, where there is any."""
    asked = []
    monkeypatch.setattr("harness.subject.questions.prompts", lambda names, of: asked.extend((*names, of)) or ["?"])
    tier = "tiny" if source == Bundled() else "small"
    assert Questions(tier, source, 5, 0, "sound").prompts == ["?"]
    assert ("arithmetic" in asked) == (source == Bundled())
    assert asked[-1] == source


def test_items_that_cannot_be_had_are_refused_before_a_model_is_asked(tmp_path):
    """By a folder that lacks a file, and by the tiny tier."""
    for source in (Folder(tmp_path), Bundled()):
        with pytest.raises(BadInput, match=r"math/gsm8k_test\.jsonl\.gz"):
            Questions("small", source, 5, 0, "sound").put(["gsm8k"], None)
