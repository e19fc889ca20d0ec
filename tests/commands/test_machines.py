"""`python -m harness machines`."""

import json

import pytest

from harness.__main__ import main


@pytest.fixture
def plan(tmp_path):
    """A plan of one model with two checks, one of which takes a method."""
    checks = [
        {"claim": claim, "params": params, "work": {"seconds": seconds}, "beside_the_model": 0.0}
        for claim, params, seconds in (("drop", {"method": "reverse"}, 3600.0), ("sweep", {}, 7200.0))
    ]
    (tmp_path / "plan.json").write_text(json.dumps({"tiny": {"checks": checks, "total": {"seconds": 10800.0}}}))
    return tmp_path / "plan.json"


def test_time_idle_share_and_cost_by_machines(plan, capsys):
    """Ten methods by an hour and a sweep of two: twelve hours of work, two at least."""
    assert main(["machines", str(plan), "--methods", "10", "--machines", "1", "--machines", "8", "--price", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()

    assert lines[0] == "1 model, 11 cells, 12.0 h of one machine; the longest is tiny sweep: 2.0 h"
    assert [line.split() for line in lines[3:]] == [
        ["1", "12.0", "h", "12.0", "h", "0%", "24.00"],
        ["8", "2.0", "h", "2.0", "h", "25%", "32.00"],
    ]


def test_figures_and_a_picture_are_written(plan, tmp_path, capsys):
    """For programs and for eyes."""
    pytest.importorskip("matplotlib")
    figures, picture = tmp_path / "m.json", tmp_path / "m.png"
    main(["machines", str(plan), "--json", str(figures), "--picture", str(picture)])

    assert [each["machines"] for each in json.loads(figures.read_text())] == [1, 2, 4, 8, 16, 32, 64, 128, 256]
    assert json.loads(figures.read_text())[0]["seconds"] == 10800
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert "1 model, 2 cells" in capsys.readouterr().out


def test_one_model_in_two_plans_is_refused(plan, capsys):
    """Its checks would be counted twice."""
    (plan.parent / "again.json").write_text(plan.read_text())

    assert main(["machines", str(plan), str(plan.parent / "again.json")]) == 2
    assert "again.json: has tiny, and so has another plan; name one plan per model" in capsys.readouterr().err


def test_a_check_that_could_not_be_planned_is_named(plan, capsys):
    """What it takes is not nothing, but unknown; where that is all there is, nothing is reckoned."""
    content = json.loads(plan.read_text())
    content["tiny"]["checks"][1]["notes"] = ["refused: alpaca cannot be read"]
    plan.write_text(json.dumps(content))

    assert main(["machines", str(plan), "--machines", "1"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("left out, as the plan could not walk through it: tiny sweep\n1 model, 1 cell")
    content["tiny"]["checks"][0]["notes"] = ["refused: alpaca cannot be read"]
    plan.write_text(json.dumps(content))
    assert main(["machines", str(plan)]) == 2
    assert "no check of the plans could be walked through" in capsys.readouterr().err
