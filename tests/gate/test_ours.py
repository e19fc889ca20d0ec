"""This package's own results."""

import json
from pathlib import Path

import pytest

from harness.errors import BadInput
from harness.gate.pairs import pair
from harness.gate.read import read
from harness.gate.readers.ours import CHOICES
from harness.report.items import write_items
from harness.tasks.outcome import Outcome, TaskResult

ROOT = Path(__file__).parents[2]
BASELINE = ROOT / "baselines/tiny/classification-vs-generative-gap--tiny--block-influence--0.25.json"


@pytest.fixture
def report(tmp_path):
    """The item files of two variants, as a check writes them."""

    def result(task, *scores):
        outcomes = tuple(Outcome(f"{task}|{n}", score, "right", "x") for n, score in enumerate(scores))
        return TaskResult(task, "choice", 0.25, outcomes)

    variants = {"base": {"facts": result("facts", 1, 1, 0)}, "pruned": {"facts": result("facts", 0, 1, 0)}}
    write_items(tmp_path, "a-claim", variants)
    return tmp_path


def test_item_files_are_read(report):
    """One variant each; what guessing scores is known to the tasks."""
    base, pruned = (read(str(report / "items" / "a-claim" / f"{name}.jsonl")) for name in ("base", "pruned"))

    assert pair(base, pruned).tasks[0].paired.base == (1, 1, 0)
    assert pair(base, pruned).tasks[0].paired.pruned == (0, 1, 0)
    assert pair(base, pruned).tasks[0].paired.chance == 0.25


def test_another_prompt_under_one_name_is_another_question(report):
    """Item files say what was asked, so a changed template is refused by name."""
    folder = report / "items" / "a-claim"
    for path, prompt in ((folder / "base.jsonl", "Q: "), (folder / "pruned.jsonl", "Question: ")):
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        path.write_text("".join(json.dumps({**row, "prompt": prompt + row["item_id"]}) + "\n" for row in rows))

    (found,) = pair(read(f"{report}::base"), read(f"{report}::pruned")).tasks
    assert found.problems == ("3 of 3 items were asked with another prompt or target, such as facts|0",)


def test_forms_of_one_benchmark_are_drawn_together(report):
    """Their items have one name each."""
    folder = report / "items" / "a-claim"
    for path in folder.iterdir():
        rows = path.read_text()
        path.write_text(rows + rows.replace('"task": "facts"', '"task": "asked otherwise"'))
    first, second = pair(read(f"{report}::base"), read(f"{report}::pruned")).tasks

    assert first.paired.items == second.paired.items != ""


def test_a_variant_of_a_report_is_named(report):
    """Behind two colons; without, it says which there are."""
    assert read(f"{report}::pruned").model == "a-claim, pruned"
    with pytest.raises(BadInput, match=r"2 files of several variants; name one, .* \(base, pruned\)"):
        read(str(report))


def test_a_variant_of_two_claims_is_not_one(report):
    """Each claim has a base of its own."""
    other = report / "items" / "b-claim"
    other.mkdir()
    (other / "base.jsonl").write_bytes((report / "items" / "a-claim" / "base.jsonl").read_bytes())

    with pytest.raises(BadInput, match=r"2 files of 'base' \(a-claim, b-claim, ...\); name the folder of one claim"):
        read(f"{report}::base")


def test_baselines_are_read():
    """Right or wrong as digits, other scores as numbers."""
    log = read(f"{BASELINE}::pruned")

    assert {"code", "headlines"} <= log.tasks.keys()
    assert len(log.tasks["code"].items) == 300


def test_baselines_with_other_items_do_not_pair(tmp_path):
    """The hash of their ids names them."""
    content = json.loads(BASELINE.read_text())
    other = tmp_path / "other.json"
    other.write_text(json.dumps(content | {"items": "000000000000"}, sort_keys=True))

    found = pair(read(f"{BASELINE}::base"), read(f"{other}::pruned"))
    assert all(one.paired is None for one in found.tasks)


def test_another_protocol_is_named(tmp_path):
    """The paper's prompts are not ours."""
    content = json.loads(BASELINE.read_text())
    content["params"]["protocol"] = "paper"
    other = tmp_path / "other.json"
    other.write_text(json.dumps(content, sort_keys=True))

    assert (
        'protocol is "sound" for the base and "paper"'
        in pair(read(f"{BASELINE}::base"), read(f"{other}::base")).tasks[0].problems[0]
    )


def test_a_prompt_in_the_items_is_compared(report):
    """Where a report has it."""
    folder = report / "items" / "a-claim"
    for name, prompt in (("base", "Say it."), ("pruned", "Write it.")):
        rows = [json.loads(line) for line in (folder / f"{name}.jsonl").read_text().splitlines()]
        (folder / f"{name}.jsonl").write_text(
            "".join(json.dumps(row | {"prompt": prompt, "expected": "x"}) + "\n" for row in rows)
        )
    found = pair(read(f"{report}::base"), read(f"{report}::pruned"))

    assert "3 of 3 items were asked with another prompt" in found.tasks[0].problems[0]


def test_options_are_those_of_the_published_sets():
    """As `baselines/benchmarks.json` has them."""
    known = json.loads((ROOT / "baselines" / "benchmarks.json").read_text())["tasks"]

    assert {task: known[task]["options"] for task in CHOICES} == CHOICES
