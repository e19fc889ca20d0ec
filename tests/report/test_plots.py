"""The plots of a claim on the page."""

from dataclasses import replace

import pytest

from harness.decide.registry import LOST, RETENTION
from harness.report.paper import figures
from harness.report.plots import SWEPT, THEIRS, plots_of
from harness.report.record import Effect
from tests.report.pages import RECORD

KEPT = {"estimate": 0.8, "low": 0.7, "high": 0.9}
LLAMA = "Llama-3.1-8B-Instruct"


def drawn(claim, measured, model="tiny", unit=RETENTION, minimum=0.1):
    """The plots of a row by title."""
    effect = Effect("e", 0.8, 0.7, 0.9, 0.95, unit)
    record = replace(RECORD, claim=claim, model=model, measurements=measured, effect=effect, minimum=minimum)
    return {plot.title: plot for plot in plots_of(record)}


@pytest.mark.parametrize(
    ("claim", "quantities"), [(c, tuple(names.values())) for c, names in THEIRS.items()] + [*SWEPT.items()]
)
def test_every_figure_of_the_paper_that_is_drawn_is_known(claim, quantities):
    """By the beginning of its name, with a value; a figure over layers has one a layer."""
    content = figures(claim)
    for quantity in quantities:
        known = [row["value"] for row in content["values"] if row["quantity"].startswith(quantity)]
        known += [row["values"] for row in content["arrays"] if row["quantity"] == quantity]
        assert any(value is not None for value in known), quantity


def test_retention_stands_beside_the_papers_own_values():
    """A diamond each, and in words whose and how known; of a model of the paper's, its own alone."""
    measured = {"classification_retention": KEPT, "generative_retention": KEPT}
    gap = drawn("classification-vs-generative-gap", measured)["Beside the paper's own values"]
    ceiling = drawn("recovery-ceiling", measured, LLAMA)["Beside the paper's own values"]

    assert gap.svg.count('class="paper"') == 4
    assert "classification: 0.655 all four, reported" in gap.caption
    assert ceiling.svg.count('class="paper"') == 2
    assert f"generation: 0.634 {LLAMA}, reported" in ceiling.caption
    assert "Beside the paper's own values" not in drawn("recovery-ceiling", {})


def test_a_retention_that_decides_stands_beside_its_minimum():
    """Claim 8's effect, the paper's figures, and the smallest that counts."""
    plot = drawn("low-ratios-are-viable", {}, minimum=0.7)["Beside the paper's own values"]

    assert plot.svg.count('class="minimum"') == 1
    assert plot.svg.count('class="paper"') == 2
    assert plot.caption.endswith("Dashed: the smallest retention that counts.")


def test_the_papers_sweeps_are_redrawn():
    """Of all its models beside another one, of the same model alone beside itself; scores as shares of the unpruned."""
    others = drawn("single-layer-sensitivity", {})
    own = drawn("single-layer-sensitivity", {}, LLAMA)
    sums = drawn("arithmetic-per-layer", {}, unit=LOST, minimum=0.2)["The paper's own: Mistral-7B-Instruct-v0.3"]

    assert len(others) == 3
    assert list(own) == [f"The paper's own: {LLAMA}"]
    assert "all_viz.ipynb cell 0" in own[f"The paper's own: {LLAMA}"].caption
    assert sums.svg.count('class="paper series0"') == 32
    assert sums.svg.count('class="minimum"') == 1


def test_the_effect_of_a_race_is_said_to_be_of_one_layer():
    """Its interval pays for no other layer."""
    plots = drawn("a-claim", {"effects": [{"layer": 3, **KEPT}], "race": [[0, 1, 2, 3, 4], [3, 1], [3]]})

    assert plots["The effect without the layer that a race chose"].caption == (
        "An interval is that of one layer, on items that did not choose it; dashed: the smallest effect that counts."
    )


def test_a_sweep_has_its_effect_by_layer_with_the_minimum():
    """Layers without numbers are not drawn."""
    effects = [{"layer": 0, **KEPT}, {"layer": 3, **KEPT}, {"layer": 4, **KEPT, "high": None}]
    plot = drawn("a-claim", {"effects": effects}, unit="share of answers")["The effect without each layer"]

    assert plot.svg.count("<circle") == 2
    assert plot.svg.count('class="minimum"') == 1
    assert "share of answers" in plot.svg


@pytest.mark.parametrize(("unit", "minimum", "dashed"), [(LOST, 0.2, 1), (RETENTION, 0.7, 0), ("points", 0.2, 0)])
def test_a_curve_of_retention_has_what_decides(unit, minimum, dashed):
    """1 less the share that must be lost, or the retention that must be kept; nothing of a gap or another quantity."""
    curve = {"x": "recovery tokens", "y": "generative retention", "points": [{"x": 1, **KEPT}, {"x": 9, **KEPT}]}
    plot = drawn("a-claim", {"curve": curve}, unit=unit, minimum=minimum)["Curve"]

    assert plot.svg.count('class="minimum"') == dashed
    assert bool(plot.caption) == bool(dashed)
    kept = drawn("low-ratios-without-recovery", {"curve": curve}, minimum=0.7)["Curve"]
    assert kept.svg.count('class="minimum"') == 1
