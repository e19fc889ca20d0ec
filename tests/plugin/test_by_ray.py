"""Checks on a Ray cluster of two workers: what is decided is what is decided here, whoever is lost on the way."""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.selfcheck.killing.outcome import outcome, timeless
from harness.selfcheck.killing.process import descendants

pytestmark = pytest.mark.slow
pytest.importorskip("ray", reason="needs Ray: pip install 'layer-pruning-checks[ray]'")

ROOT = Path(__file__).parents[2]
CLUSTER = """
import sys, ray
context = ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=100 * 2**20)
print(context.address_info["gcs_address"], flush=True)
sys.stdin.read()
"""
ASKED = ("checks/test_arithmetic_drop.py", "--limit", "10", "-p", "no:cacheprovider", "-q")


@pytest.fixture(scope="module")
def cluster():
    """Address and environment of a cluster with a token of its own, which is gone afterwards."""
    own = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32), "RAY_worker_niceness": "0"}
    surroundings = os.environ | own | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "RAY_USAGE_STATS_ENABLED": "0"}
    head = subprocess.Popen(
        [sys.executable, "-c", CLUSTER], env=surroundings, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    yield head.stdout.readline().strip(), surroundings, head
    head.communicate("")


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    """What a run without Ray leaves."""
    folder = tmp_path_factory.mktemp("local")
    driver(folder, os.environ | {"PYTHONPATH": str(ROOT)}).wait()
    return folder


def driver(folder, surroundings, *options, store=None):
    """A run of two checks, begun."""
    kept = [f"--store={store or folder / 'store'}", f"--report={folder / 'report'}"]
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "pytest", *ASKED, *kept, *options], cwd=ROOT, env=surroundings, stdout=log,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip


def rows(folder):
    """What was decided, without seconds."""
    return timeless(json.loads((folder / "report" / "verdicts.json").read_text())["claims"])


def items(folder):
    """What each item came to."""
    return {name: said for name, said in outcome(folder).items() if "/items/" in name}


def until(something):
    """Wait for it."""
    while not (found := something()):
        time.sleep(0.1)
    return found


def cells_of(head):
    """Processes of cells that have begun to run their check."""
    said = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in descendants(head.pid)}
    return [pid for pid, line in said.items() if b"-m\0pytest" in line and b"test_arithmetic_drop" in line]


def test_rows_are_those_of_a_run_here_with_a_worker_lost_on_the_way(cluster, local, tmp_path):
    """The worker's cell is begun again, and the rows and items are the same."""
    address, surroundings, head = cluster
    run = driver(tmp_path, surroundings, "--executor", "ray", "--ray-address", address)
    lost = until(lambda: cells_of(head))[0]
    worker = int(Path(f"/proc/{lost}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(worker, signal.SIGKILL)
    until(lambda: not Path(f"/proc/{lost}").exists())  # a cell ends with its worker

    assert run.wait() == 0
    assert (tmp_path / "log").read_text().count("ray: 2 of 2: ") == 1
    assert rows(tmp_path) == rows(local)
    assert items(tmp_path) == items(local)


def test_a_driver_that_is_killed_is_begun_again_beside_another_on_its_store(cluster, local, tmp_path):
    """Cells of a killed driver end with it; two drivers on one store decide the same."""
    address, surroundings, head = cluster
    options, folders = ("--executor", "ray", "--ray-address", address), [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    killed = driver(folders[0], surroundings, *options, store=tmp_path / "store")
    until(lambda: cells_of(head))
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    until(lambda: not cells_of(head))

    both = [driver(folder, surroundings, *options, store=tmp_path / "store") for folder in folders]

    assert [one.wait() for one in both] == [0, 0]
    for folder in folders:
        assert rows(folder) == rows(local)
        assert items(folder) == items(local)
