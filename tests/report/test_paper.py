import re
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from harness.decide.association import at_depths
from harness.errors import BadInput
from harness.report import paper
from harness.report.paper import figures, paper_figure, paper_folder, paper_model

ROOT = Path(__file__).parent.parent.parent
MARKS = {"printed", "digitised", "inferred", "reported", "unknown"}
VERSIONS = {"v1", "v2", "v4"}
CLAIMS_PAGE = (ROOT / "docs" / "claims.md").read_text()
CLAIMS = re.findall(r"^\| \d+ \| `([a-z-]+)`", CLAIMS_PAGE, re.MULTILINE)
DEPTHS = {"Qwen2.5-7B-Instruct": 28, "Llama-3.1-8B-Instruct": 32, "Mistral-7B-Instruct-v0.3": 32}


def value(claim, model, quantity):
    """The row of one figure."""
    (row,) = (row for row in figures(claim)["values"] if (row["model"], row["quantity"]) == (model, quantity))
    return row


def numbers(rows):
    """Every figure of values and arrays."""
    for row in rows:
        entries = row["values"] if "values" in row else [row["value"]]
        yield from (entry for entry in entries if entry is not None)


def test_every_claim_has_a_file_and_every_file_a_claim():
    """The folder and docs/claims.md name the same claims."""
    assert len(CLAIMS) == 13
    assert set(CLAIMS) == {path.stem for path in paper_folder().glob("*.json")}


@pytest.mark.parametrize("claim", CLAIMS)
def test_every_figure_says_how_it_is_known(claim):
    """Each value has model, unit, source, n and a mark; null and `unknown` go together."""
    content = figures(claim)

    assert content["claim"] == claim
    for row in [*content["values"], *content["arrays"]]:
        assert all(row[name] for name in ("quantity", "model", "unit", "source"))
        assert row["mark"] in MARKS
        assert row["n"] is None or row["n"] > 0
    assert all((row["value"] is None) == (row["mark"] == "unknown") for row in content["values"])


@pytest.mark.parametrize("claim", CLAIMS)
def test_the_table_says_nothing_else_than_the_values(claim):
    """Every decimal in a text for the table is one of the file's figures, rounded."""
    content = figures(claim)
    known = list(numbers([*content["values"], *content["arrays"]]))

    assert content["table"][0]["model"] is None
    for row in content["table"]:
        assert row["mark"] in MARKS
        assert row["source"]
        text = re.sub(r"Llama-3\.1|Qwen2\.5", "", row["text"])
        for found in re.findall(r"(?:(?<!\d)[+-])?\d*\.\d+", text):
            digits = len(found.split(".")[1])
            assert any(abs(float(found) - number) < 0.51 * 10**-digits for number in known), (text, found)


@pytest.mark.parametrize("claim", CLAIMS)
def test_every_figure_says_which_versions_state_it(claim):
    """Those that its source names, and of notebooks, tables and the checklist v1; none where it is unknown."""
    content = figures(claim)

    assert set(content["stated_in"]) <= VERSIONS
    for row in [*content["table"], *content["values"], *content["arrays"]]:
        named = set(re.findall(r"\bv\d\b", row["source"])) or {"v1"}
        assert set(row["stated_in"]) == (set() if row["mark"] == "unknown" else named), row
        assert set(row["stated_in"]) <= set(content["stated_in"])


def test_claims_name_the_versions_that_state_them():
    """The column of docs/claims.md is what the files say."""
    rows = re.findall(r"^\| \d+ \| `([a-z-]+)` .*\| ([^|]*) \|$", CLAIMS_PAGE, re.MULTILINE)

    assert {claim: re.findall(r"\bv\d\b", cell) for claim, cell in rows} == {
        claim: figures(claim)["stated_in"] for claim in CLAIMS
    }


@pytest.mark.parametrize(
    ("claim", "number", "versions"),
    [
        ("more-training-does-not-restore", 4e11, ["v2"]),
        ("more-training-does-not-restore", 1e11, ["v4"]),
        ("recovery-ceiling", 0.9, ["v1", "v2", "v4"]),
        ("self-generated-beats-external", 20, ["v1"]),
        ("self-generated-beats-external", 30, ["v1"]),
    ],
)
def test_figures_of_the_abstracts(claim, number, versions):
    """What changed between them: 400B tokens became 100B, and the 20-30 points of v1 are gone."""
    (row,) = (row for row in figures(claim)["values"] if row["value"] == number)

    assert row["stated_in"] == versions


def test_arrays_have_one_value_a_layer():
    """An array over removed layers is as long as its model is deep."""
    rows = [row for claim in CLAIMS for row in figures(claim)["arrays"] if row["index"].startswith("removed layer")]

    assert len(rows) > 20
    assert all(len(row["values"]) == DEPTHS[row["model"]] for row in rows)


@pytest.mark.parametrize(
    ("claim", "model", "quantity", "expected"),
    [
        ("arithmetic-drop", "Qwen2.5-7B-Instruct", "first digit, unpruned", (0.96, 100, "printed")),
        ("arithmetic-drop", "Qwen2.5-7B-Instruct", "first digit, 25 % of the layers removed (iterative)",
         (0.37, 100, "printed")),
        ("arithmetic-per-layer", "Mistral-7B-Instruct-v0.3", "first digit, unpruned, per-layer probe",
         (0.75, 200, "printed")),
        ("single-layer-sensitivity", "Llama-3.1-8B-Instruct", "GSM8K retention without layer 15",
         (0.101, 100, "digitised")),
        ("single-layer-sensitivity", "Qwen2.5-7B-Instruct", "GSM8K unpruned", (0.98, 50, "inferred")),
        ("brackets-break", "Mistral-7B-Instruct-v0.3", "programs with bracket errors without layer 29",
         (4, 100, "printed")),
        ("classification-vs-generative-gap", "all four", "generative retention, lowest of the four models",
         (0.143, None, "reported")),
        ("classification-vs-generative-gap", "gemma-2-2b-it", "generative retention", (None, None, "unknown")),
    ],
)  # fmt: skip
def test_known_figures(claim, model, quantity, expected):
    """Spot values against the notebooks."""
    row = value(claim, model, quantity)

    assert expected == (row["value"], row["n"], row["mark"])


@pytest.mark.parametrize("layer", [1, 6])
def test_what_arithmetic_loses_without_a_layer_is_the_curves(layer):
    """1 - accuracy without it / the base's."""
    model = "Mistral-7B-Instruct-v0.3"
    (curve,) = (
        a for a in figures("arithmetic-per-layer")["arrays"] if a["quantity"] == "first digit without one layer"
    )
    lost = (
        1
        - curve["values"][layer]
        / value("arithmetic-per-layer", model, "first digit, unpruned, per-layer probe")["value"]
    )

    assert value("arithmetic-per-layer", model, f"share of the first digits lost without layer {layer}")[
        "value"
    ] == pytest.approx(lost, abs=0.001)


def test_how_far_the_families_lie_apart_is_our_correlation_of_their_curves():
    """Of GSM8K without each layer but the first, as claim 13 lays them over each other."""
    curves = {
        row["model"]: np.array(row["values"], dtype=float)
        for row in figures("single-layer-sensitivity")["arrays"]
        if row["quantity"] == "GSM8K retention"
    }
    rows = [row for row in figures("positions-vary-by-family")["values"] if row["value"] is not None]

    assert len(rows) == 3
    for row in rows:
        pair = [curves[name] for name in row["model"].split(" and ")]
        one, other = (at_depths(curve, min(map(len, pair)))[1:] for curve in pair)
        assert row["value"] == pytest.approx(1 - spearmanr(one, other).statistic, abs=0.001)


def test_a_model_of_the_paper_gets_its_own_figure():
    """Folder names, hub names and quantised files of the paper's models; every other model gets the summary."""
    assert paper_figure("arithmetic-drop", "Qwen2.5-7B-Instruct").value == "first digit .96 -> .37 [printed]"
    assert (
        paper_figure("arithmetic-drop", "Meta-Llama-3.1-8B-Instruct-Q4_K_M").value == "first digit .60 -> .38 [printed]"
    )
    assert "Mistral-7B" in paper_figure("arithmetic-drop", "tiny").value
    assert paper_figure("arithmetic-drop", "gemma-2-2b-it") == paper_figure("arithmetic-drop")
    assert paper_figure("arithmetic-drop").mark == "printed"
    assert "n=100" in paper_figure("arithmetic-drop").source
    assert paper_figure("arithmetic-drop").stated_in == ("v1",)
    assert paper_figure("arithmetic-drop").claim_in == ("v1", "v2", "v4")


@pytest.mark.parametrize("label", ["Qwen2.5-7B-Instruct-1M", "DeepSeek-R1-Distill-Llama-8B", "Qwen2.5-7B", ""])
def test_a_relative_is_another_model(label):
    """A longer or shorter name is not the paper's model."""
    assert paper_model(label) is None


def test_an_unknown_claim_is_named_with_the_known_ones():
    """A misspelt claim gets a sentence."""
    with pytest.raises(BadInput, match=r"claim 'arithmetic': .* arithmetic-drop, arithmetic-per-layer, brackets-break"):
        paper_figure("arithmetic")


def test_an_installed_package_has_its_own_copy(monkeypatch, tmp_path):
    """The wheel's `harness/bundled/paper` is found, and its absence is said."""
    monkeypatch.setattr(paper, "__file__", str(tmp_path / "harness" / "report" / "paper.py"))
    with pytest.raises(BadInput, match="reinstall"):
        paper_folder()
    (tmp_path / "harness" / "bundled" / "paper").mkdir(parents=True)

    assert paper_folder() == tmp_path / "harness" / "bundled" / "paper"
