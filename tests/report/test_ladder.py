"""Claims over sizes: what is read, what is refused, what the table says."""

import dataclasses
import json

import pytest

from harness.__main__ import main
from harness.decide.designs import design_of
from harness.errors import BadInput
from harness.report.ladder import climbs, table
from harness.report.names import DRY
from harness.report.record import ClaimRecord, Effect, PaperFigure
from harness.report.rungs import read_steps
from harness.report.verdicts import write_verdicts
from harness.score.ledger import Cost

GAP = "classification-vs-generative-gap"
RECORD = ClaimRecord(
    GAP, "A claim", "tiny", "mini-0.6M", "abc", {"method": "reverse", "ratio": 0.25}, "reproduced", "because",
    Effect("gap", 0.4, 0.35, 0.45, 0.95, "fraction"), 0.001, 10, (0,), PaperFigure("x", "y"), Cost(1.0, 2, 3, 4, 5),
    minimum=design_of(GAP).minimum,
)  # fmt: skip
RUNGS = {"mini-0.6M": 600_000, "tiny": 2_434_432, "mini-10M": 10_000_000, "mini-30M": 30_000_000}


def row(model, estimate, verdict="reproduced", **other):
    """A row of a model whose size its costs tell."""
    effect = Effect("gap", estimate, estimate - 0.02, estimate + 0.02, 0.95, "fraction")
    told = {"cost_of_variants": {"base": {"parameters": RUNGS[model], "bytes": 1}}}
    return dataclasses.replace(
        RECORD,
        model=model,
        model_fingerprint=f"of {model}",
        minimum=design_of(other.get("claim", GAP)).minimum,
        effect=effect,
        verdict=verdict,
        measurements=told,
        **other,
    )


@pytest.fixture
def report(tmp_path):
    """Writes the report of a model."""

    def write(model, *rows):
        write_verdicts(tmp_path / model, rows, {})
        return tmp_path / model

    return write


def test_an_effect_that_rises_with_size_is_said_to_grow(report):
    """The table has the rungs by size, the sentence the slope."""
    folders = [report(model, row(model, 0.1 + 0.1 * at)) for at, model in enumerate(RUNGS)]
    (climb,) = climbs(read_steps(folders[::-1]))

    shown = table([climb])
    assert [step.model for step in climb.steps] == list(RUNGS)
    assert climb.slope.trend == "grows"
    assert "| mini-0.6M | 0.6 M | +0.100 [+0.080, +0.120] | reproduced |" in shown
    assert f"`{GAP}`, reverse 0.25: **grows with size**, +0.17" in shown


def test_a_rung_that_is_not_testable_is_in_the_table_and_not_in_the_slope(report):
    """What a condition refused has an effect, but none that says anything."""
    folders = [
        report(model, row(model, 0.4) if at else row(model, 0.0, "not testable", p_value=None))
        for at, model in enumerate(RUNGS)
    ]
    (climb,) = climbs(read_steps(folders))

    assert climb.slope.sizes == 3
    assert climb.slope.estimate == pytest.approx(0.0, abs=1e-9)
    assert "| mini-0.6M | 0.6 M | not testable | not testable |" in table([climb])
    assert table([climb]).endswith("; not testable on mini-0.6M")


def test_claims_of_several_runs_into_one_report_are_read(report):
    """A row of an earlier run holds the environment of that run."""
    report("tiny", row("tiny", 0.4))
    folder = report("tiny", row("tiny", 0.9, claim="arithmetic-drop"))
    assert [climb.claim for climb in climbs(read_steps([folder]))] == [GAP, "arithmetic-drop"]


def test_two_rungs_have_no_trend(report):
    """Any two lie on a line."""
    (climb,) = climbs(read_steps([report(model, row(model, 0.4)) for model in ("tiny", "mini-10M")]))
    assert climb.slope is None
    assert "measured on 2 of the rungs, and a trend needs 3 sizes" in table([climb])


def test_a_sweeps_wider_interval_is_not_taken_for_noisier_items(report):
    """An interval made for 24 looks has the error of one made for one look."""
    wide = dataclasses.replace(row("tiny", 0.4), effect=Effect("gap", 0.4, 0.4 - 0.0306, 0.4 + 0.0306, 0.9973, "x"))
    (one,), (other,) = (climbs(read_steps([report(str(at), each)])) for at, each in enumerate((row("tiny", 0.4), wide)))
    assert one.steps[0].error == pytest.approx(other.steps[0].error, rel=0.01)


REFUSED = {
    "nothing": (lambda report, tmp_path: [tmp_path / "none"], "holds no verdicts.json .No such file"),
    "other claims": (
        lambda report, tmp_path: [report("tiny", dataclasses.replace(row("tiny", 0.4), claim="brackets-break"))],
        "has none of the ladder's claims; expected one of classification-vs-generative-gap",
    ),
    "no size": (
        lambda report, tmp_path: [report("tiny", dataclasses.replace(row("tiny", 0.4), measurements={}))],
        "no row of tiny says how many parameters it has",
    ),
    "one rung twice": (
        lambda report, tmp_path: [
            report("tiny", row("tiny", 0.4), row("tiny", 0.4, params=RECORD.params | {"limit": 8}))
        ],
        r"classification-vs-generative-gap \(reverse 0.25\) has 2 rows of tiny; expected one",
    ),
    "other parameters": (
        lambda report, tmp_path: [
            report("tiny", row("tiny", 0.4)),
            report("mini-10M", row("mini-10M", 0.4, params=RECORD.params | {"limit": 8})),
        ],
        r"classification-vs-generative-gap \(reverse 0.25\) has limit None on tiny and 8 on mini-10M",
    ),
    "another tier": (
        lambda report, tmp_path: [
            report("tiny", row("tiny", 0.4)), report("mini-10M", row("mini-10M", 0.4, tier="gpu"))
        ],
        "has tier tiny on tiny and gpu on mini-10M",
    ),
    "another minimum": (
        lambda report, tmp_path: [report("tiny", dataclasses.replace(row("tiny", 0.4), minimum=0.5))],
        "the row of classification-vs-generative-gap on 'tiny' was decided with the minimum 0.5, and",
    ),
    "a dry run": (
        lambda report, tmp_path: [report("tiny", dataclasses.replace(row("tiny", 0.4), reason=DRY))],
        "on 'tiny' is of a dry run, which decides nothing",
    ),
    "one model under two names": (
        lambda report, tmp_path: [
            report(model, dataclasses.replace(row(model, 0.4), model_fingerprint="f00"))
            for model in ("tiny", "mini-10M")
        ],
        r"tiny and mini-10M are one model \(fingerprint f00\)",
    ),
    "an interval that ends before it begins": (
        lambda report, tmp_path: [
            report("tiny", dataclasses.replace(row("tiny", 0.4), effect=Effect("gap", 0.4, 0.5, 0.3, 0.95, "x")))
        ],
        r"on 'tiny' has the effect 0.4 \[0.5, 0.3\]; run its checks again",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_reports_that_cannot_be_compared_are_refused(case, report, tmp_path):
    """One sentence that names the folder or the claim."""
    folders, sentence = REFUSED[case]
    with pytest.raises(BadInput, match=sentence):
        climbs(read_steps(folders(report, tmp_path)))


def test_two_models_of_one_name_are_refused(report):
    """Their rows would be taken for one another's."""
    other = row("tiny", 0.4)
    other.measurements["cost_of_variants"]["base"]["parameters"] = 7
    with pytest.raises(BadInput, match="tiny has 7 and 2434432 parameters in different rows"):
        read_steps([report("one", row("tiny", 0.4)), report("two", other)])


def test_the_command_prints_and_writes_and_draws(report, tmp_path, capsys):
    """The table on the terminal, the figures in a file, the picture beside it."""
    folders = [str(report(model, row(model, 0.4))) for model in RUNGS]
    picture, figures = tmp_path / "ladder.png", tmp_path / "ladder.json"

    assert main(["ladder", "--report", *folders, "--json", str(figures), "--picture", str(picture)]) == 0
    assert "**stays**" in capsys.readouterr().out
    assert json.loads(figures.read_text())[0]["slope"]["trend"] == "stays"
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_file_that_cannot_be_written_is_one_sentence(report, tmp_path, capsys):
    """Before anything is read."""
    folder = str(report("tiny", row("tiny", 0.4)))
    assert main(["ladder", "--report", folder, "--json", f"{folder}/verdicts.json/file"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "verdicts.json/file: cannot be written (Not a directory: " in said.err


MALFORMED = {
    "effect": "much", "model": None, "measurements": [], "params": None, "paper": [], "cost": [1], "verdict": "maybe",
    "seeds": None, "model_fingerprint": 7, "unknown field": 1,
}  # fmt: skip


@pytest.mark.parametrize("field", MALFORMED)
def test_a_row_that_no_run_writes_is_one_sentence(report, tmp_path, field):
    """Whatever of it is not as it should be."""
    content = json.loads((report("tiny", row("tiny", 0.4)) / "verdicts.json").read_text())
    content["claims"][0][field] = MALFORMED[field]
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    (damaged / "verdicts.json").write_text(json.dumps(content))
    try:
        with pytest.raises(
            BadInput, match=r"^--report .*; run its checks again$|expected one of reproduced"
        ) as refusal:
            read_steps([damaged])
        assert "\n" not in str(refusal.value)
    finally:
        (damaged / "verdicts.json").unlink()
