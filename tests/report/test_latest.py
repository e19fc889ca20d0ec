"""The last run alone, beside what all runs decided."""

from dataclasses import replace

import pytest

from harness.errors import BadInput
from harness.report.latest import write_latest
from harness.report.names import record_name
from harness.report.verdicts import read_records
from tests.report.pages import ENVIRONMENT, RECORD, folder_of, items_in, results

OTHER = replace(RECORD, claim="b-claim")


def rows_of(folder):
    """The claims in a report folder."""
    return [record.claim for record in read_records(folder)[1]]


def test_a_run_alone_lies_in_latest(tmp_path):
    """With its items on its page; the folder keeps what runs before it decided."""
    folder_of(tmp_path, (RECORD, results()))
    write_latest(tmp_path, [RECORD], ENVIRONMENT)
    folder_of(tmp_path, (OTHER, results(items=2)))
    page = write_latest(tmp_path, [OTHER], ENVIRONMENT)

    assert rows_of(tmp_path) == ["a-claim", "b-claim"]
    assert rows_of(page.parent) == ["b-claim"]
    assert [claim["of"] for claim in items_in(page.read_text())] == [2]
    assert page == tmp_path / "latest" / "index.html"
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".latest")]


def test_a_page_of_a_claim_and_its_pictures_are_there_too(tmp_path):
    """As the run wrote them."""
    folder_of(tmp_path, (RECORD, results()))
    (tmp_path / "claims").mkdir()
    (tmp_path / "claims" / f"{record_name(RECORD)}.md").write_text("page")
    (tmp_path / "one.png").write_bytes(b"picture")
    latest = write_latest(tmp_path, [RECORD], ENVIRONMENT, [tmp_path / "one.png"]).parent

    assert (latest / "claims" / f"{record_name(RECORD)}.md").read_text() == "page"
    assert (latest / "one.png").read_bytes() == b"picture"


def test_a_disk_without_second_names_holds_copies(tmp_path, monkeypatch):
    """As network folders and Windows may be."""
    monkeypatch.setattr("os.link", lambda *_: (_ for _ in ()).throw(OSError("no links here")))
    folder_of(tmp_path, (RECORD, results()))
    page = write_latest(tmp_path, [RECORD], ENVIRONMENT)

    assert [claim["of"] for claim in items_in(page.read_text())] == [3]


def test_somebody_elses_latest_is_left_alone(tmp_path):
    """A folder of that name without a verdicts.json was not written by a run."""
    folder_of(tmp_path, (RECORD, results()))
    (tmp_path / "latest").mkdir()
    (tmp_path / "latest" / "thesis.tex").write_text("years of work")

    with pytest.raises(BadInput, match="latest: holds what no run of checks wrote, and is left alone; name another"):
        write_latest(tmp_path, [RECORD], ENVIRONMENT)
    assert (tmp_path / "latest" / "thesis.tex").read_text() == "years of work"


def test_a_later_run_changes_no_file_of_it(tmp_path):
    """Files are written anew under their names, never into what an earlier run wrote."""
    folder_of(tmp_path, (RECORD, results()))
    latest = write_latest(tmp_path, [RECORD], ENVIRONMENT).parent
    before = {path: path.read_bytes() for path in latest.rglob("*") if path.is_file()}
    folder_of(tmp_path, (RECORD, results(pruned="another")))

    assert {path: path.read_bytes() for path in latest.rglob("*") if path.is_file()} == before
