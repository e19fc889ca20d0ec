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
MODEL, LAYERS = "qwen2.5-coder-0.5b", 24
CHANCES = {
    "hellaswag": 0.25, "piqa": 0.5, "mmlu": 0.25, "winogrande": 0.5, "openbookqa": 0.25, "arc_easy": 0.25,
    "arc_challenge": 0.25,
}  # fmt: skip
DECIDED = {"reproduced", "contradicted"}
GAP = "classification-vs-generative-gap"


def stored(claim):
    """`variant | task` -> scores, of the stored run on the 0.5B model in bfloat16."""
    path = next(iter(sorted(SMALL.glob(f"{claim}--{MODEL}*--dtype-bfloat16.json"))))
    return {
        cell: tuple(map(float, scores)) for cell, scores in json.loads(path.read_text())["item_scores"].items()
        if isinstance(scores, str)
    }  # fmt: skip


def of(what, tasks):
    """Task -> scores of the base or of the variant without a quarter of its layers, as stored of the first claim."""
    return {task: stored(GAP)[f"{what} | {task}"] for task in tasks}


def nothing(tasks):
    """As many wrong answers."""
    return {task: (0.0,) * len(scores) for task, scores in tasks.items()}


def guessed(tasks, rng):
    """As many answers, by chance."""
    return {task: tuple(float(rng.random() < CHANCES[task]) for _ in scores) for task, scores in tasks.items()}


def right(count, n):
    """So many right answers, then wrong ones."""
    return (1.0,) * count + (0.0,) * (n - count)


def verdict_of(claim, base, runs, layers=1):
    """The verdict on the tasks that the base leaves; `not testable` where it leaves none.

    Args:
        claim: its id.
        base: role -> task -> scores, of all roles.
        runs: the same of the variant; of a sweep, of every layer alike.
        layers: of a sweep.
    """
    design, chance = DESIGNS[claim], lambda task: CHANCES.get(task, 0.0)
    asked = {role: {task: (scores, chance(task)) for task, scores in base[role].items()} for role in design.roles}
    ground = decidable(design, asked, layers)
    if not ground.open:
        return "not testable"
    evidence = {
        role: [
            SeededTask(task, base[role][task], (scores,), chance(task))
            for task, scores in tasks.items() if task in ground.kept.get(role, tasks)
        ]
        for role, tasks in runs.items()
    }  # fmt: skip
    return judge(design, [evidence] * layers if design.sweep else evidence).verdict


def test_d1_a_guesser_decides_nothing():
    """Every choice guessed, no answer given: the old rule reproduced claim 1 in 300 of 300 runs."""
    base, rng = {"spared": of("base", CHANCES), "hit": of("base", ["gsm8k"])}, random.Random(1)

    for _ in range(10):
        runs = {"spared": guessed(base["spared"], rng), "hit": nothing(base["hit"])}
        assert verdict_of(GAP, base, runs) not in DECIDED


def test_d1_a_taste_for_a_letter_that_changes_is_no_retention():
    """The base of the 0.5B model picks B on 87 of 100 questions of MMLU, the variant A on all: that kept .69."""
    rng = random.Random(1)
    gold = [rng.choice("ABCD") for _ in range(1000)]
    base = {"spared": {"mmlu": tuple(float(letter == "B") for letter in gold)}, "hit": of("base", ["gsm8k"])}
    runs = {"spared": {"mmlu": tuple(float(letter == "A") for letter in gold)}, "hit": nothing(base["hit"])}

    assert verdict_of(GAP, base, runs) not in DECIDED


RECOVERED = ["recovery-ceiling", "more-training-does-not-restore", "self-generated-beats-external"]


def recovery(claim, before, after):
    """Base and runs of a claim about a recovery: variant before, and after; task -> scores, choices included."""
    design = DESIGNS[claim]
    roles = {role: CHANCES if role == "spared" else ["gsm8k"] for role in (*design.roles, *design.seen)}
    runs = {
        role: {task: (before if role == "before" else after)[task] for task in tasks} for role, tasks in roles.items()
    }
    return {role: of("base", tasks) for role, tasks in roles.items()}, runs


@pytest.mark.parametrize("claim", RECOVERED)
def test_d2_a_recovery_that_does_nothing_decides_nothing(claim):
    """The pruned model in place of the recovered one; the old rule reproduced claims 7 and 9."""
    pruned = of("pruned", [*CHANCES, "gsm8k"])

    assert verdict_of(claim, *recovery(claim, pruned, pruned)) not in DECIDED


@pytest.mark.parametrize("claim", RECOVERED)
def test_d2_a_recovery_that_destroys_decides_nothing(claim):
    """It guesses every choice and answers nothing, though something was left to destroy."""
    n = len(of("base", ["gsm8k"])["gsm8k"])
    half = {"gsm8k": right(13 * n // 100, n)} | of("pruned", CHANCES)
    ruined = guessed(of("base", CHANCES), random.Random(1)) | {"gsm8k": right(0, n)}

    assert verdict_of(claim, *recovery(claim, half, ruined)) not in DECIDED


@pytest.mark.parametrize("n", [100, 150, 1000])
def test_d3_two_arms_at_nothing_decide_nothing(n):
    """The old rule contradicted claim 6 from 150 items on."""
    base = {role: {"gsm8k": right(round(0.27 * n), n)} for role in ("first", "second", "before")}
    runs = {role: nothing(tasks) for role, tasks in base.items()}

    assert verdict_of("self-generated-beats-external", base, runs) not in DECIDED


def test_d3_two_forms_at_nothing_decide_nothing():
    """The old rule took a chance of .25 from a form in which a silent model scores 0, and contradicted claim 10."""
    scores = stored("gap-survives-controls")
    contents = {"knowledge": "arc_easy_generated", "reasoning": "gsm8k"}
    base = {
        f"{content} {depth}": {f"{task} {depth}": scores[f"base | {task}"]}
        for content, task in contents.items()
        for depth in ("at once", "after a chain")
    }

    assert verdict_of("gap-survives-controls", base, {role: nothing(tasks) for role, tasks in base.items()}) not in (
        DECIDED
    )


@pytest.mark.parametrize("claim", ["arithmetic-drop", "arithmetic-per-layer", "degeneration-is-not-the-cause"])
def test_d3_silence_is_no_ability_that_was_lost(claim):
    """A mute model gives no answer in the form asked for: nothing of what it can do was measured."""
    base = {"hit": {"sums": right(270, 300)}, "answered": {"sums": right(295, 300)}}
    layers = LAYERS if DESIGNS[claim].sweep else 1
    runs = {each: nothing(tasks) for each, tasks in base.items()}

    assert verdict_of(claim, base, runs, layers) not in DECIDED
    assert verdict_of(claim, base, runs | {"answered": base["answered"]}, layers) == "reproduced"


@pytest.mark.parametrize(
    ("claim", "tasks"),
    [
        ("single-layer-sensitivity", {"spared": "arc_easy", "hit": "gsm8k"}),
        ("degeneration-is-not-the-cause", {"hit": "gsm8k"}),
    ],
)
def test_d4_what_no_outcome_decides_is_known_from_the_base(claim, tasks):
    """25 items a layer, 6 of them right: everything that claim 2 or 4 predicts would not do."""
    scores = stored("single-layer-sensitivity")
    base = {role: {task: (scores[f"base | {task}"], CHANCES.get(task, 0.0))} for role, task in tasks.items()}

    assert not decidable(DESIGNS[claim], base, LAYERS).open


def test_d4_a_share_of_the_base_can_be_seen_where_points_could_not():
    """18 of 100 sums right: the old minimum of ten points was out of reach, a fifth of them is not."""
    base = {"hit": {"arithmetic": (stored("arithmetic-drop")["base | arithmetic"], 0.0)}}

    assert "reproduced" in decidable(DESIGNS["arithmetic-drop"], base).open


def test_d5_a_task_at_chance_ends_nothing():
    """It leaves its group; and a side measurement that it breaks is a sentence."""
    base = {"spared": {"mmlu": right(25, 100), "arc_easy": right(90, 100)}, "hit": {"gsm8k": right(80, 100)}}
    runs = {"spared": base["spared"], "hit": nothing(base["hit"])}
    spared = [SeededTask("mmlu", base["spared"]["mmlu"], (base["spared"]["mmlu"],), 0.25)]
    hit = [SeededTask("gsm8k", base["hit"]["gsm8k"], (base["hit"]["gsm8k"],))]

    assert verdict_of(GAP, base, runs) == "reproduced"  # of what ARC alone kept
    assert "chance correction needs a base above it" in aside(recovered_gap, spared, hit, corrected=True)


def test_d5_a_base_that_is_never_right_is_no_error():
    """As the 135M model on 20 items: the old check failed as if it were the method's fault."""
    base = {"spared": of("base", CHANCES), "hit": {"gsm8k": right(0, 20)}}

    assert verdict_of(GAP, base, base) == "not testable"


def test_d6_the_clearest_layer_does_not_contradict_for_another():
    """Removing one layer costs reasoning a fifth for all that is known; the other, of which more is known, nothing."""
    robust, base = right(272, 400), right(108, 400)
    hit = right(40, 108) + right(48, 292)
    layers = [
        {"spared": [SeededTask("a", robust, (robust,))], "hit": [SeededTask("g", base, (after,))]}
        for after in (hit, base)
    ]
    found = judge(DESIGNS["single-layer-sensitivity"], layers)

    assert found.intervals[1].high < DESIGNS["single-layer-sensitivity"].minimum
    assert found.verdict not in DECIDED
