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


@pytest.mark.parametrize("what", ["folder", "report", "link", "file"])
def test_somebody_elses_latest_is_left_alone(tmp_path, what):
    """Whatever it is: a folder, a report that was written there by itself, a link, a file."""
    folder_of(tmp_path, (RECORD, results()))
    place = tmp_path / "latest"
    if what == "link":
        place.symlink_to(tmp_path / "elsewhere")
    elif what == "file":
        place.write_text("years of work")
    elif what == "folder":
        place.mkdir()
        (place / "thesis.tex").write_text("years of work")
    else:
        folder_of(place, (OTHER, results()))
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    with pytest.raises(BadInput, match="what is called latest in it was not written by a run of checks"):
        write_latest(tmp_path, [RECORD], ENVIRONMENT)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_later_run_changes_no_file_of_it(tmp_path):
    """Files are written anew under their names, never into what an earlier run wrote."""
    folder_of(tmp_path, (RECORD, results()))
    latest = write_latest(tmp_path, [RECORD], ENVIRONMENT).parent
    before = {path: path.read_bytes() for path in latest.rglob("*") if path.is_file()}
    folder_of(tmp_path, (RECORD, results(pruned="another")))

    assert {path: path.read_bytes() for path in latest.rglob("*") if path.is_file()} == before
