"""What two fixed models say, where one of them cannot be asked everything."""

import copy
from dataclasses import replace

import pytest
import torch

from harness.models.fingerprint import fingerprint
from harness.subject import Subject
from harness.subject.pair import claims_of, kept
from harness.tasks.source import Bundled


def other(tiny, change):
    """A checkpoint of its own, made of the tiny model."""
    model = copy.deepcopy(tiny.model)
    with torch.no_grad():
        change(model)
    return replace(tiny, model=model, fingerprint=fingerprint(model))


@pytest.fixture
def subject(tiny):
    """The tiny model on eight items a task."""
    return Subject(tiny, "tiny", Bundled(), 8, None)


def test_a_mute_checkpoint_is_broken_and_no_crash(tiny, subject):
    """All logits alike: it answers nothing, which is an answer."""

    def silenced(model):
        model.get_output_embeddings().weight = torch.nn.Parameter(torch.zeros_like(model.lm_head.weight))

    decision = kept(subject, other(tiny, silenced), 0.95)
    assert decision.verdict == "broken"
    assert "reproduced" not in {
        said.verdict for said in claims_of(subject, other(tiny, silenced)) if said.claim == "gap-survives-controls"
    }


def test_items_that_only_one_of_the_two_can_read_are_counted_and_left_out(tiny, subject):
    """A shorter context: the decision says how many items were not paired, and no claim crashes."""

    def shortened(model):
        model.config.max_position_embeddings = 150

    short = other(tiny, shortened)
    decision = kept(subject, short, 0.95)
    (row,) = (row for row in decision.rows if row.name == "word_problems")
    assert row.n < 8
    assert any(note.startswith("could not be paired, and were left out: ") for note in decision.notes)
    assert {said.claim for said in claims_of(replace(subject, loaded=short), tiny)} == {
        said.claim for said in claims_of(subject, short)
    }
