"""What is measured is kept, whatever happens to it."""

import pytest
import torch

from harness.errors import BadInput
from harness.selfcheck.machine import Machine
from harness.selfcheck.measured import Bench, Measurement, Work

MACHINE = Machine("test", "cpu", 10**9, None, "float32", bytes_per_second=100.0, flops=10.0)


@pytest.fixture
def kept():
    """Measurements in the order in which they were kept."""
    return []


@pytest.fixture
def bench(kept):
    """Of a machine with round rates."""
    return Bench(MACHINE, kept.append)


def test_the_bound_is_the_longer_of_operations_and_bytes(bench):
    """30 operations at 10 a second take 3 s, 200 bytes at 100 a second 2 s."""
    assert bench.measure("m", "w", "s", lambda: Work(1, flops=30, bytes=200)).least_seconds == 3
    assert bench.measure("m", "w", "s", lambda: Work(1, flops=10, bytes=200)).least_seconds == 2


def test_only_the_part_that_work_names_is_timed(bench):
    """Preparations do not count where the work says how long the rest took."""
    done = bench.measure("m", "w", "s", lambda: (Work(8, flops=20), 4.0))

    assert (done.seconds, done.per_second, done.share_of_bound) == (4.0, 2.0, 0.5)


@pytest.mark.parametrize(
    ("error", "note", "failed"),
    [
        (torch.OutOfMemoryError("CUDA out of memory"), "does not fit into the device's memory", False),
        (BadInput("a batch does not fit; use a smaller one"), "a batch does not fit; use a smaller one", False),
        (RuntimeError("CUBLAS_STATUS\nmore"), "RuntimeError: CUBLAS_STATUS", True),
    ],
)
def test_what_is_not_finished_is_a_result_too(bench, kept, error, note, failed):
    """Memory and refusals are findings, anything else is a failure; none of them ends the rest."""

    def work():
        raise error

    done = bench.measure("m", "w", "s", work)
    assert kept == [done]
    assert (done.seconds, done.per_second, done.share_of_bound) == (None, None, None)
    assert (done.note, done.failed) == (note, failed)


def test_nothing_is_divided_by_no_time():
    """A measurement without a bound or without time has no share."""
    assert Measurement("m", "w", "s", 5, 2.0).share_of_bound is None
