"""`--protocol paper`: what it changes is on one page with what it leaves."""

import re
from pathlib import Path

from harness.tasks.suite import selection_splits

PAGE = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
CHANGED = (
    "harness/probe/failures.py",
    "harness/tasks/calibration.py",
    "harness/tasks/suite.py",
    "harness/tasks/suite.py",
)


def rows(title):
    """First cells of a section's table."""
    section = PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]
    return [line.split("|")[1].strip() for line in section.splitlines() if line.startswith("| ")][2:]


def test_the_page_lists_every_place_where_the_protocol_decides():
    """A fifth place in the code asks for a fifth row."""
    root = Path(__file__).parents[2]
    files = [*(root / "harness").rglob("*.py"), *(root / "checks").rglob("*.py")]
    deciding = [
        str(path.relative_to(root))
        for path in files
        for _ in re.findall(r'protocol == "paper"|"paper": "arithmetic_first_digit"', path.read_text(encoding="utf-8"))
    ]
    assert sorted(deciding) == sorted(CHANGED)
    assert len(rows("Follows")) == len(CHANGED)


def test_the_page_says_what_is_left():
    """Every difference from the authors' protocol that the audit found has its row, and its reason."""
    left = rows("Leaves")
    generation = (
        "decoding",
        "length",
        "stop",
        "chat",
        "system",
        "prefill",
        "GSM8K judged",
        "MBPP+ tests",
        "XSUM items",
    )
    others = ("XSUM loops", "MATH-500", "classification", "calibration", "items of a search", "recovery")
    for word in (*generation, *others):
        assert any(word in row for row in left), word
    lines = PAGE.partition("## Leaves")[2].splitlines()
    cells = [line.split("|") for line in lines if line.startswith("| ")]
    assert all(len(row) == 6 and row[4].strip() for row in cells)


def test_the_options_point_to_the_page():
    """Who reads the help of an option finds what it promises."""
    root = Path(__file__).parents[2]
    for name in ("harness/options.py", "README.md"):
        assert "docs/protocol.md" in (root / name).read_text(encoding="utf-8")


def test_selection_items_follow_the_protocol_on_the_gpu_only():
    """Three hundred generations per candidate are out of reach elsewhere."""
    assert selection_splits("gpu", "paper") != selection_splits("gpu", "sound")
    assert set(selection_splits("gpu", "sound").values()) == {"selection"}
    for tier in ("tiny", "small"):
        assert selection_splits(tier, "paper") == selection_splits(tier, "sound")
