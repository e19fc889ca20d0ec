"""Every claim says what may be true of it."""

import re

import pytest

from harness.decide.designs import DESIGNS
from harness.errors import BadInput
from harness.report.paper import figures
from harness.selfcheck.simulated.truth import GUESSER, NULLS, TRUTHS, USELESS, Truth, state
from harness.selfcheck.simulated.truths import truths_of
from harness.selfcheck.simulated.worlds import FORM, Answers, Arm
from harness.tasks.roles import QUESTIONS

WORLD = Answers({"hit": Arm()})
TRUE = tuple(Truth(kind, kind, WORLD) for kind in ("minimum", "paper", "untrue"))


def test_every_claim_has_truths_and_tasks():
    """A new design without them fails here."""
    assert set(TRUTHS) == set(DESIGNS)
    assert set(QUESTIONS) == set(DESIGNS)
    assert all(set(QUESTIONS[claim].roles) - {FORM} == set(design.roles) for claim, design in DESIGNS.items())


@pytest.mark.parametrize("claim", DESIGNS)
def test_every_null_has_a_world_or_a_reason(claim):
    """Of all seven; and a reason is a sentence."""
    truths = truths_of(claim)

    assert tuple(truths.nulls)[: len(NULLS)] == NULLS
    assert all(len(why) > 20 for why in truths.none.values())
    assert {truth.kind for truth in truths.every()} == {"null", "minimum", "paper", "untrue"}
    assert len({truth.name for truth in truths.every()}) == len(truths.every())


@pytest.mark.parametrize("claim", [claim for claim, design in DESIGNS.items() if design.trains])
def test_a_claim_about_a_recovery_has_one_that_does_nothing(claim):
    """And one that destroys the model."""
    assert not set(truths_of(claim).none) & {USELESS, "a destroyed recovery"}


def test_a_claim_with_a_null_missing_is_refused():
    """In a sentence that names it."""
    with pytest.raises(BadInput, match=r"claim new: expected for each of a guesser, .*; missing: \['a guesser'\]"):
        state("new", TRUE, dict.fromkeys([name for name in NULLS if name != GUESSER], WORLD))
    with pytest.raises(BadInput, match="expected truths at the minimum, at the paper's figure, and one that is untrue"):
        state("new", TRUE[:2], dict.fromkeys(NULLS, WORLD))
    assert "new" not in TRUTHS


def test_a_claim_without_truths_is_refused():
    """With those that have some."""
    with pytest.raises(BadInput, match=r"claim .other. has no truths to be simulated; known are .*arithmetic-drop"):
        truths_of("other")


def test_the_wrong_decisions_of_each_kind():
    """Both at a null and at the minimum; else the other one than the truth."""
    wrong = {kind: Truth("", kind, WORLD).wrong for kind in ("null", "minimum", "paper", "untrue")}

    assert wrong["null"] == wrong["minimum"] == ("reproduced", "contradicted")
    assert (wrong["paper"], wrong["untrue"]) == (("contradicted",), ("reproduced",))
    assert Truth("", "minimum", WORLD, right="reproduced").wrong == ("contradicted",)


OWN = "25 % removed, recovered on self-generated answers"
EXTERNAL = "25 % removed, recovered on the external corpus"
QUOTED = [
    ("classification-vs-generative-gap", "spared", "classification retention, lowest of the four models"),
    ("classification-vs-generative-gap", "hit", "generative retention, highest of the four models"),
    ("self-generated-beats-external", "first", f"generative retention, {OWN} (Dolci prompts)"),
    ("self-generated-beats-external", "second", f"generative retention, {EXTERNAL} (Dolci)"),
    ("recovery-ceiling", "spared", f"classification retention, {OWN}"),
    ("recovery-ceiling", "hit", f"generative retention, {OWN}"),
    ("low-ratios-are-viable", "hit", "generative retention, 10 % removed"),
]


@pytest.mark.parametrize(("claim", "role", "quantity"), QUOTED)
def test_the_papers_figures_are_those_of_the_baselines(claim, role, quantity):
    """Retentions that the truths quote."""
    (paper,) = (truth for truth in truths_of(claim).every() if truth.kind == "paper")

    assert paper.world.arms[role].keeps in [
        row["value"] for row in figures(claim)["values"] if row["quantity"] == quantity
    ]


def test_shares_of_the_papers_counts_are_those_of_the_baselines():
    """Arithmetic .60 -> .38, brackets 1 -> 14 of 100, GSM8K and HumanEval+ without layer 15, Minitron's three."""
    known = {
        (claim, row["quantity"], row["model"]): row["value"]
        for claim in ("arithmetic-drop", "brackets-break", "single-layer-sensitivity")
        for row in figures(claim)["values"]
    }
    llama = "Llama-3.1-8B-Instruct"
    before = known["arithmetic-drop", "first digit, unpruned", llama]
    after = known["arithmetic-drop", "first digit, 25 % of the layers removed (block influence)", llama]
    broken = [
        known["brackets-break", f"programs with bracket errors{when}", "Mistral-7B-Instruct-v0.3"]
        for when in (", unpruned", " without layer 22")
    ]
    gsm8k, code, xsum = (
        known["single-layer-sensitivity", f"{name} retention without layer 15", llama]
        for name in ("GSM8K", "HumanEval+", "XSUM ROUGE-L")
    )
    paper = {
        claim: next(truth for truth in truths_of(claim).every() if truth.kind == "paper").world.arms
        for claim in ("arithmetic-drop", "brackets-break", "single-layer-sensitivity", "width-keeps-what-depth-loses")
    }
    text = figures("width-keeps-what-depth-loses")["table"][0]["text"]
    counts = [float(found) for found in re.findall(r"[\d.]+", text)]
    base, depth, width = counts[-3:]

    assert paper["arithmetic-drop"]["hit"].keeps == pytest.approx(after / before, abs=0.001)
    assert paper["brackets-break"]["broken"].rises == pytest.approx((broken[1] - broken[0]) / 100)
    assert paper["single-layer-sensitivity"]["spared"].keeps == xsum
    assert paper["single-layer-sensitivity"]["hit"].keeps == pytest.approx((gsm8k + code) / 2, abs=0.001)
    arms = paper["width-keeps-what-depth-loses"]
    assert (arms["first"].keeps, arms["second"].keeps) == pytest.approx((width / base, depth / base), abs=0.001)
