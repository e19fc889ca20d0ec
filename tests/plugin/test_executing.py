"""Checks as cells: what is sent, what runs one, and that it ends with whoever began it."""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.plugin.cells import Cell, LostCellError, mark_of, options_of, run
from harness.plugin.executing import Executing

pytest_plugins = ("pytester",)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def cell(tmp_path):
    """A cell whose check is a given one; nothing of ours is asked there."""
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / ".gitignore").write_text("*\n")

    def made(body, options=()):
        check = tmp_path / "test_one.py"
        check.write_text(f"import os, signal, time\ndef test_one():\n    {body}\n")
        store = tmp_path / "store"
        return Cell(f"{check}::test_one", options, str(tmp_path), str(store), mark_of(store))

    return made


def test_what_is_not_as_usual_is_sent_and_what_is_of_the_driver_is_not():
    """Lists are repeated, flags stand alone, the tier is in -m; report, store and baselines stay here."""
    usual = {"limit": None, "method": None, "fresh": None, "measure_noise": False, "executor": "local", "report": "r"}
    given = argparse.Namespace(
        limit=30, method=["a", "b"], fresh=None, measure_noise=True, executor="ray", ray_address="x:1", report="mine",
        store="s", update_baseline="why",
    )  # fmt: skip

    found = options_of(given, usual, "gpu")

    assert found == ("-m", "gpu", "--limit=30", "--method=a", "--method=b", "--measure-noise")


def test_a_check_that_fails_has_ended_and_a_refusal_is_told(cell):
    """What fails is decided and said by the driver; what could not begin is told there."""
    assert run(cell("assert False")).said == ""
    assert "unrecognized arguments: --no-such-option" in run(cell("pass", ("--no-such-option",))).said


def test_a_cell_that_was_killed_is_lost(cell):
    """As for want of memory: Ray begins it again."""
    with pytest.raises(LostCellError, match="was ended by SIGKILL"):
        run(cell("os.kill(os.getpid(), signal.SIGKILL)"))


def test_another_store_of_the_same_name_is_refused(cell, tmp_path):
    """Answers would be kept where nobody reads them."""
    sent = cell("pass")
    (tmp_path / "store" / ".gitignore").unlink()
    assert "is another folder on" in run(sent).said
    (tmp_path / "else").write_text("")  # takes the place that was freed
    (tmp_path / "store" / ".gitignore").write_text("*\n")
    os.utime(tmp_path / "store" / ".gitignore", (1, 1))
    assert "use a --store that all see" in run(sent).said


def test_a_cell_ends_with_its_worker(cell, tmp_path):
    """A killed worker leaves nothing that goes on."""
    sent = cell(f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(60)")
    program = f"from harness.plugin.cells import *; run({sent!r})"
    worker = subprocess.Popen([sys.executable, "-c", program], env=os.environ | {"PYTHONPATH": str(ROOT)})
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        time.sleep(0.05)
    worker.kill()
    worker.wait()

    pid = int((tmp_path / "pid").read_text())
    while Path(f"/proc/{pid}").exists() and Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z":
        time.sleep(0.05)


def test_the_store_is_filled_before_the_first_check_runs_here(pytester, monkeypatch):
    """Every selected check is a cell, those that train first; the checks then run as ever."""
    monkeypatch.setenv("PY_COLORS", "0")
    monkeypatch.setattr("harness.plugin.executing.require_extra", lambda *_: None)  # nothing here is sent by Ray
    pytester.makepyfile(
        "import pytest\ndef test_a(subject, method): print('it ran')\n"
        "@pytest.mark.trains(2)\ndef test_b(subject): pass\ndef test_c(): pass\n"
    )
    sent = list[Cell]()

    class Sends:
        def pytest_configure(self, config):
            plugin = config.pluginmanager.unregister(name="layer_pruning_executor")
            spread = lambda cells, tell: (sent.extend(cells), tell("sent"))  # noqa: E731
            config.pluginmanager.register(Executing(plugin.config, spread), "ours")

    options = ("--executor", "ray", "--method", "reverse", "--store", "s", "-k", "not test_a", "-p", "no:cacheprovider")
    found = pytester.runpytest_inprocess(*options, plugins=[Sends()])

    assert [one.node.rpartition("::")[2] for one in sent] == ["test_b[tiny]"]
    assert sent[0].node.startswith(f"{pytester.path}/")
    assert sent[0].store == str(pytester.path / "s")
    assert "--method=reverse" in sent[0].options
    found.stdout.fnmatch_lines(["sent"])
    found.assert_outcomes(passed=2, deselected=1)
