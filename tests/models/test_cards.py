"""Every worker of a run on one card of the machine's, and no library on more than that."""

import os

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from harness.arguments import require_cards
from harness.errors import BadInput
from harness.models import cards
from harness.models.cards import Taken, cards_taken, take_cards, taken_by


@pytest.fixture
def machine(monkeypatch):
    """Makes this process a worker of a run on a machine with so many GPUs; asks which it takes."""

    def made(worker, workers, count, visible=None, each=1):
        monkeypatch.setattr(cards, "_own", [])
        monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
        monkeypatch.setenv("PYTEST_XDIST_WORKER", f"gw{worker}")
        monkeypatch.setenv("PYTEST_XDIST_WORKER_COUNT", str(workers))
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
        if visible is not None:
            monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
        return take_cards(each), os.environ.get("CUDA_VISIBLE_DEVICES")

    return made


@given(workers=st.integers(1, 40), there=st.integers(1, 9), each=st.integers(1, 4))
def test_cards_are_dealt_out_in_turn(workers, there, each):
    """No card is of two hands, and no hand has two workers more than another; each knows with how many it shares."""
    if each > there:
        return
    taken = [taken_by(worker, workers, there, each) for worker in range(workers)]
    hands = {one.cards for one in taken}
    dealt = [card for hand in hands for card in hand]
    on = [sum(one.cards == hand for one in taken) for hand in hands]

    assert len(dealt) == len({*dealt}) == each * min(workers, there // each)
    assert {*dealt} <= {*range(there)}
    assert max(on) - min(on) <= 1
    assert all(one.sharers == sum(other.cards == one.cards for other in taken) for one in taken)


@pytest.mark.parametrize(
    ("worker", "workers", "count", "visible", "each", "sees", "sharers"),
    [
        (0, 1, 4, None, 1, None, 1),
        (3, 4, 4, None, 1, "3", 1),
        (5, 8, 4, None, 1, "1", 2),
        (1, 2, 2, "6, 7", 1, "7", 1),
        (1, 2, 2, "GPU-8932f937,GPU-5a1c", 1, "GPU-5a1c", 1),
        (2, 3, 1, None, 1, None, 3),
        (0, 1, 4, "3,1", 1, "3,1", 1),
        (2, 3, 1, "5", 1, "5", 3),
        (0, 2, 0, None, 1, None, 2),
        (1, 2, 4, None, 2, "2,3", 1),
        (2, 4, 5, None, 2, "0,1", 2),
        (0, 1, 3, "7,5,3", 3, "7,5,3", 1),
    ],
)
def test_a_worker_sees_its_own_cards(machine, worker, workers, count, visible, each, sees, sharers):
    """By the names that they have among those that may be seen; alone it hides none, for its host may want them."""
    taken, seen = machine(worker, workers, count, visible, each)

    assert seen == sees
    assert taken.sharers == sharers


def test_it_is_decided_once(machine):
    """What is asked again later, when one card is left to be seen, is the same."""
    taken, seen = machine(3, 4, 4)
    torch.cuda.device_count = lambda: 1

    assert (take_cards(), seen) == (taken, "3")
    assert taken == Taken(range(3, 4), 1)
    assert cards_taken() == 1


def test_nothing_is_hidden_once_cuda_has_begun(machine, monkeypatch):
    """As in a notebook whose user made a tensor there; hiding would have no effect then."""
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    taken, seen = machine(0, 1, 4)

    assert seen is None
    assert taken == Taken(range(1), 1)


@pytest.mark.parametrize(
    ("there", "begun", "said"), [(1, False, "torch sees 1 of them here"), (4, True, "CUDA was begun")]
)
def test_more_cards_than_can_be_had_are_refused(machine, monkeypatch, there, begun, said):
    """Before a model is read."""
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: begun)
    with pytest.raises(BadInput, match=f"--cards 2: {said}.*leave it out"):
        machine(0, 1, there, each=2)


def test_what_was_decided_cannot_be_changed(machine):
    """A model lies on one card already."""
    machine(0, 1, 4)
    require_cards(1)
    with pytest.raises(BadInput, match="--cards 2: this process works on 1 already"):
        require_cards(2)


def test_a_nonsensical_environment_is_that_of_a_process_alone(machine):
    """No number of workers is one."""
    assert machine("x", "many", 1)[0] == Taken(range(1), 1)


def test_the_process_that_begins_workers_takes_none(machine, monkeypatch):
    """They inherit what it sees, and each takes its own of that."""
    monkeypatch.setattr(cards, "_own", [])
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 8)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    require_cards(4, by_workers=True)

    assert "CUDA_VISIBLE_DEVICES" not in os.environ
    assert [machine(worker, 2, 8, each=4)[1] for worker in range(2)] == ["0,1,2,3", "4,5,6,7"]
    with pytest.raises(BadInput, match="--cards 9: torch sees 8 of them here"):
        require_cards(9, by_workers=True)
