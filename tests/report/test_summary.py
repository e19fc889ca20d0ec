import dataclasses
import math
from pathlib import Path

import pytest

from harness.decide.designs import DESIGNS
from harness.execute.sandbox import isolation_warnings
from harness.report.record import ClaimRecord, Effect, PaperFigure
from harness.report.summary import claim_line, closing_line, draw, others_lines
from harness.report.verdicts import record_from_json, record_to_json, with_adjusted_p
from harness.score.ledger import Cost

RECORD = ClaimRecord(
    "a-claim", "A claim", "tiny", "tiny", "abc", {"method": "reverse", "ratio": 0.25}, "reproduced", "because",
    Effect("gap", 0.4, 0.3, 0.5, 0.95, "fraction"), 0.03, 10, (0,), PaperFigure("x", "y"), Cost(1.0, 2, 3, 4, 5), {},
    family="a-family",
)  # fmt: skip
POINT = {"x": 0.1, "estimate": 0.8, "low": 0.7, "high": 0.9}


def records(*p_values):
    """Claims of one run with these p-values, corrected together."""
    return with_adjusted_p([dataclasses.replace(RECORD, p_value=p) for p in p_values])


def test_p_values_are_corrected_over_a_family_on_a_model():
    """Holm: the smallest counts for all, the largest for itself; an undefined one, or none, counts as a p of 1."""
    assert [record.p_adjusted for record in records(0.01, 0.02, math.nan, 0.5)] == [0.04, 0.06, None, 1.0]
    assert with_adjusted_p([]) == []


def test_a_family_has_its_whole_size_whatever_part_was_run():
    """The ten claims of the paper count when `-k` selects one, once each whatever methods it was run with."""
    family = [design.claim for design in DESIGNS.values() if design.family == "paper"]
    one = dataclasses.replace(RECORD, claim=family[0], family="paper", p_value=0.001)
    other = dataclasses.replace(one, params={"method": "random"})
    rows = [dataclasses.replace(one, claim=claim) for claim in family]

    assert with_adjusted_p([one])[0].p_adjusted == pytest.approx(0.001 * len(family))
    assert with_adjusted_p([one, other])[0].p_adjusted == pytest.approx(0.001 * (len(family) + 1))
    assert with_adjusted_p(rows)[0].p_adjusted == pytest.approx(0.001 * len(family))


def test_families_and_models_are_corrected_apart():
    """A neighbour's claim costs the paper's nothing, nor does a second model."""
    rows = [RECORD, dataclasses.replace(RECORD, model="other"), dataclasses.replace(RECORD, family="another")]

    assert [row.p_adjusted for row in with_adjusted_p(rows)] == [0.03, 0.03, 0.03]


def test_the_adjusted_p_is_in_the_row_and_in_the_line():
    """verdicts.json and the run's summary show both."""
    (record, _) = records(0.01, 0.02)

    assert record_to_json(record)["p_adjusted"] == 0.02
    assert record_from_json(record_to_json(record)) == record
    assert claim_line(record) == "a-claim [tiny, method reverse, ratio 0.25]: because; p = 0.01, 0.02 after Holm"
    assert claim_line(records(math.nan)[0]).endswith("p = undefined")


def test_a_verdict_that_holm_does_not_let_stand_is_mentioned():
    """Only reproduced claims whose adjusted p exceeds .05; the verdict stays."""
    weak, strong = records(0.03, 0.04), records(0.001, 0.04)

    assert closing_line(weak, Path("r/verdicts.json"), Path("r/items"), 2).endswith(
        "pictures in r, page r/index.html (this run alone: r/latest); reproduced, but after Holm over its family p for "
        "the minimum exceeds 0.05: a-claim"
    )
    assert closing_line(strong, Path("r/verdicts.json"), Path("r/items"), 2) == (
        "r/verdicts.json (2 claims, 2 s of checks), items in r/items, 2 pictures in r, page r/index.html "
        "(this run alone: r/latest)"
    )
    assert {record.verdict for record in weak} == {"reproduced"}


def test_the_closing_line_counts_what_there_is():
    """No pictures are not mentioned, and one claim is no claims."""
    (one,) = records(0.001)

    assert closing_line([one], Path("r/verdicts.json"), Path("r/items"), 0) == (
        "r/verdicts.json (1 claim, 1 s of checks), items in r/items, page r/index.html (this run alone: r/latest)"
    )
    assert closing_line([one], Path("r/verdicts.json"), Path("r/items"), 1).endswith(
        ", 1 picture in r, page r/index.html (this run alone: r/latest)"
    )


def test_what_was_not_testable_has_no_p():
    """The line says the outcome instead, and the claim weakens no other's p beyond its place in the family."""
    refused = dataclasses.replace(RECORD, verdict="not testable", effect=None, p_value=None, reason="it knows nothing")
    rows = with_adjusted_p([refused, dataclasses.replace(RECORD, claim="another", p_value=0.01)])

    assert [row.p_adjusted for row in rows] == [None, 0.02]
    assert record_from_json(record_to_json(rows[0])) == rows[0]
    assert claim_line(rows[0]) == "a-claim [tiny, method reverse, ratio 0.25]: it knows nothing (not testable)"


def test_programs_that_were_not_contained_are_warned_of_once():
    """In a line that names what they could do; the row has it too."""
    found = ("a program can read files", "full", None, "a program can read files")
    rows = [dataclasses.replace(RECORD, isolation=isolation) for isolation in found]

    assert isolation_warnings(row.isolation for row in rows) == [
        "warning: what models write is not fully contained here: a program can read files (docs/security.md)"
    ]
    assert record_from_json(record_to_json(rows[0])) == rows[0]


def test_answers_of_other_versions_are_said():
    """Their number over all claims of the run, and what made them; nothing where there are none."""
    made = '{"device": "cuda", "torch": "2.8"}'
    record = dataclasses.replace(RECORD, others={made: 3})

    assert others_lines([RECORD]) == []
    (line,) = others_lines([record, record, RECORD])
    assert line.startswith("6 of the answers were read from the store as other versions or another device made them")
    assert line.endswith(": device cuda, torch 2.8")


def test_a_picture_of_an_earlier_run_does_not_stay(tmp_path):
    """What the row does not measure any more is not shown beside it."""
    draw(tmp_path, [dataclasses.replace(RECORD, measurements={"retention": {"facts": POINT}})])
    draw(tmp_path, [RECORD])

    assert list(tmp_path.iterdir()) == []


def test_every_measurement_with_a_picture_is_drawn(tmp_path):
    """A curve and retention of the same claim are two files, named after everything the check was parametrised with."""
    measured = {"curve": {"x": "share removed", "y": "retention", "points": [POINT, POINT | {"x": 0.05}]},
                "retention": {"facts": POINT}}  # fmt: skip
    drawn = draw(tmp_path, [dataclasses.replace(RECORD, measurements=measured), RECORD])

    assert [path.name for path in drawn] == ["a-claim--tiny--reverse--0.25-retention.png",
                                             "a-claim--tiny--reverse--0.25-curve.png"]  # fmt: skip
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in drawn)
