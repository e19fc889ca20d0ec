"""`--store URL`: what one run had, another one elsewhere has before its first check."""

import json
from pathlib import Path

import pytest

from harness.exchange.place import MIRRORS, Remote
from harness.plugin.exchanging import exchanging
from tests.plugin.projects import REPRODUCED

pytest_plugins = ["pytester"]
STOPS = """
from harness.journal import Journal

def test_claim(subject, pytestconfig):
    store = pytestconfig.option.layer_pruning_store
    Journal(store / "f00f.jsonl", lambda row: True).append([{"key": "a"}], "writing")
    raise KeyboardInterrupt
"""


@pytest.fixture
def url(tmp_path):
    return f"file://{tmp_path}/there"


def row(pytester):
    return json.loads((pytester.path / "report" / "latest" / "verdicts.json").read_text())["claims"][0]


def test_another_machine_computes_nothing_that_this_one_had(project, pytester, counts, url):
    """Its mirror is a new one; its row is the same."""
    first = project(REPRODUCED, "--store", url)
    first.stdout.re_match_lines([rf"layer pruning checks: store: [1-9]\d* lines and 0 files .* taken \({url}\)"])
    cold, before = dict(counts), row(pytester)
    (pytester.path / MIRRORS).rename(pytester.path / "elsewhere")
    second = project(REPRODUCED, "--store", url)

    assert cold["answered"]
    assert counts == cold
    assert row(pytester)["effect"] == before["effect"]
    second.stdout.re_match_lines(
        [r"layer pruning checks: store: 0 lines and 0 files of trainings sent, [1-9]\d* and 0"]
    )


def test_workers_share_a_mirror_that_one_process_keeps_in_step(project, url, tmp_path):
    """The one that collects nothing."""
    found = project(REPRODUCED, "--store", url, "-n", "1")

    found.assert_outcomes(passed=1)
    found.stdout.re_match_lines([rf"layer pruning checks: store: [1-9]\d* lines and 0 files .* taken \({url}\)"])
    assert list((tmp_path / "there").rglob("lines/*"))


def test_what_was_answered_is_sent_when_a_run_is_stopped(pytester, session, url, tmp_path, tiny):
    """By Ctrl-C, as by SIGTERM."""
    pytester.makepyfile(STOPS)
    found = pytester.runpytest_inprocess("-p", "no:cacheprovider", "--store", url, no_reraise_ctrlc=True)

    assert found.ret == pytest.ExitCode.INTERRUPTED
    (sent,) = (tmp_path / "there").rglob("lines/*")
    assert b'"key": "a"' in sent.read_bytes()


def test_a_place_that_cannot_be_written_is_refused_before_a_check(session, url, tmp_path):
    """With the exit code of a command line that cannot be used."""
    (tmp_path / "there").write_text("a file")
    found = session("--store", url)

    assert found.ret == pytest.ExitCode.USAGE_ERROR
    assert f"--store {url}: cannot be written (" in found.stderr.str()
    assert "it ran" not in found.stdout.str()


@pytest.mark.parametrize("options", [["--collect-only"], ["-k", "absent"], ["-m", "own_method"]])
def test_nothing_is_exchanged_where_no_check_runs(session, url, tmp_path, options):
    """Nor is a mirror made."""
    session("--store", url, *options)

    assert not (tmp_path / "there").exists()
    assert not Path(MIRRORS).exists()


def test_a_place_of_no_known_kind_is_refused_at_configuration(session):
    """Nothing is collected."""
    found = session("--store", "abacus://b/x")
    assert found.ret == pytest.ExitCode.USAGE_ERROR
    assert "--store abacus://b/x: no kind of place is called abacus" in found.stderr.str()


def test_a_url_with_a_password_is_refused_without_it(session):
    """By the option's type; the sentence does not hold it."""
    found = session("--store", "sftp://me:hush@host/x")
    assert "a sftp:// URL with a password in it would stand in logs" in found.stderr.str()
    assert "hush" not in found.stderr.str()


def test_a_cluster_is_sent_the_url_and_what_it_sent_is_there_before_the_first_check(pytester, monkeypatch, url):
    """Each machine has a mirror of its own; the checks are decided from this one's."""
    from harness.plugin.executing import Executing

    monkeypatch.setattr("harness.plugin.executing.require_extra", lambda *_: None)  # nothing here is sent by Ray
    pytester.makepyfile(
        "def test_a(subject, pytestconfig): assert (pytestconfig.option.layer_pruning_store / 'f00f.jsonl').exists()"
    )
    cells = []

    class Sends:
        def pytest_configure(self, config):
            plugin = config.pluginmanager.unregister(name="layer_pruning_executor")
            config.pluginmanager.register(Executing(plugin.config, self.spread), "ours")

        def spread(self, sent, _):
            from harness.exchange.depot import Depot
            from harness.exchange.exchange import Exchange
            from harness.journal import Journal

            cells.extend(sent)
            other = Path("another machine")
            other.mkdir()
            Journal(other / "f00f.jsonl", lambda row: True).append([{"key": "a"}], "writing")
            Exchange(Depot(url), other).once()

    options = ("--executor", "ray", "--store", url, "-p", "no:cacheprovider")
    pytester.runpytest_inprocess(*options, plugins=[Sends()]).assert_outcomes(passed=1)

    assert [(cell.store, cell.mark) for cell in cells] == [(url, None)]


def test_a_folder_is_a_store_as_ever():
    """Nothing is exchanged."""
    from _pytest.config import get_config

    config = get_config()
    assert exchanging(config) is None
    assert Remote("s3://b/x").mirror.parts[0] == str(MIRRORS)
