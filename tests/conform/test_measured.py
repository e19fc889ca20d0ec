"""A stored reference is used only where it would be measured alike today."""

import dataclasses
from types import SimpleNamespace

import pytest

from harness.conform import measured
from harness.conform.measured import Measured
from harness.report.baseline import content_hash, item_hash
from harness.rules import rules
from harness.tasks.outcome import Outcome, TaskResult

BASE = {"gsm8k": TaskResult("gsm8k", "number", 0.0, (Outcome("0", 1.0, "right", ""),), "said")}
SUBJECT = SimpleNamespace(
    loaded=SimpleNamespace(fingerprint="f"), choices=SimpleNamespace(calibrated_on=lambda _: "c4:1")
)
STORED = Measured(
    "reverse", 0.25, "f", item_hash({"base": BASE}), ("3",), {}, {}, "c4:1", content_hash({"base": BASE}),
    f"answers {rules('answers')}, judging {rules('judging')}",
)  # fmt: skip


@pytest.mark.parametrize(
    "change", [{"model_fingerprint": "g"}, {"items": "i"}, {"calibration": "c4:2"}, {"contents": "x"}]
)
def test_another_model_item_or_text_is_measured_anew(change):
    """Each in turn; and a control."""
    assert STORED.is_of(SUBJECT, BASE)
    assert not dataclasses.replace(STORED, **change).is_of(SUBJECT, BASE)


def test_other_texts_under_the_same_ids_are_other_items():
    """GSM8K's ids are row numbers."""
    edited = {"gsm8k": dataclasses.replace(BASE["gsm8k"], content="edited")}
    assert item_hash({"base": edited}) == item_hash({"base": BASE})
    assert not STORED.is_of(SUBJECT, edited)


def test_another_judge_is_told_from_todays(monkeypatch):
    """A row stays on the page under its name; as a rival of a new method it is measured anew."""
    assert STORED.by_todays_code
    monkeypatch.setattr(measured, "_judge", lambda: "another judge")
    assert not STORED.by_todays_code
    assert STORED.is_of(SUBJECT, BASE)
