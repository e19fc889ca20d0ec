"""`harness depth` on the tiny model."""

import json

import pytest

from harness.__main__ import main
from harness.commands import depth


def test_the_tiny_model_is_cut_until_it_breaks(tmp_path, capsys):
    """A line per cut and a sentence per group, in a terminal, in a file and in a picture."""
    figures, picture, page = (tmp_path / name for name in ("figures.json", "cuts.png", "page.html"))
    code = main(
        ["depth", "tiny", "--method", "reverse", "--most", "2", "--limit", "40", "--store", str(tmp_path / "s"),
         "--json", str(figures), "--picture", str(picture), "--html", str(page)]
    )  # fmt: skip
    shown = capsys.readouterr().out.splitlines()
    found = json.loads(figures.read_text())

    assert code == 0
    assert shown[0] == "tiny, layers chosen by reverse: what is kept of its scores, net of guessing"
    assert "generation keeps 0.9: not one may go, 1 already breaks it" in shown
    assert [row["plan"] for row in found["depths"]] == ["11", "10-11"]
    assert found["depths"][0]["cuts"]["generation"]["outcome"] == "broken"
    assert "generation" not in found["depths"][1]["cuts"]
    assert found["answers"] == shown[-4:]
    assert picture.read_bytes()[:4] == b"\x89PNG"
    assert "<p>generation keeps 0.9: not one may go, 1 already breaks it</p>" in page.read_text()
    assert page.read_text().count("<polyline") == 4


def test_a_method_is_shown_texts_of_one_s_own(tmp_path, capsys):
    """The answer says which, in the terminal and in the file."""
    texts, figures = tmp_path / "mine.txt", tmp_path / "figures.json"
    texts.write_text("tom has 12 apples . he gives ann 5 . now tom has 7 . " * 200)
    beside = ["--most", "1", "--limit", "10", "--store", str(tmp_path / "s"), "--json", str(figures)]

    assert main(["depth", "tiny", "--calibration", f"{texts}:4x16", *beside]) == 0
    assert "tiny, layers chosen by block_influence on mine.txt@" in (shown := capsys.readouterr().out)
    assert json.loads(figures.read_text())["calibration"] in shown


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--most", "12"], "--most 12: the model has 12 layers, and at least 1 must stay"),
        (["--most", "0"], "--most 0: expected a number of layers of at least 1"),
        (["--method", "nothing"], "--method nothing: unknown; use one of"),
        (["--keeps", "2"], "--keeps 2.0: expected a share above 0 and at most 1"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(options, said, tmp_path, capsys):
    """Before a model answers anything."""
    assert main(["depth", "tiny", "--store", str(tmp_path / "s"), *options]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("kept", "broken", "said"),
    [
        (0, 1, "not one may go, 1 already breaks it"),
        (0, 3, "3 break it; 1 to 2 are undecided, more items may tell (--limit)"),
        (1, 2, "1 layer may go; 2 break it"),
        (2, 5, "2 layers may go; 5 break it; 3 to 4 are undecided, more items may tell (--limit)"),
        (0, None, "1 to 6 are undecided, more items may tell (--limit)"),
        (5, None, "5 layers may go; 6 is undecided, more items may tell (--limit)"),
        (6, None, "6 layers may go; deeper cuts were not asked (--most)"),
    ],
)
def test_the_answer_is_a_sentence(kept, broken, said):
    """Of every way it can end."""
    assert depth._said(kept, broken, 6) == said
