import pytest
import torch

from harness.repair.hadamard import hadamard, paley

WIDTHS = (1, 2, 12, 20, 28, 36, 104, 128, 576, 896, 960)  # 576 is SmolLM2-135M's, 896 Qwen2.5-0.5B's


@pytest.mark.parametrize("width", WIDTHS)
def test_it_turns_and_every_entry_is_of_one_size(width):
    """A Hadamard matrix, divided by its norm."""
    turn = hadamard(width)

    assert torch.allclose(turn @ turn.T, torch.eye(width, dtype=torch.float64), atol=1e-12)
    assert torch.allclose(turn.abs(), torch.full_like(turn, width**-0.5), atol=1e-12)


@pytest.mark.parametrize("width", [2, 8, 64])
def test_a_power_of_two_is_sylvesters(width):
    """Oracle: scipy's, which LinearPatch's transform is too."""
    from scipy.linalg import hadamard as sylvester

    assert torch.equal(hadamard(width) * width**0.5, torch.from_numpy(sylvester(width, dtype=float)))


@pytest.mark.parametrize("width", [3, 22, 92, 130])
def test_where_there_is_none_or_none_is_known_nothing_is_made_up(width):
    """Odd ones and doubles of odd ones have none; 92 has one that Paley's constructions do not reach."""
    assert hadamard(width) is None


def test_both_of_paleys_constructions_are_used():
    """12 = 11 + 1 of the first kind, 28 = 2 (13 + 1) of the second, and 16 of neither."""
    assert len(paley(12)) == 12
    assert len(paley(28)) == 28
    assert paley(16) is None
