"""Figures that the pages state of a GPU are those of the committed report."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROFILES = sorted((ROOT / "docs" / "device-profiles").glob("*.json"))


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_the_page_states_what_the_report_measured(path):
    """Every speed and every peak of memory, the card, the driver and the rates."""
    found, page = json.loads(path.read_text()), (ROOT / "docs" / "gpu-tier.md").read_text()
    machine = found["machine"]
    stated = [machine["name"], machine["driver"], path.name, f"{machine['bytes_per_second'] / 1e12:.2f} TB/s",
              f"{machine['flops'] / 1e12:.0f} TFLOP/s"]  # fmt: skip
    for one in found["measurements"]:
        if one["per_second"]:
            stated += [f"| {one['per_second']:,.0f} | {one['share_of_bound']:.0%} | {one['peak_bytes'] / 1e9:.1f} |"]

    assert len(stated) > 5
    assert [figure for figure in stated if figure not in page] == []
