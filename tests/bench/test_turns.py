"""Two ways by turns: the peer's best setting, ratios of neighbours, and differences in words."""

from dataclasses import replace

import pytest
import torch

from harness.bench import turns
from harness.bench.counts import counted
from harness.bench.setting import Setting
from harness.bench.turns import Work, compare, together
from harness.errors import BadInput
from harness.selfcheck.machine import Machine
from harness.subject import Subject
from harness.tasks.source import Bundled


@pytest.fixture(scope="module")
def setting(tiny):
    """The tiny model on a machine of round figures."""
    machine = Machine("cpu", "cpu", 10**9, None, "float32", 1e9, 1e9)
    return Setting(Subject(tiny, "tiny", Bundled(), 2, None), 2, machine, ("events",))


@pytest.fixture
def passing(monkeypatch):
    """A clock that moves on by what the works take."""
    time, log = [0.0], []
    monkeypatch.setattr(turns, "now", lambda _: time[0])

    def works(name, *seconds, needed=0, answer="a"):
        left = list(seconds)

        def do():
            log.append(name)
            time[0] += left.pop(0)
            return answer

        return Work(name, do, needed)

    works.log = log
    return works


def differs(one, other):
    """In words."""
    return "" if one == other else f"{one} is not {other}"


def test_the_peer_has_its_best_setting_and_both_take_turns(setting, passing):
    """One run each that does not count, then pairs in which nobody is always first; ratios are of neighbours."""
    ours = passing("ours", 9, 1, 2, 4)
    found = compare(setting, "x", "peer", ours, [passing("slow", 8), passing("quick", 5, 3, 4, 16)], differs)

    assert passing.log == ["ours", "slow", "quick", "quick", "ours", "ours", "quick", "quick", "ours"]
    assert found.theirs.setting == "quick"
    assert found.tried == {"slow": 8, "quick": 5}
    assert found.ratios == [3, 2, 4]
    assert (found.ratio, found.ours.seconds, found.theirs.seconds) == (3, 2, 4)
    assert found.equal


def test_no_turn_is_begun_after_a_minute(setting, passing):
    """What is slow is done once on the clock."""
    assert compare(setting, "x", "peer", passing("ours", 1, 1), [passing("peer", 90, 90)], differs).ratios == [90]


def test_a_setting_that_does_not_fit_is_none(setting, passing):
    """The peer has the best of the others; where there is no other, that is said."""

    def full():
        raise torch.OutOfMemoryError

    theirs = [Work("large", full), passing("small", 2, 2, 2, 2)]
    found = compare(setting, "x", "peer", passing("ours", 1, 1, 1, 1), theirs, differs)

    assert (found.theirs.setting, found.tried) == ("small", {"small": 2})
    with pytest.raises(BadInput, match="peer does not fit into memory in any setting; ask fewer --items"):
        compare(setting, "x", "peer", passing("ours", 1), [Work("large", full)], differs)


def test_other_answers_are_said(setting, passing):
    """In the row and in what it is a part of."""
    one = compare(
        replace(setting, turns=1), "x", "peer", passing("ours", 1, 1), [passing("p", 1, 3, answer="b")], differs
    )
    whole = together("row", [one, replace(one, name="y", equal=True, differs="")])

    assert (one.equal, one.differs) == (False, "a is not b")
    assert (whole.equal, whole.differs, whole.ratio) == (False, "x: a is not b", 3)
    assert (whole.ours.seconds, whole.theirs.seconds) == (2, 6)


def test_what_runs_is_counted_with_its_padding(tiny):
    """Rows times tokens, by layers; one token per row is a step of what writes; logits where the head is asked."""
    ids = torch.ones((3, 5), dtype=torch.long)
    with counted(tiny.model, writes=True) as counts, torch.inference_mode():
        tiny.model(input_ids=ids, logits_to_keep=2)
        tiny.model(ids[:, :1])
    assert vars(counts) == {
        "layer_passes": 24, "layer_tokens": 12 * 18, "prefilled_tokens": 15, "decode_steps": 1, "decoded_tokens": 3,
        "logits": 9,
    }  # fmt: skip
    with counted(tiny.model, writes=False) as counts, torch.inference_mode():
        tiny.model(ids[:, :1])
    assert (counts.prefilled_tokens, counts.decode_steps) == (3, 0)
    tiny.model(ids)
    assert counts.layer_passes == 12


def test_operations_are_two_per_parameter_and_token(tiny, setting):
    """Against a count of the parameters."""
    with counted(tiny.model, writes=False) as counts, torch.inference_mode():
        tiny.model(input_ids=torch.ones((2, 3), dtype=torch.long))
    body = sum(p.numel() for layer in tiny.model.model.layers for p in layer.parameters())
    head = tiny.model.lm_head.weight.numel()

    assert counts.flops(setting.shape) == pytest.approx(2 * 6 * (body + head))
