"""What `--tasks` leaves of a claim."""

import pytest

from harness.errors import BadInput
from harness.subject.named import WHY, named, parse_tasks
from harness.tasks.roles import QUESTIONS

GAP = "classification-vs-generative-gap"


@pytest.mark.parametrize("claim", QUESTIONS)
def test_without_the_option_a_claim_is_whole(claim):
    """On every tier all of its tasks are asked, and none is left out."""
    for tier in ("tiny", "small", "gpu"):
        found = named(claim, tier, "sound", None)
        assert (dict(found.groups), found.left_out, found.nothing_left) == (QUESTIONS[claim].on(tier), {}, None)


def test_a_claim_keeps_what_is_named_and_says_what_is_not():
    """Role by role; what is left out has a reason."""
    found = named(GAP, "tiny", "sound", ("facts", "code"))

    assert found.groups == {"spared": ("facts",), "hit": ("code",)}
    assert found.left_out.keys() >= {"events", "kinds", "word_problems"}
    assert set(found.left_out.values()) == {WHY}
    assert found.nothing_left is None


def test_a_claim_without_a_task_for_a_role_cannot_be_asked():
    """It takes both sides of a gap; the sentence names its tasks."""
    why = named(GAP, "tiny", "sound", ("facts",)).nothing_left

    assert why == f"{GAP} needs one of word_problems, code, headlines, which --tasks does not name"


def test_arithmetic_is_what_decides_it_under_the_protocol():
    """The paper's is decided by the first digit."""
    for protocol, task in (("sound", "arithmetic"), ("paper", "arithmetic_first_digit")):
        assert named("arithmetic-drop", "tiny", protocol, (task,)).nothing_left is None
        assert named("arithmetic-drop", "tiny", protocol, ("facts",)).nothing_left is not None


def test_stored_rivals_and_claims_of_one_s_own_are_whole():
    """The scoreboard's references were asked everything; of somebody's own claim nothing is known here."""
    assert named("method-scoreboard", "tiny", "sound", ("facts",)).left_out == {}
    assert named("my-claim", "tiny", "sound", ("facts",)).nothing_left is None


@pytest.mark.parametrize("text", ["", "facts,", "nothing"])
def test_names_that_are_no_task_are_refused(text):
    """With what was written."""
    with pytest.raises(BadInput, match="--tasks"):
        parse_tasks(text)


def test_names_are_taken_with_and_without_blanks():
    """Each once."""
    assert parse_tasks("facts, code,facts") == ("facts", "code")
