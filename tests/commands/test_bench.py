"""`harness bench` on the tiny model."""

import json

import pytest

from harness.__main__ import main
from harness.bench.setting import ROWS
from harness.errors import BadInput


def test_a_row_is_printed_and_kept(tmp_path, capsys):
    """In the form that the issue gives; a row that cannot run says why, and the others go on."""
    figures = tmp_path / "figures.json"
    code = main(
        ["bench", "--row", "impossible", "--row", "generation", "--items", "2", "--json", str(figures)]
    )  # fmt: skip
    shown, found = capsys.readouterr().out, json.loads(figures.read_text())

    assert code == 0
    assert main(["bench", "--row", "unlucky", "--row", "impossible"]) == 1
    assert "unlucky: broke off, ValueError: of a peer" in capsys.readouterr().out
    assert "impossible: left out, it cannot be had here" in shown
    assert found["left_out"] == {"impossible": "it cannot be had here"}
    (row,) = found["rows"]
    assert (row["name"], row["equal"]) == ("generation", True)
    assert row["peer"] == "transformers generate, batch 8"
    assert row["ratio"] > 0
    assert {type(row[name]) for name in ("ours_seconds", "peer_seconds")} == {float}
    assert row["counts"]["layer_passes"] > 0
    assert found["gemm_gflops"] > 0


@pytest.fixture(autouse=True)
def _impossible(monkeypatch):
    """A row that cannot be had."""

    def refuse(_):
        raise BadInput("it cannot be had here")

    import harness.bench.rows  # noqa: F401  # registers the others

    def fail(_):
        raise ValueError("of a peer\nand more")

    monkeypatch.setitem(ROWS, "impossible", refuse)
    monkeypatch.setitem(ROWS, "unlucky", fail)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--row", "nothing"], "--row nothing: expected one of adapters, classification"),
        (["--task", "code"], "--task code: its answers are written, expected a task of options"),
        (["--task", "arc_easy"], "is of a real benchmark, and the tiny tier has the mini-world only"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(options, said, capsys):
    """Before a model is loaded."""
    assert main(["bench", *options]) == 2
    assert said in capsys.readouterr().err
