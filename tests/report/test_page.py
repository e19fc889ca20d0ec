from dataclasses import replace
from pathlib import Path

from harness.report.page import write_page
from harness.report.record import ClaimRecord, Effect, PaperFigure
from harness.report.summary import explain
from harness.score.ledger import Cost
from harness.tasks.outcome import Outcome, TaskResult

RECORD = ClaimRecord(
    "a-claim", "Pruning hurts", "tiny", "tiny", "abc", {"method": "reverse", "ratio": 0.25, "limit": None},
    "reproduced", "the effect is large", Effect("gap", 0.4, 0.3, 0.5, 0.95, "fraction"), 0.001, 10, (0, 1),
    PaperFigure(".9 -> .3 [printed]", "Fig. 3", "printed", ("v1",), ("v1", "v4")), Cost(1.5, 2, 3, 4, 5_000_000),
)  # fmt: skip


def task(name, *scores, response="four `or` five"):
    """A task result with these scores."""
    outcomes = (Outcome(f"{name}{i}", s, "right" if s else "wrong", response) for i, s in enumerate(scores))
    return TaskResult(name, "number", 0.0, tuple(outcomes))


RESULTS = {
    "base": {"facts": task("facts", 1.0, 1.0, 1.0, 1.0), "code": task("code", 1.0)},
    "pruned": {"facts": task("facts", 0.0, 0.0, 0.0, 0.0), "code": task("code", 0.0, response="x " * 300)},
    "recovered": {"facts": task("facts", 1.0, 1.0, 1.0, 1.0), "code": task("code", 1.0)},
}


def test_the_page_answers_the_next_questions(tmp_path):
    """Verdict, the paper's figure with its mark, ours, parameters, cost, command and where the items lie."""
    path = write_page(tmp_path, RECORD, RESULTS, "pytest checks/")
    text = path.read_text()

    assert path == tmp_path / "claims" / "a-claim--tiny--reverse--0.25.md"
    for part in ("# Pruning hurts", "**reproduced**. The effect is large.",
                 ".9 -> .3 [printed] (Fig. 3; seen: the figure in v1; the claim in v1, v4)",
                 "gap 0.400 [0.300, 0.500], 0.95 interval, fraction", "p = 0.001", "10 items, seeds 0, 1",
                 "method reverse, ratio 0.25", "1.5 s, 2 prompt tokens", "peak memory 5 MB", "```\npytest checks/\n```",
                 str(tmp_path / "items" / "a-claim--tiny--reverse--0.25")):  # fmt: skip
        assert part in text


def test_a_claim_of_no_version_names_none(tmp_path):
    """What is ours, or another paper's, was seen in no version of this one."""
    text = write_page(
        tmp_path, replace(RECORD, paper=PaperFigure("not measured", "ours")), RESULTS, "pytest"
    ).read_text()

    assert "- paper: not measured (ours)\n" in text


def test_every_task_shows_its_scores_before_and_after(tmp_path):
    """A share lost says nothing of the score that it is a share of; of the variants that are shown."""
    text = write_page(tmp_path, RECORD, RESULTS, "pytest").read_text()
    recovered = write_page(tmp_path, RECORD, RESULTS, "pytest", ["recovered"]).read_text()

    assert "\nfacts: 1.000 (base) -> 0.000 (pruned), 1.000 (recovered), of 4 items\n" in text
    assert "\nfacts: 1.000 (base) -> 1.000 (recovered), of 4 items; no item lost\n" in recovered


def test_three_items_a_task_with_labels_and_a_short_answer(tmp_path):
    """Each task shows at most three, and an answer is cut at 200 characters."""
    text = write_page(tmp_path, RECORD, RESULTS, "pytest").read_text()

    assert "- `facts2` (pruned): right -> wrong, `four 'or' five`" in text
    assert "facts3" not in text
    assert f"`{('x ' * 100)} ...`" in text


def test_an_answer_does_nothing_to_a_page_or_a_terminal(tmp_path):
    """A model may write colours, bells, a change of direction, or the end of the quotation."""
    hostile = "\x1b[31mred\x1b[0m \x07 ` \u202e <b>"
    results = {
        variant: {
            task: replace(result, outcomes=tuple(replace(one, response=hostile) for one in result.outcomes))
            for task, result in by_task.items()
        }
        for variant, by_task in RESULTS.items()
    }
    text = write_page(tmp_path, RECORD, results, "pytest").read_text()

    assert "right -> wrong, `\\x1b[31mred\\x1b[0m \\x07 ' \\u202e <b>`" in text
    assert all(letter.isprintable() or letter == "\n" for letter in text)


def test_shown_variants_only(tmp_path):
    """A check names the variant that its verdict is about."""
    text = write_page(tmp_path, RECORD, RESULTS, "pytest", ["recovered"]).read_text()

    assert "of 4 items; no item lost" in text


def test_what_no_variant_was_asked_was_not_kept_either(tmp_path):
    """Of a task that only the unpruned model answered, nothing can be said to be lost or not."""
    results = RESULTS | {"base": RESULTS["base"] | {"sums": task("sums", 1.0)}}
    text = write_page(tmp_path, RECORD, results, "pytest").read_text()

    assert "sums: only the unpruned model was asked" in text
    assert text.count("no item lost") == 0


def test_an_explanation_shows_three_items_over_all_tasks():
    """Right-or-wrong losses are all equal, so tasks take turns."""
    lines = explain(RECORD, RESULTS, Path("items"), "pytest").splitlines()
    worst = [line.split()[1:3] for line in lines if line.startswith("  worst:")]

    assert worst == [["facts", "facts0"], ["code", "code0"], ["facts", "facts1"]]


def test_a_claim_without_results_has_a_page_too(tmp_path):
    """Nothing to show is no error."""
    assert "Pruning hurts" in write_page(tmp_path, RECORD, {}, "pytest").read_text()
