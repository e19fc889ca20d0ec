"""Cells as tasks of Ray: with declared CPUs, GPUs and memory, begun again where a worker is lost, few at a time."""

import os
import signal
import threading
import warnings
from collections import deque
from collections.abc import Sequence
from typing import Any

from harness.errors import BadInput
from harness.plugin.cells import Cell, LostCellError, Ran, Told, run

RETRIES = 3
"""How often a cell is begun again whose worker was lost, or was killed for want of memory."""
_AHEAD = 2  # cells that are handed to Ray, for each that can run at once
_TICK = 5.0  # seconds between two looks


def spread(cells: Sequence[Cell], address: str | None, memory: int, tell: Told) -> None:
    """Run all cells on a cluster; what cannot be run there is told, and is left to whoever decides.

    Args:
        cells: the longest first.
        address: of the cluster, as Ray takes it; None: the one that this machine belongs to, else one of its own.
        memory: bytes that a cell is expected to need.
        tell: gets a line for each cell.

    Raises:
        BadInput: there is no cluster at the address.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a library, in a session that makes errors of warnings
        os.environ.setdefault("RAY_task_oom_retries", str(RETRIES))  # which are without end, and is read by the import
        import ray

        told = signal.getsignal(signal.SIGTERM)  # Ray takes it for itself
        try:
            ray.init(address=address, include_dashboard=None if address else False, log_to_driver=False,
                     logging_level="error")  # fmt: skip
        except (ConnectionError, ValueError, RuntimeError) as error:
            said = " ".join(str(error).split())[:200]
            raise BadInput(
                f"--ray-address {address}: no Ray cluster lets this process in ({said}); start one with `ray start`, "
                f"give its token (RAY_AUTH_TOKEN) where it has one, or leave --ray-address out"
            ) from error
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, told)
        try:
            _run_all(ray, cells, memory, tell)
        finally:
            ray.shutdown()


def _run_all(ray: Any, cells: Sequence[Cell], memory: int, tell: Told) -> None:  # noqa: ANN401  # a library without types
    having, largest = ray.cluster_resources(), max(node["Resources"].get("memory", 0) for node in ray.nodes())
    gpus = 1 if having.get("GPU") else 0
    task, declared = ray.remote(run), {"num_cpus": 1, "num_gpus": gpus, "memory": min(memory, int(largest))}
    again = {"max_retries": RETRIES, "retry_exceptions": [LostCellError]}
    most = _AHEAD * max(1, int(having.get("GPU" if gpus else "CPU", 1)))
    nodes, cpus = sum(node["Alive"] for node in ray.nodes()), having.get("CPU", 0)
    tell(f"ray: {len(cells)} cells on {nodes} machines, {cpus:g} CPUs, {having.get('GPU', 0):g} GPUs")
    waiting, running, done = deque(cells), dict[Any, Cell](), 0
    while waiting or running:
        while waiting and len(running) < most:
            cell = waiting.popleft()
            running[task.options(name=cell.node, **declared, **again).remote(cell)] = cell
        ended, _ = ray.wait(list(running), num_returns=1, timeout=_TICK)
        for one in ended:
            cell, done = running.pop(one), done + 1
            tell(f"ray: {done} of {len(cells)}: {_said(ray, one, cell)}")


def _said(ray: Any, one: Any, cell: Cell) -> str:  # noqa: ANN401
    """How a cell ended, in words."""
    name = cell.node.rpartition("/")[2]
    try:
        found: Ran = ray.get(one)
    except (ray.exceptions.RayError, LostCellError) as error:
        told = " ".join(str(error).split())[-200:]
        return f"{name} was lost {RETRIES + 1} times and is left to this process ({told})"
    if found.said:
        return f"{name} ended on {found.host}, and the rest is left to this process ({found.said})"
    return f"{name} ({found.seconds:.0f} s on {found.host})"
