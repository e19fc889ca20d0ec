"""Reports of parts of one run become one: every row once, p-values over all of them, and what does not go together."""

import json
from dataclasses import replace

import pytest

from harness.errors import BadInput
from harness.report.names import record_name
from harness.report.shards import merge
from harness.report.summary import draw
from harness.report.verdicts import read_records, with_adjusted_p, write_verdicts
from tests.report.pages import ENVIRONMENT, RECORD, folder_of, results

OTHER = replace(RECORD, claim="b-claim", title="B claim", p_value=0.2)


@pytest.fixture
def halves(tmp_path):
    """Two reports with a claim each, of two machines."""
    first = folder_of(tmp_path / "first", (RECORD, results()))
    second = folder_of(tmp_path / "second", (OTHER, results("else")))
    write_verdicts(second, [OTHER], ENVIRONMENT | {"platform": "q"})
    return first, second


def test_every_row_and_its_items_are_there(halves, tmp_path):
    """With the page and the pictures of the whole."""
    merge(halves, tmp_path / "whole")
    _, records = read_records(tmp_path / "whole")

    assert [record.claim for record in records] == ["a-claim", "b-claim"]
    for record, half in zip(records, halves, strict=True):
        name = record_name(record)
        for path in (half / "items" / name).glob("*.jsonl"):
            assert (tmp_path / "whole" / "items" / name / path.name).read_text() == path.read_text()
        assert (tmp_path / "whole" / f"{name}-retention.png").exists()
        assert record.title in (tmp_path / "whole" / "index.html").read_text()


def test_p_values_are_adjusted_as_of_one_run(halves, tmp_path):
    """A claim alone in its report was adjusted for too few."""
    found = merge(halves, tmp_path / "whole")

    assert found == with_adjusted_p([RECORD, OTHER])
    assert found[0].p_adjusted != with_adjusted_p([RECORD])[0].p_adjusted


def test_a_row_says_where_it_was_decided(halves, tmp_path):
    """Each on its machine."""
    merge(halves, tmp_path / "whole")
    rows = json.loads((tmp_path / "whole" / "verdicts.json").read_text())["claims"]

    assert [row["environment"]["platform"] for row in rows] == ["p", "q"]


def test_a_row_that_two_reports_have_alike_is_one(halves, tmp_path):
    """A report may be named twice, or be part of another."""
    whole = tmp_path / "whole"
    merge([*halves, halves[0]], whole)
    merge([whole, halves[1]], tmp_path / "again")

    assert read_records(tmp_path / "again")[1] == read_records(whole)[1]


DIFFERENT = {
    "items": (replace(RECORD, n_items=999), "a-claim on tiny: .* differ in its n_items"),
    "minimum": (replace(RECORD, minimum=0.9), "a-claim on tiny: .* differ in its minimum"),
    "p-value": (replace(OTHER, p_value=7), "b-claim has the p-value 7; expected a number from 0 to 1"),
    "text": (replace(OTHER, p_value="x"), "b-claim has the p-value 'x'; expected a number from 0 to 1"),
    "unknown verdict": (replace(OTHER, verdict="sure"), "b-claim has the verdict 'sure'; expected one of reproduced"),
    "verdict": (
        replace(RECORD, verdict="inconclusive"),
        "a-claim on tiny: .* differ in its verdict",
    ),
    "weights": (replace(OTHER, model_fingerprint="def"), "tiny is abc in .* and def in .*; expected the same weights"),
}


@pytest.mark.parametrize("what", DIFFERENT)
def test_reports_that_do_not_go_together_are_refused(what, halves, tmp_path):
    """One row decided twice, or one name for two models; nothing is written."""
    record, sentence = DIFFERENT[what]
    third = folder_of(tmp_path / "third", (record, results()))
    with pytest.raises(BadInput, match=sentence) as refusal:
        merge([halves[0], third], tmp_path / "whole")

    assert "\n" not in str(refusal.value)
    assert not (tmp_path / "whole").exists()
    (third / "verdicts.json").unlink()  # every other one is held to the schema


def test_a_report_without_an_environment_is_refused(halves, tmp_path):
    """No check writes one."""
    path = halves[1] / "verdicts.json"
    content = json.loads(path.read_text())
    del content["environment"]
    path.write_text(json.dumps(content))
    with pytest.raises(BadInput, match="names no environment; expected a file as checks write it"):
        merge(halves, tmp_path / "whole")
    path.unlink()  # every other one is held to the schema


def test_figures_for_a_paper_are_the_same_every_time(tmp_path):
    """PDF without a date."""
    first, second = (draw(tmp_path / name, [RECORD], "pdf") for name in ("a", "b"))

    assert [path.name for path in first] == [f"{record_name(RECORD)}-retention.pdf"]
    assert first[0].read_bytes()[:4] == b"%PDF"
    assert first[0].read_bytes() == second[0].read_bytes()
