"""How fast a machine is: by a measurement, whose clock is a test's, or by a profile."""

import json
from pathlib import Path

import pytest

from harness.errors import BadInput
from harness.foresee.published import published_model
from harness.foresee.rates import FEW, MANY, PROMPT, STEPS, measured, profile_of, profiled, rates_from
from harness.foresee.work import Rates
from harness.models.catalogue import MODELS, find

PROFILES = Path(__file__).parents[2] / "docs" / "device-profiles"


def test_rates_are_lines_through_few_rows_and_many():
    """What a pass costs whatever it holds, and what each token costs."""

    def seconds(rows):
        read = 0.5 + rows * PROMPT * 0.01
        return {("read", rows): read, ("written", rows): STEPS * (0.25 + rows * 0.02), ("scored", rows): read}

    found = rates_from(seconds(FEW) | seconds(MANY))
    assert (found.pass_seconds, found.token_seconds) == pytest.approx((0.5, 0.01))
    assert (found.step_seconds, found.row_seconds) == pytest.approx((0.25, 0.02))
    assert found.logit_seconds == 0


def test_a_measurement_ends_in_time(tiny):
    """On a clock that goes on by five seconds each time that it is looked at, few rows and one repeat are all."""
    looked = []

    def clock():
        looked.append(None)
        return 5.0 * len(looked)

    assert measured(tiny, clock).step_seconds > 0
    assert len(looked) < 30


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_a_published_model_is_its_shape(model):
    """Layers, and all parameters in the body and at both ends."""
    found = published_model(model)

    assert found.layers == model.depth
    assert found.weights == 2 * model.parameters
    assert model.parameters - found.body in (found.head, 2 * found.head)


def test_a_profile_gives_what_was_measured_there():
    """Of a model that was measured, its own figures; of any other one, what the machine is seen to reach."""
    profile = profile_of("nvidia-h200", PROFILES)
    paper = find("llama-3.1-8b")
    own = profiled(profile, published_model(paper), paper.name)
    other = profiled(profile, published_model(paper), None)

    measured_there = {row["what"]: row for row in profile["measurements"] if row["model"] == paper.name}
    assert 1 / own.token_seconds == pytest.approx(measured_there["prefill"]["per_second"])
    assert own.step_seconds + own.row_seconds == pytest.approx(
        1 / measured_there["greedy decoding, one row"]["per_second"]
    )
    assert other.token_seconds == pytest.approx(own.token_seconds, rel=0.5)
    assert other.step_seconds == pytest.approx(own.step_seconds, rel=0.5)
    assert isinstance(other, Rates)


def test_a_profile_that_is_none_is_refused(tmp_path):
    """With the names that are known."""
    (tmp_path / "broken.json").write_text(json.dumps({"machine": {}}))
    for text in ("nowhere", str(tmp_path / "broken.json")):
        with pytest.raises(BadInput, match=f"--device-profile {text}: expected one of nvidia-h200, or a file of"):
            profile_of(text, PROFILES)
