import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.score.sampling import Drawer, top_p
from harness.text.requests import Sampling


@given(st.lists(st.integers(-50, 50).map(lambda n: n / 10), min_size=2, max_size=20, unique=True), st.floats(0.05, 1.0))
def test_top_p_keeps_what_transformers_keeps(scores, share):
    """Oracle: transformers' own warper, but for sums that meet the share within rounding."""
    from transformers import TopPLogitsWarper

    given = torch.tensor(scores)
    ours = top_p(given, share).isfinite()
    theirs = TopPLogitsWarper(share)(None, given[None])[0].isfinite()
    reached = given.softmax(-1).sort(descending=True)[0].cumsum(-1)
    if float((reached - share).abs().min()) > 1e-5:
        assert ours.tolist() == theirs.tolist()
    assert ours[given.argmax()]


def test_draws_follow_the_distribution():
    """Of 4000 draws at temperature 1, each token's share is its probability."""
    logits = torch.tensor([0.7, 0.2, 0.1]).log()
    drawer = Drawer([Sampling(1.0, 1.0, seed=7)])
    drawn = torch.tensor([int(drawer.choose(logits[None], [0])[0]) for _ in range(4000)])

    shares = torch.bincount(drawn, minlength=3) / 4000
    assert torch.allclose(torch.tensor([0.7, 0.2, 0.1]), shares, atol=0.03)


def test_a_row_without_sampling_is_greedy():
    """Greedy and sampled rows may share a batch."""
    logits = torch.tensor([[0.0, 5.0, 4.9], [0.0, 5.0, 4.9]])

    assert int(Drawer([None, Sampling(1.0, 1.0, 0)]).choose(logits, [0, 1])[0]) == 1


@pytest.mark.parametrize(("temperature", "share"), [(0.0, 0.9), (-1.0, 0.9), (1.0, 0.0), (1.0, 1.5)])
def test_settings_that_draw_nothing_are_refused(temperature, share):
    """The sentence names the value."""
    with pytest.raises(BadInput, match=r"temperature|top-p"):
        Drawer([Sampling(temperature, share, 0)])
