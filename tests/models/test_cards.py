"""Every worker of a run on one card of the machine's, and no library on more than that."""

import os

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from harness.models import cards
from harness.models.cards import Taken, take_card, taken_by


@pytest.fixture
def machine(monkeypatch):
    """Makes this process a worker of a run on a machine with so many GPUs; asks which it takes."""

    def made(worker, workers, count, visible=None):
        monkeypatch.setattr(cards, "_own", [])
        monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
        monkeypatch.setenv("PYTEST_XDIST_WORKER", f"gw{worker}")
        monkeypatch.setenv("PYTEST_XDIST_WORKER_COUNT", str(workers))
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
        if visible is not None:
            monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
        return take_card(), os.environ.get("CUDA_VISIBLE_DEVICES")

    return made


@given(workers=st.integers(1, 40), count=st.integers(1, 9))
def test_cards_are_dealt_out_in_turn(workers, count):
    """No card has two workers more than another, and each worker knows with how many it shares."""
    taken = [taken_by(worker, workers, count) for worker in range(workers)]
    on = [sum(one.card == card for one in taken) for card in range(count)]

    assert max(on) - min(on) <= 1
    assert all(one.sharers == on[one.card] for one in taken)


@pytest.mark.parametrize(
    ("worker", "workers", "count", "visible", "sees", "sharers"),
    [
        (0, 1, 4, None, "0", 1),
        (3, 4, 4, None, "3", 1),
        (5, 8, 4, None, "1", 2),
        (1, 2, 2, "6, 7", "7", 1),
        (1, 2, 2, "GPU-8932f937,GPU-5a1c", "GPU-5a1c", 1),
        (2, 3, 1, None, None, 3),
        (2, 3, 1, "5", "5", 3),
        (0, 2, 0, None, None, 2),
    ],
)
def test_a_worker_sees_its_own_card(machine, worker, workers, count, visible, sees, sharers):
    """By the name that it has among those that the user lets be seen; where there is one or none, nothing is hidden."""
    taken, seen = machine(worker, workers, count, visible)

    assert seen == sees
    assert taken.sharers == sharers


def test_it_is_decided_once(machine):
    """What is asked again later, when one card is left to be seen, is the same."""
    taken, seen = machine(3, 4, 4)
    torch.cuda.device_count = lambda: 1

    assert (take_card(), seen) == (taken, "3")
    assert taken == Taken(3, 1)


def test_nothing_is_hidden_once_cuda_has_begun(machine, monkeypatch):
    """As in a notebook whose user made a tensor there; hiding would have no effect then."""
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    taken, seen = machine(0, 1, 4)

    assert seen is None
    assert taken == Taken(0, 1)
