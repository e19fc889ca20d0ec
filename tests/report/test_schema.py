"""The published JSON Schema of verdicts.json. `tests/conftest.py` holds every file that any test writes to it."""

import dataclasses
import json
from importlib import resources

import pytest

from harness.decide.design import VerdictName
from harness.report.record import ClaimRecord, Effect, Kept, Mark, Match, PaperFigure, Score
from harness.report.verdicts import SCHEMA, record_to_json
from harness.score.ledger import Cost

PUBLISHED = json.loads((resources.files("harness.report") / "verdicts.schema.json").read_text(encoding="utf-8"))
ROW = PUBLISHED["$defs"]["row"]
RECORD = ClaimRecord(
    "a-claim", "A claim", "tiny", "tiny", "abc", {"method": "reverse", "limit": None}, "reproduced", "because",
    Effect("gap", 0.4, 0.3, 0.5, 0.95, "fraction"), 0.001, 10, (0,), PaperFigure("x", "y", "printed", ("v1",), (), 0.4),
    Cost(1.0, 2, 3, 4, 5), {"anything": [1, None]}, ("`</s>`",), {"arc": "6 of 10"}, 0.01, 0.1, "paper",
    {"mmlu": "it guesses"}, ("reproduced",), "exact", True, "full", {"torch 2": 3}, "float32",
    (Score("arc", "classification", "hit", 9, 0.25, 1.0, 0.5, Kept(0.3, 0.2, 0.4, 0.95), "", True),
     Score("mmlu", "classification", "", 9, 0.25, 0.3, left_out="it guesses")),
)  # fmt: skip
REFUSED = dataclasses.replace(
    RECORD, verdict="not testable", effect=None, p_value=None, p_adjusted=None, paper_inside=None
)


@pytest.mark.parametrize(
    ("kind", "described"),
    [(ClaimRecord, ROW), *((kind, PUBLISHED["$defs"][name]) for kind, name in
                           ((Effect, "effect"), (PaperFigure, "figure"), (Cost, "cost"), (Score, "score"),
                            (Kept, "kept")))],
)  # fmt: skip
def test_every_field_is_described(kind, described):
    """All fields that we write are required and have their place, and no other is allowed."""
    fields = {field.name for field in dataclasses.fields(kind)}

    assert set(described["required"]) == fields
    assert set(described["properties"]) - {"environment"} == fields
    assert described["additionalProperties"] is False


def test_names_are_the_code_s():
    """Verdicts, marks, matches and the schema's own number are written in two places that agree."""
    assert PUBLISHED["properties"]["schema"]["const"] == SCHEMA
    assert ROW["properties"]["verdict"]["enum"] == list(VerdictName.__args__)
    assert ROW["properties"]["match"]["enum"] == list(Match.__args__)
    assert PUBLISHED["$defs"]["figure"]["properties"]["mark"]["enum"] == list(Mark.__args__)


def test_a_row_is_as_published(validator):
    """With everything in it, with nothing measured, and one whose figures are undefined; the schema is one itself."""
    undefined = dataclasses.replace(RECORD, effect=Effect("gap", *[float("nan")] * 3, 0.95, "f"), p_value=float("nan"))
    rows = [record_to_json(record) for record in (RECORD, REFUSED, undefined)]

    validator.check_schema(PUBLISHED)
    validator.validate({"schema": 3, "environment": {}, "claims": [*rows, rows[0] | {"environment": {}}]})


@pytest.mark.parametrize(
    ("record", "changed"),
    [
        (RECORD, {"verdict": "maybe"}),
        (RECORD, {"match": None}),
        (RECORD, {"effect": None}),
        (RECORD, {"p_value": 1.5}),
        (RECORD, {"n_items": -1}),
        (RECORD, {"surprise": 1}),
        (RECORD, {"could_be": ["inconclusive"]}),
        (RECORD, {"verdict": "not testable"}),  # with a p-value
        (REFUSED, {"paper_inside": True}),
    ],
)
def test_what_is_no_row_is_refused(validator, record, changed):
    """Unknown values and fields, and a p-value or a place of the paper's number where nothing was measured."""
    row = record_to_json(record) | changed

    assert not validator.is_valid({"schema": 3, "environment": {}, "claims": [row]})
    assert not validator.is_valid({"schema": 1, "environment": {}, "claims": []})
