"""Numbers of bytes as people read them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.sizes import on_disk, size


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (4096, "4.1 kB"),
        (9_736_192, "9.74 MB"),
        (999_600_000, "1 GB"),
        (15.2e9, "15.2 GB"),
        (2e15, "2000 TB"),
    ],
)
def test_a_size_has_a_unit_of_its_own(count, text):
    """No `0.00 GB` of a small model, no five digits of a large one."""
    assert size(count) == text


@given(st.integers(0, 10**15))
def test_a_size_is_right_to_three_digits(count):
    """And never written with an exponent."""
    number, unit = size(count).split()
    scale = {"bytes": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}[unit]

    assert re.fullmatch(r"\d+(\.\d+)?", number)
    assert abs(float(number) * scale - count) <= 0.006 * count


def test_weights_are_counted_by_their_files(tmp_path):
    """Of a folder, of a file; of what is not here yet nothing is known."""
    (tmp_path / "model.safetensors").write_bytes(b"x" * 70)

    assert [on_disk(str(path)) for path in (tmp_path, tmp_path / "model.safetensors", tmp_path / "no")] == [
        70,
        70,
        0,
    ]
