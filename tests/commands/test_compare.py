"""`harness compare` on the tiny model and on what was made of it."""

import json

import pytest

from harness.__main__ import main
from harness.prune.surgery import prune_layers


@pytest.fixture(scope="module")
def pruned(tiny, tmp_path_factory):
    """The tiny model without three layers, written by transformers alone."""
    folder = tmp_path_factory.mktemp("made") / "by-hand"
    model = prune_layers(tiny.model, [2, 6, 7])
    del model.config.kept_layers  # ours; nobody else writes it
    model.save_pretrained(folder)
    tiny.tokenizer.save_pretrained(folder)
    return folder


def test_a_checkpoint_of_anybodys_is_read_asked_and_judged(pruned, tmp_path, capsys):
    """Layers found, scores first, then verdicts, then what was gained; exit code 1, since it is broken."""
    figures, page = tmp_path / "figures.json", tmp_path / "page.html"
    code = main(
        ["compare", "tiny", str(pruned), "--limit", "60", "--no-speed", "--store", str(tmp_path / "s"), "--json",
         str(figures), "--html", str(page)]
    )  # fmt: skip
    shown = capsys.readouterr().out
    (found,) = json.loads(figures.read_text())["pruned"]

    assert code == 1
    assert "by-hand: 9 of the parent's 12 layers: without 2,6-7" in shown
    assert found["kept_layers"] == [0, 1, 3, 4, 5, 8, 9, 10, 11]
    assert found["verdict"] == "broken"
    assert "broken: less than 0.95 is kept on word_problems" in shown
    verdicts = {one["claim"]: one["verdict"] for one in found["claims"]}
    assert verdicts.pop("arithmetic-drop") in ("reproduced", "inconclusive")  # of 60 sums
    assert set(verdicts.values()) == {"reproduced"}
    assert found["claims"][0]["scores"][0]["task"] == "facts"
    assert '<h2>by-hand: <span class="verdict broken">broken</span></h2>\n<p>Less than 0.95 is kept' in page.read_text()
    for part in ("<p>9 of the parent&#39;s 12 layers: without 2,6-7</p>", "Retention by task", "<td>spared</td>"):
        assert part in page.read_text()
    assert "parameters  2.434 -> 1.844 M (0.76)" in shown
    assert "on disk     4.88 MB -> 7.38 MB (1.51)" in shown
    assert max(map(len, shown.splitlines())) <= 100


def test_data_that_the_tiny_model_is_not_asked_is_said(tmp_path, capsys, monkeypatch):
    """On stderr, once, before the models are asked."""
    monkeypatch.setattr("harness.commands.compare._compared", lambda *_: ({"model": "it", "verdict": "kept"}, None))

    assert main(["compare", "tiny", "tiny", "--data", str(tmp_path), "--store", str(tmp_path / "s")]) == 0
    assert capsys.readouterr().err == (
        f"--data {tmp_path} is not read: the tiny model knows its own mini-world only, and is asked its items\n"
    )


def test_a_copy_of_the_parent_is_called_so_and_loses_nothing(tiny, tmp_path, capsys):
    """No claim of a loss is reproduced, and nothing is broken."""
    folder = tmp_path / "copy"
    tiny.model.save_pretrained(folder)
    tiny.tokenizer.save_pretrained(folder)
    figures, store = tmp_path / "figures.json", tmp_path / "s"
    code = main(
        ["compare", "tiny", str(folder), "--limit", "30", "--no-speed", "--store", str(store), "--json", str(figures)]
    )
    (found,) = json.loads(figures.read_text())["pruned"]

    assert "copy: the same weights as the parent's, all 12 layers" in capsys.readouterr().out
    assert code in (0, 2)
    assert "reproduced" not in {one["verdict"] for one in found["claims"]}


def test_a_checkpoint_that_cannot_be_compared_costs_the_others_nothing(tiny, pruned, tmp_path, capsys):
    """It says why, and the next one is compared; what is done is in the file."""
    figures, silent = tmp_path / "figures.json", tmp_path / "silent"
    tiny.model.save_pretrained(silent)
    tiny.tokenizer.save_pretrained(silent)
    (silent / "chat_template.jinja").unlink()
    code = main(
        ["compare", "tiny", str(silent), str(pruned), "--limit", "5", "--no-speed", "--store", str(tmp_path / "s"),
         "--json", str(figures)]
    )  # fmt: skip
    first, second = json.loads(figures.read_text())["pruned"]

    assert "silent: not comparable: PRUNED" in capsys.readouterr().out
    assert first["verdict"] == "not comparable"
    assert second["kept_layers"] == [0, 1, 3, 4, 5, 8, 9, 10, 11]
    assert code == (1 if second["verdict"] == "broken" else 3)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["tiny", "nosuch"], "PRUNED nosuch"),
        (["nosuch", "tiny"], "PARENT nosuch"),
        (["tiny", "fixtures/tiny"], "PRUNED fixtures/tiny: there is no such folder in "),  # as from elsewhere
    ],
)
def test_bad_input_is_one_sentence_before_a_model_is_loaded(arguments, sentence, capsys, monkeypatch, tmp_path):
    """With exit code 4, as gate has it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("harness.models.load.load_model", lambda *_, **__: pytest.fail("loaded"))

    assert main(["compare", *arguments]) == 4
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1
    assert sentence in said[0]
