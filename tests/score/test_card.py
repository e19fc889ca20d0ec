"""Generation batches that fit a card, reckoned from the shape."""

from types import SimpleNamespace

import pytest

from harness.models import cards
from harness.score.card import generation_tokens, sharing

LLAMA_8B = SimpleNamespace(
    hidden_size=4096, intermediate_size=14336, num_attention_heads=32, num_key_value_heads=8, num_hidden_layers=32
)
QWEN_7B = SimpleNamespace(
    hidden_size=3584, intermediate_size=18944, num_attention_heads=28, num_key_value_heads=4, num_hidden_layers=28
)
GEMMA_2B = SimpleNamespace(
    hidden_size=2304, intermediate_size=9216, num_attention_heads=8, num_key_value_heads=4, num_hidden_layers=26,
    head_dim=256,
)  # fmt: skip
GB = 10**9


@pytest.mark.parametrize(
    ("shape", "weights", "tokens", "peak"),
    [(LLAMA_8B, 16.1, 204 * 640, 48.8), (GEMMA_2B, 5.2, 204 * 640, 30.6), (QWEN_7B, 15.2, 409 * 640, 67.7)],
)
def test_no_batch_is_larger_than_what_was_measured_to_fit(shape, weights, tokens, peak):
    """On a card of the measured peak and a sixth more, hardly more tokens are asked than took that peak (in GB)."""
    memory = int(peak * GB / 0.85)
    reckoned = generation_tokens(shape, 2, int(weights * GB), memory)

    assert reckoned is not None
    assert 0.85 * tokens < reckoned <= 1.01 * tokens


def test_processes_share_a_card():
    """Each of four workers has its own weights, and a quarter of the memory for them and its batch."""
    alone = generation_tokens(LLAMA_8B, 2, 16 * GB, 80 * GB)
    quarter = generation_tokens(LLAMA_8B, 2, 16 * GB, 80 * GB, 4)

    assert alone is not None
    assert quarter is not None
    assert quarter < alone / 4


def test_a_card_too_small_for_the_weights_still_gets_one_row_at_a_time():
    """What does not fit is said by the model's own loading; a budget is never below one token."""
    assert generation_tokens(LLAMA_8B, 2, 16 * GB, 8 * GB) == 1


def test_a_config_that_tells_no_shape_is_left_to_the_tier():
    """Families without attention have no such numbers."""
    assert generation_tokens(SimpleNamespace(hidden_size=64), 2, GB, 80 * GB) is None


@pytest.mark.parametrize(("told", "processes"), [(None, 1), ("1", 1), ("4", 4)])
def test_workers_of_a_run_are_counted(monkeypatch, told, processes):
    """pytest-xdist says how many there are; without it there is one."""
    monkeypatch.setattr(cards, "_own", [])
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT"):
        monkeypatch.delenv(name, raising=False)
    if told:
        monkeypatch.setenv("PYTEST_XDIST_WORKER_COUNT", told)

    assert sharing() == processes
