"""The scoreboard's page and its command."""

import copy
import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.__main__ import main
from harness.conform.measured import folder_name, stored_path
from harness.rules import rules
from harness.subject import Subject
from harness.tasks.source import Bundled
from harness.text.thoughts import Thinking

ROOT = Path(__file__).parents[2]
STORED = sorted((ROOT / "baselines" / "tiny" / "scoreboard").glob("*.json"))
PAGES = {
    "scoreboard.md": "tiny/scoreboard",
    "scoreboard-small-bfloat16-wikitext2-8x64.md": "small/scoreboard-bfloat16-wikitext2-8x64",
}
ROWS = [(page, path) for page, folder in PAGES.items() for path in sorted((ROOT / "baselines" / folder).glob("*.json"))]


def rows(text, ratio):
    """Methods of one ratio's table, in its order."""
    section = text.partition(f"## {ratio:.0%} of the layers")[2].partition("\n## ")[0]
    return [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")]


@pytest.mark.parametrize(("page", "path"), ROWS, ids=[f"{page} {path.stem}" for page, path in ROWS])
def test_the_page_has_a_row_for_everything_stored(page, path):
    """A page that was written without a method, or forgotten, would lack it."""
    content = json.loads(path.read_text())
    assert content["method"] in rows((ROOT / "docs" / page).read_text(), content["ratio"])


def test_the_command_measures_and_writes_its_page(tmp_path, capsys):
    """One method, a few items: its scores lie beside the page that shows them, and the others are named as missing."""
    (tmp_path / "baselines").mkdir()
    (tmp_path / "docs").mkdir()
    asked = ["scoreboard", "--limit", "5", "--root", str(tmp_path), "--store", str(tmp_path / "store")]
    assert main([*asked, "--method", "reverse", "--ratio", "0.25", "--no-recovery"]) == 0
    folder = tmp_path / "baselines" / "tiny" / "scoreboard"
    assert capsys.readouterr().out.splitlines() == [
        str(stored_path(folder, "reverse", 0.25)),
        str(tmp_path / "docs" / "scoreboard.md"),
    ]

    assert main(asked) == 0  # writes the page only
    page = (tmp_path / "docs" / "scoreboard.md").read_text()
    assert rows(page, 0.25) == ["reverse"]
    assert "recovered" not in page
    assert "items)" in page
    assert "Not measured: angular_block, block_influence, " in page
    assert "block_pruner (135 passes over the texts), " in page
    assert "before the code that answers and judges was recorded" not in page
    assert "## 10%" not in page


def test_another_dtype_or_calibration_has_a_page_of_its_own(tmp_path, capsys):
    """It is another model, and other texts are other measurements; the page says which all methods were given."""
    (tmp_path / "baselines").mkdir()
    (tmp_path / "docs").mkdir()
    asked = ["scoreboard", "--limit", "5", "--root", str(tmp_path), "--store", str(tmp_path / "store")]
    asked += ["--dtype", "bfloat16", "--calibration", "c4:2x32", "--ratio", "0.25", "--no-recovery"]
    assert main([*asked, "--method", "reverse", "--method", "cosine_block"]) == 0
    name = "scoreboard-bfloat16-mini-world-text-2x32"
    folder, page = tmp_path / "baselines" / "tiny" / name, tmp_path / "docs" / f"{name}.md"
    assert capsys.readouterr().out.splitlines() == [
        str(stored_path(folder, "reverse", 0.25)),
        str(stored_path(folder, "cosine_block", 0.25)),
        str(page),
    ]

    assert "kept, in bfloat16, with" in page.read_text()
    assert "were all calibrated on the same: `mini-world-text:2x32`" in page.read_text()
    assert sorted(rows(page.read_text(), 0.25)) == ["cosine_block", "reverse"]


@pytest.mark.parametrize(
    ("on", "switch", "suffix"),
    [(False, "enable_thinking", ""), (True, "enable_thinking", "-thinking-7"), (False, "x", "-thinking-7")],
)
def test_a_model_that_thinks_has_a_scoreboard_of_its_own(tiny, on, switch, suffix):
    """What it answers after a thought is no measurement of what it answers without; nor with a longer one."""
    tokenizer = copy.deepcopy(tiny.tokenizer)
    tokenizer.chat_template = "{{ messages[0].content }}{% if " + switch + " %}<think>{% endif %}"
    subject = Subject(replace(tiny, tokenizer=tokenizer), "tiny", Bundled(), 5, None, thinking=Thinking(on, 7))

    assert folder_name(subject) == f"scoreboard{suffix}"


def test_the_page_says_where_checks_calibrate_otherwise():
    """Layers of the paper's own criterion are chosen on worked answers there, and on everybody's texts here."""
    said = (ROOT / "docs" / "scoreboard.md").read_text().partition("- classification")[0]
    assert "Checks calibrate `block_influence` as the source does, on worked answers (`mini-world-answers:64`)" in said


@pytest.mark.parametrize("path", STORED, ids=[path.stem for path in STORED])
def test_a_row_of_earlier_code_is_named(path):
    """It stays on the page; what today's judge would say of its answers is not known."""
    content = json.loads(path.read_text())
    section = (ROOT / "docs" / "scoreboard.md").read_text().partition(f"## {content['ratio']:.0%} of")[2]
    named = section.partition("\n## ")[0].partition("Measured by earlier versions of the code")[2].partition("\n")[0]
    assert (f"`{content['method']}`" in named) == (
        content.get("judged") != f"answers {rules('answers')}, judging {rules('judging')}"
    )


def test_scores_of_other_items_are_left_out(tmp_path):
    """A measurement on five items is not shown beside base scores of six."""
    (tmp_path / "baselines").mkdir()
    (tmp_path / "docs").mkdir()
    asked = ["scoreboard", "--root", str(tmp_path), "--store", str(tmp_path / "store")]
    main([*asked, "--limit", "5", "--method", "reverse", "--ratio", "0.25", "--no-recovery"])
    main([*asked, "--limit", "6"])
    assert rows((tmp_path / "docs" / "scoreboard.md").read_text(), 0.25) == []


@pytest.mark.parametrize(("before", "after", "said"), [("1", "0", True), ("0", "1", False)])
def test_a_recovery_that_may_have_ruined_its_model_is_named(tmp_path, before, after, said):
    """What is left of it says nothing of the method that chose the layers."""
    (tmp_path / "docs").mkdir()
    path = stored_path(tmp_path / "baselines" / "tiny" / "scoreboard", "reverse", 0.25)
    path.parent.mkdir(parents=True)
    asked = ["scoreboard", "--root", str(tmp_path), "--store", str(tmp_path / "store"), "--limit", "5"]
    main([*asked, "--method", "reverse", "--ratio", "0.25", "--no-recovery"])
    content = json.loads(path.read_text())
    content["before"] = {task: [before * 5] for task in content["before"]}
    content["after"] = {task: [after * 5] for task in content["before"]}
    path.write_text(json.dumps(content))
    main(asked)

    sentence = "The recovery may have taken 0.10 or more of the generation that was there before it"
    assert (sentence in (tmp_path / "docs" / "scoreboard.md").read_text()) == said


def test_another_models_measurement_is_not_written_over(tmp_path, capsys):
    """Hours of work in a file of the same name; nothing is measured before the refusal."""
    path = stored_path(tmp_path / "baselines" / "tiny" / "scoreboard", "reverse", 0.25)
    path.parent.mkdir(parents=True)
    (tmp_path / "docs").mkdir()
    text = STORED[0].read_text()
    path.write_text(text.replace(json.loads(text)["model_fingerprint"], "0123456789abcdef"))
    command = ["scoreboard", "--method", "reverse", "--ratio", "0.25", "--root", str(tmp_path)]

    assert main(command) == 2
    assert "was measured on another model (0123456789abcdef, now " in capsys.readouterr().err
    assert "0123456789abcdef" in path.read_text()
