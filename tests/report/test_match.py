"""What is an exact match, and how a row may speak of the paper's number."""

import dataclasses

import pytest

from harness.models.catalogue import MODELS
from harness.report.match import about_the_paper, held_against, inside, proxy_lines
from harness.report.paper import NONE, OURS, figures, paper_folder
from harness.report.record import ClaimRecord, Effect, PaperFigure
from harness.score.ledger import Cost

LLAMA = "Llama-3.1-8B-Instruct"
AS_THERE = {"method": "paper_bi", "ratio": 0.25, "protocol": "paper"}
EFFECTS = [(path.stem, row) for path in paper_folder().glob("*.json") for row in figures(path.stem).get("effects", ())]
RECORD = ClaimRecord(
    "arithmetic-drop", "A claim", "gpu", LLAMA, "abc", AS_THERE, "reproduced", "because",
    Effect("e", 0.4, 0.3, 0.5, 0.95, "u"), 0.001, 10, (0,), PaperFigure("x", "y", number=0.367), Cost(),
    match="exact", paper_inside=True,
)  # fmt: skip


def test_the_paper_s_own_run_is_an_exact_match():
    """Its model, its layers, its protocol, on the gpu tier; a subset of the items is the same data."""
    assert held_against("arithmetic-drop", LLAMA, "gpu", AS_THERE | {"limit": None}) == ("exact", 0.367)
    assert held_against("arithmetic-drop", f"meta-llama/{LLAMA}", "gpu", AS_THERE | {"limit": 100})[0] == "exact"


@pytest.mark.parametrize(
    ("label", "tier", "changed", "number"),
    [
        ("tiny", "tiny", {}, 0.556),
        (LLAMA, "small", {}, 0.367),
        (f"{LLAMA}-Q4_K_M", "gpu", {}, 0.367),
        (f"{LLAMA}-abliterated", "gpu", {}, 0.556),
        ("gemma-2-2b-it", "gpu", {}, 0.556),
        ("Qwen2.5-7B-Instruct", "gpu", {}, 0.615),  # the paper's figure is of its iterative layers
        (LLAMA, "gpu", {"method": "block_influence"}, 0.367),
        (LLAMA, "gpu", {"ratio": 0.3}, 0.367),
        (LLAMA, "gpu", {"dtype": "float32"}, 0.367),
        (LLAMA, "gpu", {"calibration": "c4:4x32"}, 0.367),
        (LLAMA, "gpu", {"protocol": "sound"}, None),  # whole answers are another quantity than first digits
    ],
)
def test_everything_else_is_a_proxy(label, tier, changed, number):
    """Another model, tier, method, ratio, number format, texts or protocol; the number is that of the same quantity."""
    assert held_against("arithmetic-drop", label, tier, AS_THERE | changed) == ("proxy", number)


@pytest.mark.parametrize("claim", ["classification-vs-generative-gap", "low-ratios-are-viable", "my-own-claim"])
def test_a_quantity_that_the_paper_does_not_have_has_no_number(claim):
    """Net of guessing, or recovered where that is not known: it has another definition there, or none."""
    assert held_against(claim, LLAMA, "gpu", AS_THERE) == ("proxy", None)


def test_every_effect_says_where_it_holds():
    """A number of a model or of all, under which parameters it is the same quantity, and how it is repeated."""
    assert len(EFFECTS) >= 5
    for claim, row in EFFECTS:
        assert set(row) == {"model", "value", "unit", "mark", "under", "as_there", "source"}, claim
        assert row["model"] is None or row["model"] in {model.title for model in MODELS}
        assert row["as_there"] is None or row["under"].items() <= row["as_there"].items()


def test_the_effects_of_arithmetic_follow_from_its_scores():
    """The share of the unpruned score that is lost, of each model and of their means, to three digits."""
    content = figures("arithmetic-drop")
    scores = {(row["model"], row["quantity"]): row["value"] for row in content["values"]}
    for row in content["effects"]:
        model, mean = row["model"] or "three", "" if row["model"] else ", mean of the three"
        before = scores[model, f"first digit, unpruned{mean}"]
        (after,) = (
            value for (of, what), value in scores.items()
            if of == model and what.startswith("first digit, 25 %") and "recovered" not in what
        )  # fmt: skip
        assert row["value"] == pytest.approx(1 - after / before, abs=0.001)


@pytest.mark.parametrize(("number", "found"), [(0.3, True), (0.5, True), (0.29, False), (0.51, False), (None, None)])
def test_inside_holds_the_ends(number, found):
    """A number on an end lies inside; without one, or without an effect, there is nothing to say."""
    assert inside(RECORD.effect, PaperFigure("x", "y", number=number)) is found
    assert inside(None, PaperFigure("x", "y", number=number)) is None


def test_only_an_exact_match_is_worded_as_evidence():
    """It agrees with the number or speaks against it; a proxy is no evidence, wherever the number lies."""
    outside = dataclasses.replace(RECORD, paper_inside=False)
    proxy = dataclasses.replace(outside, match="proxy")

    assert about_the_paper(RECORD).endswith("its 0.367 lies inside the interval, which agrees with it")
    assert about_the_paper(outside).endswith("its 0.367 lies outside the interval, which speaks against it")
    assert about_the_paper(proxy) == (
        "proxy: not the paper's model, method, ratio, data and protocol, so no evidence about its figure; its 0.367 "
        "lies outside the interval"
    )
    assert about_the_paper(dataclasses.replace(proxy, paper_inside=None)).endswith("about its figure")


def test_only_what_was_measured_beside_a_figure_is_counted_as_a_proxy():
    """A row of the unpruned model alone, or of a claim that no paper makes, has nothing that it could be a proxy of."""
    proxy = dataclasses.replace(RECORD, match="proxy")
    unmeasured = dataclasses.replace(proxy, effect=None, paper_inside=None)
    own = [dataclasses.replace(proxy, paper=paper, paper_inside=None) for paper in (NONE, OURS)]

    (line,) = proxy_lines([RECORD, proxy, proxy, unmeasured, *own])
    assert line == (
        "2 of these 3 rows do not repeat what the paper measured (its models, method, ratio, data and protocol) but "
        "a proxy of it: they say whether the claim holds here, and nothing about the paper's figures"
    )
    assert proxy_lines([proxy])[0].startswith("this row does not repeat what the paper measured")
    assert proxy_lines([proxy, proxy])[0].startswith("these rows do not repeat what the paper measured")
    assert proxy_lines([RECORD, unmeasured, *own]) == []
    assert about_the_paper(unmeasured) == "nothing was measured that could be held against the paper's figure"
    assert {about_the_paper(record) for record in own} == {"no figure of a paper stands beside it"}
