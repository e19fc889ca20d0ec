"""The rows of a report for experiment trackers."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from harness.__main__ import main
from harness.report.names import record_name
from harness.report.record import Effect, Kept, Score
from harness.report.trackers import TRACKERS, run_of
from harness.report.verdicts import write_verdicts
from tests.report.pages import ENVIRONMENT, RECORD

ROW = replace(
    RECORD, effect=Effect("gap", 0.4, 0.3, float("nan"), 0.95, "fraction"), measurements={"removed": "5-7"},
    scores=(
        Score("gsm8k", "generation", "lost", 2, 0.0, 1.0, 0.5, Kept(0.5, 0.1, 0.7, 0.95)),
        Score("facts", "", "", 2, 0.25, 1.0),
    ),
)  # fmt: skip


def test_a_row_is_a_run():
    """What was asked is its configuration, figures that are defined its metrics, the verdict a word."""
    run = run_of(ROW)

    assert run.name == record_name(ROW)
    assert run.config["claim"] == ROW.claim
    assert run.config["removed"] == "5-7"
    assert run.said["verdict"] == ROW.verdict
    assert (run.metrics["effect/estimate"], run.metrics["gsm8k/lost/kept_low"]) == (0.4, 0.1)
    assert "effect/high" not in run.metrics
    assert (run.metrics["facts/base"], "facts/variant" in run.metrics) == (1.0, False)


def told(tmp_path, tracker, check):
    """Tell the real tracker in a process of its own without a network, and what a second one finds there."""
    write_verdicts(tmp_path / "report", [ROW, replace(ROW, claim="another")], ENVIRONMENT)
    environment = {
        **os.environ, "MLFLOW_TRACKING_URI": f"file://{tmp_path}/mlruns", "MLFLOW_ALLOW_FILE_STORE": "true",
        "TRACKIO_DIR": str(tmp_path / "trackio"), "WANDB_MODE": "offline", "WANDB_DIR": str(tmp_path),
        "HF_HUB_OFFLINE": "1", "HOME": str(tmp_path),
    }  # fmt: skip
    command = ["-m", "harness", "report", str(tmp_path / "report"), "--to", tracker, "--project", "mine"]
    results = [
        subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False)
        for arguments in (command, ["-c", check])
    ]
    assert [done.returncode for done in results] == [0, 0], [done.stderr[-2000:] for done in results]
    assert f"{tracker}: 2 runs in project mine" in results[0].stdout
    return results[1].stdout.split()


def test_mlflow_has_the_rows(tmp_path):
    """Two runs of the project, each with its parameters, metrics and verdict, in a folder."""
    pytest.importorskip("mlflow", reason="needs the extra mlflow")
    check = (
        "import mlflow\nruns = mlflow.search_runs(experiment_names=['mine'], output_format='list')\n"
        "for run in runs: print(run.data.params['removed'], run.data.tags['verdict'].replace(' ', ''), "
        "run.data.metrics['gsm8k/lost/kept'])"
    )
    assert told(tmp_path, "mlflow", check) == ["5-7", ROW.verdict, "0.5"] * 2


def test_trackio_has_the_rows(tmp_path):
    """Two runs of the project with their figures, in a folder."""
    pytest.importorskip("trackio", reason="needs the extra trackio")
    check = (
        "from trackio.sqlite_storage import SQLiteStorage as S\n"
        "for run in S.get_runs('mine'): print(S.get_logs('mine', run)[0]['gsm8k/lost/kept'])"
    )
    assert told(tmp_path, "trackio", check) == ["0.5"] * 2


def test_wandb_has_the_rows(tmp_path):
    """Two runs on disk, to be synchronised by whoever has an account."""
    pytest.importorskip("wandb", reason="needs the extra wandb")
    check = f"from pathlib import Path\nprint(len(list(Path({str(tmp_path)!r}).glob('wandb/offline-run-*/*.wandb'))))"

    assert told(tmp_path, "wandb", check) == ["2"]


@pytest.mark.parametrize("tracker", TRACKERS)
def test_a_tracker_that_is_missing_or_refuses_is_named(tracker, tmp_path, monkeypatch, capsys):
    """One sentence with the command that gets it, or with what it said."""
    write_verdicts(tmp_path, [ROW], ENVIRONMENT)
    for error, words in (
        (ImportError("no such module"), f"[{tracker}]"),
        (OSError("the disk is full"), "the disk is full"),
    ):

        def fails(run, project, error=error):
            raise error

        monkeypatch.setitem(TRACKERS, tracker, fails)
        assert main(["report", str(tmp_path), "--to", tracker]) == 2
        assert words in capsys.readouterr().err
