"""Checks on a Ray cluster of two workers: what is decided is what is decided here, whoever is lost on the way."""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from harness.selfcheck.killing.outcome import outcome, timeless
from harness.selfcheck.killing.process import descendants

pytestmark = pytest.mark.slow
pytest.importorskip("ray", reason="needs Ray: pip install 'layer-pruning-checks[ray]'")

ROOT = Path(__file__).parents[2]
HOG = """
import sys, time
if any("/cell-" in word for word in sys.argv):
    kept = bytearray(b"x") * {size}
    time.sleep(600)
"""
"""A plugin of pytest that takes all memory of the machine where a cell is run, and none where it is decided."""
CLUSTER = """
import sys, ray
context = ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=100 * 2**20)
print(context.address_info["gcs_address"], flush=True)
sys.stdin.read()
"""
ASKED = (
    f"{ROOT}/checks/test_arithmetic_drop.py", f"--rootdir={ROOT}", "-c", f"{ROOT}/pyproject.toml", "--limit", "10",
    "-p", "no:cacheprovider", "-q",
)  # fmt: skip


@contextmanager
def cluster_with(**settings):
    """Address and environment of a cluster with a token of its own, which is gone afterwards."""
    own = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32), "RAY_worker_niceness": "0"}
    usual = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "RAY_USAGE_STATS_ENABLED": "0"}
    surroundings = os.environ | own | usual | settings
    head = subprocess.Popen(
        [sys.executable, "-c", CLUSTER], env=surroundings, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    yield head.stdout.readline().strip(), surroundings, head
    head.communicate("")


@pytest.fixture(scope="module")
def cluster():
    """One of two workers."""
    with cluster_with() as one:
        yield one


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
            [sys.executable, "-m", "pytest", *ASKED, *kept, *options], cwd=folder, env=surroundings, stdout=log,
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
    said = dict[int, bytes]()
    for pid in descendants(head.pid):
        with suppress(OSError):  # it has ended meanwhile
            said[pid] = Path(f"/proc/{pid}/cmdline").read_bytes()
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


def test_a_worker_that_runs_out_of_memory_is_begun_again_and_then_left_to_the_driver(local, tmp_path):
    """Ray's memory monitor kills it each time; three times more, not without end, and the rows are the same."""
    total, free = (int(line.split()[1]) * 1024 for line in Path("/proc/meminfo").read_text().splitlines()[:3:2])
    if free < 8 * 2**30:
        pytest.skip("needs 8 GB of free memory, most of which is taken")
    (tmp_path / "hog.py").write_text(HOG.format(size=6 * 2**30))
    settings = {
        "RAY_memory_usage_threshold": f"{1 - (free - 3 * 2**30) / total:.3f}", "RAY_memory_monitor_refresh_ms": "100",
        "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}",
    }  # fmt: skip
    with cluster_with(**settings) as (address, surroundings, _):
        options = ("-p", "hog", "--executor", "ray", "--ray-address", address)
        assert driver(tmp_path, surroundings, *options).wait() == 0

    assert (tmp_path / "log").read_text().count("was lost 4 times and is left to this process") == 2
    assert rows(tmp_path) == rows(local)


def test_machines_without_a_common_folder_share_a_place(cluster, local, tmp_path):
    """Each cell's machine has a mirror; what it sent is there before the driver decides."""
    address, surroundings, _ = cluster
    url = f"file://{tmp_path}/there"
    options = ("--executor", "ray", "--ray-address", address)

    assert driver(tmp_path, surroundings, *options, store=url).wait() == 0
    assert "ray: 2 of 2: " in (tmp_path / "log").read_text()
    assert list((tmp_path / "there").rglob("lines/*"))
    assert rows(tmp_path) == rows(local)
    assert items(tmp_path) == items(local)
