"""The script of the verdicts' audit (D1-D6), on the stored answers of the 0.5B model: none of its nulls is decided."""

import json
import random
from pathlib import Path

import pytest

from harness.decide.aside import aside
from harness.decide.designs import DESIGNS
from harness.decide.seeds import SeededTask, recovered_gap
from harness.decide.testable import decidable
from harness.decide.verdict import judge

SMALL = Path(__file__).parents[2] / "baselines" / "small"
MODEL = "qwen2.5-coder-0.5b"
CHANCES = {
    "hellaswag": 0.25, "piqa": 0.5, "mmlu": 0.25, "winogrande": 0.5, "openbookqa": 0.25, "arc_easy": 0.25,
    "arc_challenge": 0.25,
}  # fmt: skip
DECIDED = {"reproduced", "contradicted"}


def stored(claim):
    """`variant | task` -> scores, of the stored run on the 0.5B model in bfloat16."""
    path = next(iter(sorted(SMALL.glob(f"{claim}--{MODEL}*--dtype-bfloat16.json"))))
    return {
        cell: tuple(map(float, scores)) for cell, scores in json.loads(path.read_text())["item_scores"].items()
        if isinstance(scores, str)
    }  # fmt: skip


def verdict_of(claim, base, runs, chances=None):
    """The verdict on the tasks that the base leaves; `not testable` where it leaves none.

    Args:
        claim: its id.
        base: role -> task -> scores.
        runs: role -> task -> scores, of all roles.
        chances: of tasks that have one.
    """
    design, chances = DESIGNS[claim], chances or {}
    asked = {role: {task: (scores, chances.get(task, 0.0)) for task, scores in base[role].items()} for role in base}
    ground = decidable(design, {role: asked[role] for role in design.roles})
    if not ground.open:
        return "not testable"
    evidence = {
        role: [
            SeededTask(task, asked[role][task][0], (scores,), asked[role][task][1])
            for task, scores in tasks.items() if task in ground.kept.get(role, tasks)
        ]
        for role, tasks in runs.items()
    }  # fmt: skip
    return judge(design, evidence).verdict


def test_d1_a_guesser_decides_nothing():
    """Every choice guessed, no answer given: the old rule reproduced claim 1 in 300 of 300 runs."""
    scores, rng = stored("classification-vs-generative-gap"), random.Random(1)
    base = {"spared": {task: scores[f"base | {task}"] for task in CHANCES}, "hit": {"gsm8k": scores["base | gsm8k"]}}
    for _ in range(10):
        guessed = {task: tuple(float(rng.random() < CHANCES[task]) for _ in base["spared"][task]) for task in CHANCES}
        silent = {"gsm8k": (0.0,) * len(base["hit"]["gsm8k"])}

        assert (
            verdict_of("classification-vs-generative-gap", base, {"spared": guessed, "hit": silent}, CHANCES)
            not in DECIDED
        )


@pytest.mark.parametrize("claim", ["recovery-ceiling", "more-training-does-not-restore"])
def test_d2_a_recovery_that_does_nothing_decides_nothing(claim):
    """The pruned model in place of the recovered one; the old rule reproduced both."""
    scores = stored("classification-vs-generative-gap")
    of = {what: {task: scores[f"{what} | {task}"] for task in (*CHANCES, "gsm8k")} for what in ("base", "pruned")}
    groups = {"spared": tuple(CHANCES), "hit": ("gsm8k",), "before": ("gsm8k",), "earlier": ("gsm8k",)}
    design = DESIGNS[claim]
    roles = (*design.roles, *design.seen)
    base, runs = (
        {role: {task: of[what][task] for task in groups[role]} for role in roles} for what in ("base", "pruned")
    )

    assert verdict_of(claim, base, runs, CHANCES) not in DECIDED


@pytest.mark.parametrize("n", [100, 150, 1000])
def test_d3_two_arms_at_nothing_decide_nothing(n):
    """The old rule contradicted claim 6 from 150 items on."""
    base, nothing = (1.0,) * round(0.27 * n) + (0.0,) * (n - round(0.27 * n)), (0.0,) * n
    roles = ("first", "second", "before")

    assert verdict_of("self-generated-beats-external", {role: {"gsm8k": base} for role in roles},
                      {role: {"gsm8k": nothing} for role in roles}) not in DECIDED  # fmt: skip


def test_d3_two_forms_at_nothing_decide_nothing():
    """The old rule took a chance of .25 from a form in which a silent model scores 0, and contradicted claim 10."""
    scores = stored("gap-survives-controls")
    tasks_of = {
        "knowledge": ("arc", scores["base | arc_easy_generated"]),
        "reasoning": ("gsm8k", scores["base | gsm8k"]),
    }
    base = {
        f"{content} {depth}": {f"{task} {depth}": answered}
        for content, (task, answered) in tasks_of.items()
        for depth in ("at once", "after a chain")
    }
    nothing = {role: {task: (0.0,) * len(of) for task, of in tasks.items()} for role, tasks in base.items()}

    chances = {"arc at once": 0.25, "arc after a chain": 0.25}

    assert verdict_of("gap-survives-controls", base, nothing, chances) not in DECIDED


@pytest.mark.parametrize(("claim", "looks"), [("single-layer-sensitivity", 24), ("arithmetic-drop", 1)])
def test_d4_what_no_outcome_decides_is_known_from_the_base(claim, looks):
    """25 items a layer: everything that claim 2 predicts would not do. 18 of 100 sums: as a share of them it would."""
    if claim == "arithmetic-drop":
        base = {"hit": {"arithmetic": (stored(claim)["base | arithmetic"], 0.0)}}
    else:
        scores = stored(claim)
        base = {
            "spared": {"arc_easy": (scores["base | arc_easy"], 0.25)},
            "hit": {"gsm8k": (scores["base | gsm8k"], 0.0)},
        }
    found = decidable(DESIGNS[claim], base, looks)

    assert ("reproduced" in found.open) == (claim == "arithmetic-drop")


def test_d5_a_task_at_chance_ends_nothing():
    """It leaves its group; and a side measurement that it breaks is a sentence."""
    at_chance = (1.0,) * 25 + (0.0,) * 75
    base = {
        "spared": {"mmlu": at_chance, "arc": (1.0,) * 90 + (0.0,) * 10},
        "hit": {"gsm8k": (1.0,) * 80 + (0.0,) * 20},
    }
    runs = {role: {task: scores[::-1] for task, scores in tasks.items()} for role, tasks in base.items()}
    chances = {"mmlu": 0.25, "arc": 0.25}
    spared = [SeededTask("mmlu", at_chance, (at_chance,), 0.25)]
    hit = [SeededTask("gsm8k", base["hit"]["gsm8k"], (base["hit"]["gsm8k"],))]

    assert verdict_of("classification-vs-generative-gap", base, runs, chances) in DECIDED | {"inconclusive"}
    assert "no better" in (found := aside(recovered_gap, spared, hit, corrected=True)) or "guessing" in found


def test_d6_the_clearest_layer_does_not_contradict_for_another():
    """Removing one layer costs reasoning a fifth for all that is known; the other, of which more is known, nothing."""
    n, robust = 400, (1.0,) * 272 + (0.0,) * 128
    base, hit = (1.0,) * 108 + (0.0,) * 292, (1.0,) * 40 + (0.0,) * 68 + (1.0,) * 48 + (0.0,) * 244
    layers = [
        {"spared": [SeededTask("a", robust, (robust,))], "hit": [SeededTask("g", base, (after,))]}
        for after in (hit, base)
    ]
    found = judge(DESIGNS["single-layer-sensitivity"], layers)

    assert len(hit) == n
    assert found.intervals[1].high < DESIGNS["single-layer-sensitivity"].minimum
    assert found.verdict not in DECIDED
