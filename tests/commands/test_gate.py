"""`python -m harness gate`, from results to an exit code."""

import csv
import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from harness import __main__ as commands

ROOT = Path(__file__).parents[2]
BASELINE = ROOT / "baselines/tiny/classification-vs-generative-gap--tiny--block-influence--0.25.json"
BASE, NEW = f"{BASELINE}::base", f"{BASELINE}::pruned"


def table(path, base, new, task="arc"):
    """A table with the scores of both models."""
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["item", "task", "score", "base"])
        rows.writerows([f"i{n}", task, after, before] for n, (before, after) in enumerate(zip(base, new, strict=True)))
    return str(path)


def gate(*arguments):
    """The exit code."""
    return commands.main(["gate", *map(str, arguments)])


@pytest.mark.parametrize(("new", "code", "said"), [
    ([1] * 320 + [0] * 80, 0, "kept: more than 0.95 is kept"),
    ([1] * 160 + [0] * 240, 1, "broken: less than 0.95 is kept; in all 0.500"),
    ([1] * 300 + [0] * 100, 2, "undecided: 0.938"),
])  # fmt: skip
def test_the_verdict_is_the_exit_code(tmp_path, capsys, new, code, said):
    """0 kept, 1 broken, 2 undecided, in a table of at most 80 columns and a sentence."""
    assert gate(table(tmp_path / "both.csv", [1] * 320 + [0] * 80, new)) == code
    printed = capsys.readouterr().out

    assert said in " ".join(printed.split())
    assert max(map(len, printed.splitlines())) <= 80


def test_what_is_not_comparable_exits_with_3(capsys):
    """Another tier's items are no items of these."""
    other = ROOT / "baselines/tiny/arithmetic-drop--tiny--reverse--0.25.json"

    assert gate(BASE, f"{other}::pruned") == 3
    assert "the new model has no results of it" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(("arguments", "said"), [
    (["nowhere", NEW], "'nowhere': there is no such file or folder"),
    ([BASE, BASE], "given as base and as new; expected the results of two models"),
    ([BASELINE, NEW], "holds base, pruned; name one of them, as in"),
    ([BASE], "NEW_RESULTS is missing"),
    ([BASE, NEW, "--keeps", "95"], "--keeps 95.0: expected a share above 0 and at most 1"),
    ([BASE, NEW, "--task", "gsm9k"], "task 'gsm9k' is in neither log; there are code, "),
    ([BASE, NEW, "--chance", "code"], "--chance code: expected TASK=SHARE"),
    ([BASE, NEW, "--chance", "code=0", "--chance", "code=0.5"], "--chance code: given as 0 and as 0.5; expected one"),
    (["7/10", "6/10", "--task", "arc"], "--task: of 7/10 and 6/10 nothing is known but totals; leave it out"),
    (["7/10", "6/10", "--metric", "acc"], "--metric: of 7/10"),
    (["7/10", "6/10", "--common"], "--common: of 7/10"),
    (["7/10", "6/10", "--every-task"], "--every-task: of 7/10"),
    (["7/10", "6/10", "--chance", "arc=0.2"], "--chance arc: of 7/10"),
    ([BASE, NEW, "--json", "/nowhere/at/all.json"], "--json /nowhere/at/all.json: cannot be written"),
])  # fmt: skip
def test_bad_input_is_a_sentence_and_4(capsys, arguments, said):
    """Never 2, which is a verdict."""
    assert gate(*arguments) == 4
    assert said in capsys.readouterr().err


def test_a_fault_of_ours_is_no_verdict(monkeypatch, capsys):
    """Python would exit with 1, which means broken."""
    monkeypatch.setattr("harness.gate.decision.decide", lambda *_, **__: 1 / 0)

    assert gate(BASE, NEW) == 4
    assert "nothing is decided: a fault of this package" in capsys.readouterr().err


def test_a_wrong_command_line_exits_with_4(capsys):
    """The 2 of argparse would be read as undecided."""
    with pytest.raises(SystemExit) as ended:
        gate()

    assert ended.value.code == 4
    assert "required: BASE_RESULTS" in capsys.readouterr().err


def test_other_commands_keep_their_code():
    """2 for bad usage, as argparse has it."""
    with pytest.raises(SystemExit) as ended:
        commands.main(["rank", "--nonsense"])

    assert ended.value.code == 2


def test_the_answer_is_written_four_ways(tmp_path, capsys):
    """Markdown is appended to what a step wrote before; JSON, JUnit and the page are files of their own."""
    summary, content, junit, page = (tmp_path / name for name in ("summary.md", "gate.json", "gate.xml", "gate.html"))
    summary.write_text("before\n")

    assert gate(BASE, NEW, "--markdown", summary, "--json", content, "--junit", junit, "--html", page) == 1
    assert '<span class="verdict broken">broken</span></h2>\n<p>Less than 0.95 is kept on code' in page.read_text()
    assert page.read_text().count("<svg") == 1
    assert summary.read_text().startswith("before\n### broken: does classification-vs-generative-gap, pruned keep 0.95")
    assert json.loads(content.read_text())["verdict"] == "broken"
    assert ET.fromstring(junit.read_text()).attrib["failures"] == "6"
    assert "broken: less than 0.95 is kept on code" in capsys.readouterr().out


@pytest.mark.parametrize(("file", "other"), [("answer", "--markdown"), ("results.csv", "NEW_RESULTS")])
def test_an_answer_writes_over_nothing(tmp_path, capsys, file, other):
    """Neither over another form of it nor over what it read."""
    both = table(tmp_path / "results.csv", [1] * 40, [1] * 40)
    before = Path(both).read_text()

    assert gate(both, "--json", tmp_path / file, "--markdown", tmp_path / "answer") == 4
    assert f"{other} names it too; expected a file of its own for each" in capsys.readouterr().err
    assert Path(both).read_text() == before


def test_half_a_character_in_a_name_is_written(tmp_path):
    """JSON may hold it; no file of text can."""
    rows = [{"item": n, "task": "a\ud800", "score": 1, "base": 1} for n in range(200)]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    files = [tmp_path / name for name in ("a.md", "a.json", "a.xml", "a.html")]
    given = zip(("--markdown", "--json", "--junit", "--html"), files, strict=True)

    assert gate(tmp_path / "a.jsonl", *(part for pair in given for part in pair)) == 0
    assert all("a\\ud800" in file.read_text(encoding="utf-8") for file in (files[0], files[3]))


def test_help_says_what_the_codes_mean(capsys):
    """A CI reads nothing else."""
    with pytest.raises(SystemExit):
        gate("--help")

    assert "Exits with 0 kept, 1 broken, 2 undecided, 3 not comparable, 4 bad input." in " ".join(
        capsys.readouterr().out.split()
    )


def test_it_imports_neither_torch_nor_the_tools(tmp_path):
    """It runs where none of them is installed, in well under two seconds, with a page too."""
    page = str(tmp_path / "page.html")
    code = (
        f"import sys; from harness.__main__ import main; main(['gate', {BASE!r}, {NEW!r}, '--html', {page!r}]); "
        "sys.exit(str({'torch', 'transformers', 'lm_eval', 'pandas', 'scipy', 'statsmodels'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert "set()" in done.stderr
