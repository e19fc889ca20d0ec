"""`python -m harness power`."""

import json

import pytest

from harness.__main__ import main
from harness.selfcheck.simulated.summary import summary

SMALL = ["power", "--tier", "tiny", "--claim", "arithmetic-drop", "--items", "60", "--base", "0.6"]
FIELDS = (
    "claim", "truth", "kind", "tier", "n", "base", "runs", "reproduced", "contradicted", "inconclusive", "not_testable",
)  # fmt: skip


def test_shares_are_printed_and_written(tmp_path, capsys):
    """A row per truth; what is plainly untrue in a list of its own; why a null is none."""
    path = tmp_path / "power.json"
    assert main([*SMALL, "--runs", "4", "--json", str(path)]) == 0

    content, printed = json.loads(path.read_text()), capsys.readouterr().out
    assert [(row["kind"], row["truth"]) for row in content["rows"]] == [
        ("null", "a mute model"), ("null", "a base at chance"), ("minimum", "the minimum"),
        ("paper", "the paper's figure"),
    ]  # fmt: skip
    assert [row["truth"] for row in content["untrue"]] == ["nothing happened"]
    for row in (*content["rows"], *content["untrue"]):
        assert tuple(row)[: len(FIELDS)] == FIELDS
        assert (row["n"], row["base"], row["runs"], row["tier"]) == (60, 0.6, 4, "tiny")
        assert sum(row[verdict] for verdict in FIELDS[-4:]) == pytest.approx(1)
    assert content["no_null"]["arithmetic-drop"]["a guesser"].endswith("`reproduced` is right")
    assert "arithmetic-drop, tiny: base arithmetic 0.60 of 60" in printed
    assert "null     a mute model                                              0.0 %" in printed
    assert "| `arithmetic-drop` | 0.0 | 0.0 | " in printed
    assert "a wrong decision in more than" not in printed
    assert "5 truths and sizes: 5 of 4 runs each" in printed
    assert all(line.endswith("            4") for line in printed.splitlines() if " %" in line)


def test_what_errs_too_often_is_named():
    """The table shows the worst of each kind, and below it stands which truth that was."""
    row = {"claim": "c", "tier": "tiny", "runs": 20, "kind": "null", "truth": "a guesser", "reproduced": 0.2,
           "contradicted": 0.0, "wrong": ["reproduced", "contradicted"], "errors": ["reproduced"]}  # fmt: skip
    paper = row | {"kind": "paper", "reproduced": 0.8, "contradicted": 0.1, "wrong": ["contradicted"], "errors": []}

    text = summary([row, row | {"reproduced": 0.0, "errors": []}, paper, paper | {"tier": "gpu"}])
    assert "| `c` | 20.0 / - | - / - | 80.0 / 80.0 | - / - |" in text
    assert "null: a wrong decision in more than 5% of the runs\n  c, a guesser, tiny\n" in text


def test_a_grid_is_one_command(capsys):
    """Every number of items with every base."""
    assert main([*SMALL, "--items", "30", "--base", "0.02", "--runs", "1"]) == 0

    printed = capsys.readouterr().out
    assert [f"base arithmetic {base} of {items}" in printed for base in ("0.60", "0.02") for items in (30, 60)] == [
        True
    ] * 4


def test_a_truth_that_was_decided_wrongly_is_simulated_again_on_more_runs(monkeypatch, tmp_path):
    """Of the others the first runs are enough."""
    from harness.selfcheck.simulated import power

    path, asked = tmp_path / "power.json", []

    def rates(design, setting, truth, runs, seed=0, **_):
        asked.append((truth.name, runs))
        wrong = 0.25 if truth.name == "a mute model" else 0.0
        return power.Rates(runs, wrong, 0.0, 1 - wrong, 0.0, 100.0)

    monkeypatch.setattr(power, "rates", rates)

    assert main([*SMALL, "--kind", "null", "--runs", "4", "--again", "20", "--json", str(path)]) == 0
    assert asked == [("a mute model", 4), ("a mute model", 20), ("a base at chance", 4)]
    assert [row["runs"] for row in json.loads(path.read_text())["rows"]] == [20, 4]


def test_parts_that_were_run_by_themselves_make_one_table(tmp_path, capsys):
    """As if they had been simulated together; a file of something else is refused."""
    paths = [str(tmp_path / name) for name in ("tiny.json", "small.json")]
    both = ["power", "--claim", "arithmetic-drop", "--items", "60", "--base", "0.6", "--runs", "2"]
    for tier, path in zip(("tiny", "small"), paths, strict=True):
        assert main([*both, "--tier", tier, "--json", path]) == 0
    capsys.readouterr()
    assert main([*both, "--tier", "tiny", "--tier", "small"]) == 0
    together = capsys.readouterr().out
    assert main(["power", "--table", paths[0], "--table", paths[1]]) == 0
    table = capsys.readouterr().out

    assert "nulls decided: tiny / small" in table
    assert together.endswith(table)

    (tmp_path / "other.json").write_text("[]")
    assert main(["power", "--table", str(tmp_path / "other.json")]) == 2
    assert "other.json: expected a file that --json wrote" in capsys.readouterr().err


def test_one_kind_of_truth_can_be_asked_for(capsys):
    """The others are not simulated."""
    assert main([*SMALL, "--runs", "1", "--kind", "null"]) == 0

    printed = capsys.readouterr().out
    assert "null     a mute model" in printed
    assert "the minimum" not in printed
    assert "| `arithmetic-drop` | 0.0 | - | - | - |" in printed


def test_what_was_simulated_is_kept_when_it_is_stopped(tmp_path, monkeypatch):
    """Ctrl-C in the third truth leaves two."""
    from harness.selfcheck.simulated import power

    path, honest, seen = tmp_path / "power.json", power.rates, []

    def impatient(*args, **options):
        if len(seen) == 2:
            raise KeyboardInterrupt
        seen.append(args)
        return honest(*args, **options)

    monkeypatch.setattr(power, "rates", impatient)

    assert main([*SMALL, "--runs", "1", "--json", str(path)]) == 130
    assert [row["truth"] for row in json.loads(path.read_text())["rows"]] == ["a mute model", "a base at chance"]


def test_seeds_and_their_spread_can_be_named(tmp_path):
    """Of a claim that trains."""
    path = tmp_path / "power.json"
    command = ["power", "--tier", "small", "--claim", "low-ratios-are-viable", "--seeds", "2", "--spread", "0.08"]
    assert main([*command, "--runs", "1", "--json", str(path)]) == 0

    assert {(row["seeds"], row["spread"]) for row in json.loads(path.read_text())["rows"]} == {(2, 0.08)}
