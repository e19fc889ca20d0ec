import dataclasses
import json
import math
import multiprocessing

import numpy as np
import pytest

from harness.report.environment import environment
from harness.report.items import worst_items
from harness.report.picture import curve_picture, layer_picture, retention_picture
from harness.report.record import ClaimRecord, Effect, PaperFigure
from harness.report.table import WIDTH, verdict_table
from harness.report.verdicts import LACKING, LOCK, read_records, record_from_json, record_to_json, write_verdicts
from harness.score.ledger import Cost
from harness.tasks.outcome import Outcome, TaskResult

RECORD = ClaimRecord(
    "a-claim", "A claim", "tiny", "tiny", "abc", {"method": "reverse", "ratio": 0.25}, "reproduced", "because",
    Effect("gap", 0.4, 0.3, 0.5, 0.95, "fraction"), 0.001, 10, (0,), PaperFigure("x", "y"), Cost(1.0, 2, 3, 4, 5),
    {"undefined": math.nan, "nested": {"effect": Effect("gap", 0.4, 0.3, 0.5, 0.95, "fraction")}},
)  # fmt: skip
INTERVAL = {"estimate": 0.6, "low": 0.5, "high": 0.7}


def test_verdicts_file_has_the_promised_shape(tmp_path):
    """The keys other tools read are there; NaN is null; nothing is left half-written."""
    content = json.loads(write_verdicts(tmp_path, [RECORD], environment()).read_text())
    (claim,) = content["claims"]

    assert content["schema"] == 3
    assert {"claim", "title", "tier", "model", "model_fingerprint", "params", "verdict", "effect", "p_value", "n_items",
            "seeds", "paper", "cost", "measurements"} <= claim.keys()  # fmt: skip
    assert {"name", "estimate", "low", "high", "confidence", "unit"} == claim["effect"].keys()
    assert {"seconds", "forward_tokens", "generated_tokens", "layer_forwards", "peak_memory_bytes"} == claim[
        "cost"
    ].keys()
    assert claim["measurements"]["undefined"] is None
    assert [path.name for path in tmp_path.iterdir() if path.name != LOCK] == ["verdicts.json"]


def test_rows_of_earlier_runs_stay(tmp_path):
    """A run of one claim replaces that claim's row; others keep the environment that they were decided in."""
    other = dataclasses.replace(RECORD, claim="b-claim")
    limited = dataclasses.replace(RECORD, params={"method": "reverse", "ratio": 0.25, "limit": 8})
    elsewhere = dataclasses.replace(RECORD, model="other")
    write_verdicts(tmp_path, [RECORD, other, limited, elsewhere], {"time": "monday"})
    again = dataclasses.replace(RECORD, verdict="contradicted")
    content = json.loads(write_verdicts(tmp_path, [again], {"time": "tuesday"}).read_text())

    rows = {(row["claim"], row["model"], row["params"].get("limit")): row for row in content["claims"]}
    assert len(rows) == len(content["claims"]) == 4
    assert rows["a-claim", "tiny", None]["verdict"] == "contradicted"
    assert "environment" not in rows["a-claim", "tiny", None]
    assert content["environment"] == {"time": "tuesday"}
    kept = [row for row in content["claims"] if row["verdict"] == "reproduced"]
    assert [row["environment"] for row in kept] == [{"time": "monday"}] * 3

    last = json.loads(write_verdicts(tmp_path, [other], {"time": "friday"}).read_text())["claims"]
    times = sorted(row.get("environment", {}).get("time", "now") for row in last)
    assert times == ["monday", "monday", "now", "tuesday"]


NO_VERDICTS = ["", "{", "[]", "5", '{"claims": [5]}', '{"schema": 3, "environment": {}, "claims": [5]}', "[" * 9999]


@pytest.mark.parametrize("content", NO_VERDICTS)
def test_a_verdicts_file_that_is_none_is_set_aside(tmp_path, content, capsys):
    """Nothing is lost without a word, and the run's own rows are written."""
    (tmp_path / "verdicts.json").write_text(content)
    claims = json.loads(write_verdicts(tmp_path, [RECORD], {}).read_text())["claims"]

    assert len(claims) == 1
    assert (tmp_path / "verdicts.json.damaged").read_text() == content
    assert "verdicts.json.damaged" in capsys.readouterr().err


@pytest.mark.parametrize("schema", [1, 4])
def test_verdicts_of_other_rules_are_set_aside(tmp_path, schema, capsys):
    """Rows of another schema stand beside none of today's; one sentence says where they are."""
    old = json.dumps({"schema": schema, "environment": {}, "claims": [{"claim": "a-claim", "verdict": "reproduced"}]})
    (tmp_path / "verdicts.json").write_text(old)
    claims = json.loads(write_verdicts(tmp_path, [RECORD], {}).read_text())["claims"]

    assert len(claims) == 1
    assert (tmp_path / f"verdicts.json.schema-{schema}").read_text() == old
    assert (
        capsys.readouterr()
        .err.strip()
        .endswith(
            f"was written by other rules (schema {schema}, here 3) and is now verdicts.json.schema-{schema}; rows of "
            "earlier runs are there"
        )
    )


def test_rows_of_the_schema_before_are_read_and_kept(tmp_path):
    """They say nothing of what was not kept then, and are of today's schema once a run writes beside them."""
    path = write_verdicts(tmp_path, [RECORD], {})
    content = json.loads(path.read_text())
    old = [{name: value for name, value in row.items() if name not in LACKING[2]} for row in content["claims"]]
    path.write_text(json.dumps(content | {"schema": 2, "claims": old}))

    assert [record.scores for record in read_records(tmp_path)[1]] == [()]
    write_verdicts(tmp_path, [dataclasses.replace(RECORD, claim="b-claim")], {})
    assert [record.claim for record in read_records(tmp_path)[1]] == ["a-claim", "b-claim"]


def _write_often(folder, claim):
    for _ in range(25):
        write_verdicts(folder, [dataclasses.replace(RECORD, claim=claim)], {})


def test_two_runs_on_one_report_tear_nothing(tmp_path):
    """Whoever reads in between reads a whole file, and at the end both runs' rows are there."""
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_write_often, args=(tmp_path, claim)) for claim in ("a-claim", "b-claim")]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        if (tmp_path / "verdicts.json").exists():
            json.loads((tmp_path / "verdicts.json").read_text())
    for writer in writers:
        writer.join()

    claims = json.loads((tmp_path / "verdicts.json").read_text())["claims"]
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert [row["claim"] for row in claims] == ["a-claim", "b-claim"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [LOCK, "verdicts.json"]


def test_records_survive_the_trip_through_json():
    """A record that travels as JSON (pytest-xdist) is the same record."""
    row = record_to_json(RECORD)

    assert row == record_to_json(record_from_json(json.loads(json.dumps(row))))


def test_table_shows_claim_figures_and_verdict():
    """One row tells claim, method, the paper's figure, ours with its interval, and the verdict."""
    table = verdict_table([RECORD])

    assert all(word in table for word in ("a-claim", "reverse 0.25", "+0.400 [+0.300,", "reproduced"))
    assert all(len(line) <= WIDTH for line in table.splitlines())


def test_the_table_says_where_the_paper_s_number_lies_only_of_an_exact_match():
    """Inside or outside; of a proxy nothing is said that could be read as evidence."""
    exact = dataclasses.replace(RECORD, match="exact", paper_inside=False, paper=PaperFigure("x", "y", number=0.2))

    assert "exact match, the paper's 0.2 lies outside" in " ".join(verdict_table([exact]).split())
    assert "0.2" not in verdict_table([dataclasses.replace(exact, match="proxy")]).replace("0.25", "")


def test_the_table_says_what_was_left_out_and_what_was_not_measured():
    """Tasks that say nothing of the base by name, items by number; a claim that nothing could decide has no figures."""
    short = dataclasses.replace(
        RECORD, tasks_left_out={"mmlu": "it guesses", "obqa": "it guesses"}, left_out={"arc": "6 of 1000"}
    )
    refused = dataclasses.replace(short, verdict="not testable", effect=None, p_value=None)
    shown, none = (" ".join(verdict_table([record]).split()) for record in (short, refused))

    assert "n=10; without mmlu, obqa; left out: arc, 6 of 1000" in shown
    assert "it guesses" not in shown + none
    assert "not measured" in none
    assert "not testable" in none
    assert "mmlu" not in none


def test_worst_items_lost_something():
    """Only items that got worse are shown."""
    base = TaskResult("t", "number", 0.0, tuple(Outcome(str(i), 1.0, "right", "") for i in range(3)))
    after = TaskResult("t", "number", 0.0, tuple(Outcome(str(i), i / 2, "wrong", "") for i in range(3)))

    assert [outcome.item_id for outcome in worst_items(base, after)] == ["0", "1"]


def test_the_table_begins_with_its_heading_and_ends_with_its_last_row():
    """What is around it is the caller's: no blank line belongs to it."""
    first, *_, last = verdict_table([RECORD]).split("\n")

    assert first.split()[:2] == ["claim", "model"]
    assert last.strip()


def test_pictures_are_written(tmp_path):
    """Both pictures come out as PNG files, the same bytes each time."""
    first = retention_picture(tmp_path / "a.png", {"facts": INTERVAL}, "t").read_bytes()
    layers = [{"layer": index, "reasoning": INTERVAL, "robust": INTERVAL} for index in range(3)]

    assert first == retention_picture(tmp_path / "b.png", {"facts": INTERVAL}, "t").read_bytes()
    assert layer_picture(tmp_path / "c.png", layers, "t").read_bytes().startswith(b"\x89PNG")


def test_a_curve_is_written_whatever_the_order_of_its_points(tmp_path):
    """Points are drawn along the axis; none at all is an empty picture."""
    points = [INTERVAL | {"x": x} for x in (0.1, 0.25, 0.05)]
    picture = curve_picture(tmp_path / "a.png", points, "t", "share removed", "retention").read_bytes()

    assert picture.startswith(b"\x89PNG")
    assert picture == curve_picture(tmp_path / "b.png", points[::-1], "t", "share removed", "retention").read_bytes()
    assert curve_picture(tmp_path / "c.png", [], "t", "share removed", "retention").exists()


def test_undefined_figures_come_back_as_nan_and_are_shown():
    """A record whose interval is undefined survives xdist and still gets its row."""
    undefined = dataclasses.replace(
        RECORD, effect=Effect("gap", math.nan, math.nan, math.nan, 0.95, "f"), p_value=math.nan
    )
    back = record_from_json(json.loads(json.dumps(record_to_json(undefined))))

    assert math.isnan(back.effect.estimate)
    assert math.isnan(back.p_value)
    assert "nan" in verdict_table([back])


def test_numpy_values_become_plain():
    """Measurements may come straight from numpy."""
    row = record_to_json(dataclasses.replace(RECORD, measurements={"n": np.int64(3), "m": np.array([0.5, np.nan])}))

    assert row["measurements"] == {"n": 3, "m": [0.5, None]}


def test_square_brackets_reach_the_table():
    """[repo] is a trust mark, not a style."""
    assert "0.655 [repo]" in verdict_table([dataclasses.replace(RECORD, paper=PaperFigure("0.655 [repo]", "y"))])
    assert "a[/x]" in verdict_table([dataclasses.replace(RECORD, model="a[/x]")])


def test_picture_without_tasks_or_with_negative_retention(tmp_path):
    """Neither an empty measurement nor a chance-corrected value below 0 stops the report."""
    below = {"estimate": -0.3, "low": -0.5, "high": 0.1}

    assert retention_picture(tmp_path / "a.png", {}, "t").exists()
    assert retention_picture(tmp_path / "b.png", {"facts": below}, "t").exists()
