"""The replication report: what is stored of every claim, beside what its source says."""

import json
from pathlib import Path

import pytest

from harness.decide.designs import DESIGNS
from harness.errors import BadInput
from harness.report.replication import PAGE, page

ROOT = Path(__file__).parents[2]


def stored(folder, name, **fields):
    """A baseline of a tier, written below a folder."""
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    kept = {"claim": name.split("/")[1].split("--")[0], "model_fingerprint": "f", "params": {}, "items": "i"}
    path.write_text(json.dumps(kept | {"verdict": "reproduced", "minimum": 0.1} | fields))
    return folder


def part(text, claim):
    """What a page says of one claim."""
    return text.split(f"\n### {claim}\n")[1].split("\n#")[0]


def test_the_page_is_what_the_baselines_say():
    """It is written by a command, which is to be given again where a baseline changed."""
    assert (ROOT / PAGE).read_text() == page(ROOT / "baselines"), "give `python -m harness.report.replication` again"


def test_every_claim_has_its_place():
    """Decided anywhere or not, whoever makes it."""
    text = page(ROOT / "baselines")

    assert [line.removeprefix("### ") for line in text.splitlines() if line.startswith("### ")] == [
        claim
        for family in ("paper", "ours", "neighbours")
        for claim in sorted(DESIGNS)
        if DESIGNS[claim].family == family
    ]


def test_a_row_says_what_was_asked_and_what_came_of_it(tmp_path):
    """With the file that it is from, and the sentence that says why."""
    effect = {"estimate": 0.4, "low": 0.0999, "high": 0.5}
    params = {"method": "reverse", "limit": None, "protocol": "sound"}
    stored(
        tmp_path, "small/width-keeps-what-depth-loses--own--reverse.json", effect=effect, params=params,
        date="2026-11-28", because="the interval holds .10",
    )  # fmt: skip
    said = part(page(tmp_path), "width-keeps-what-depth-loses")

    assert (
        "| 1 | own | method reverse | +0.400 [+0.0999, +0.500] | 0.1 | - | proxy | reproduced | [2026-11-28]"
        "(../baselines/small/width-keeps-what-depth-loses--own--reverse.json) |\n"
    ) in said
    assert "\n- 1: the interval holds .10\n" in said


def test_what_a_row_said_before_stands_below_the_latest_first(tmp_path):
    """With the reason that was given for it; the first baselines have none."""
    history = [
        {"date": None, "verdict": "inconclusive", "effect": None, "reason": None},
        {"date": "2026-11-25", "verdict": "reproduced", "effect": {"estimate": 1, "low": 0, "high": 2}, "reason": "x"},
    ]
    stored(tmp_path, "tiny/arithmetic-drop--tiny.json", history=history)

    assert (
        "- 1, before, 2026-11-25: reproduced +1.000 [+0.000, +2.000] (x)\n- 1, before, undated: inconclusive\n"
    ) in part(page(tmp_path), "arithmetic-drop")


def test_a_command_stands_once_without_places_of_whoever_gave_it(tmp_path):
    """Stores and reports are anybody's own; rows of one command share it."""
    command = "pytest -q checks/ -p no:cacheprovider --store /tmp/s --report=r --limit 3 --update-baseline 'a reason'"
    for name in ("one", "two"):
        stored(tmp_path, f"tiny/arithmetic-drop--{name}.json", command=command)

    assert "- 1, 2 again: `pytest checks/ --limit 3`\n" in part(page(tmp_path), "arithmetic-drop")


def test_a_number_of_theirs_is_held_against_the_interval(tmp_path, monkeypatch):
    """And a proxy stays one, wherever the number lies."""
    monkeypatch.setattr("harness.report.replication.held_against", lambda *_: ("proxy", 0.45))
    stored(tmp_path, "tiny/arithmetic-drop--one.json", effect={"estimate": 0.4, "low": 0.3, "high": 0.5})
    stored(tmp_path, "tiny/arithmetic-drop--two.json", effect={"estimate": 0.2, "low": 0.1, "high": 0.3})
    said = part(page(tmp_path), "arithmetic-drop")

    assert "| 0.45, inside | proxy |" in said
    assert "| 0.45, outside | proxy |" in said


def test_a_claim_without_rows_says_so(tmp_path):
    """Nothing was decided."""
    assert "No row is stored of it" in part(page(tmp_path), "positions-vary-by-family")


def test_a_file_that_is_no_baseline_is_refused(tmp_path):
    """As everywhere."""
    stored(tmp_path, "tiny/arithmetic-drop--one.json", verdict=3)

    with pytest.raises(BadInput, match="is no baseline"):
        page(tmp_path)
