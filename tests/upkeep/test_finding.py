"""What follows from findings, and how they are written."""

from harness.upkeep.finding import Finding, can_run, content, page, tier_tiny

FINE = Finding("python", "ok", "3.11.7", needed=True)
WISHED = Finding("gpu", "cannot", "none")
LOST = Finding("store", "missing", "cannot be written", "name another", needed=True)


def test_the_tiny_tier_runs_where_what_it_needs_is_there():
    """Whatever else is missing."""
    assert can_run([FINE, WISHED])
    assert tier_tiny([FINE, WISHED]).state == "ok"


def test_the_tiny_tier_says_what_is_skipped():
    """Checks that train need an extra, and nothing else does."""
    without = Finding("extra recover", "missing", "peft is not installed")

    assert tier_tiny([FINE, without]).state == "ok"
    assert "but for the checks that train" in tier_tiny([FINE, without]).says
    assert "train" not in tier_tiny([FINE, Finding("extra recover", "ok", "")]).says


def test_the_tiny_tier_names_what_it_waits_for():
    """Missing or impossible, if it is needed."""
    assert not can_run([FINE, LOST])
    assert tier_tiny([FINE, WISHED, LOST]) == Finding(
        "tier tiny", "cannot", "does not run before this is mended: store"
    )


def test_a_line_each_and_the_command_below():
    """Aligned, and no arrow where nothing is to be mended."""
    assert page([FINE, LOST]) == (
        "ok       python  3.11.7\nmissing  store   cannot be written\n                 -> name another\n"
    )


def test_a_file_of_findings_says_all_of_them():
    """With what follows."""
    assert content([LOST]) == {
        "tiny": False,
        "findings": [
            {"about": "store", "state": "missing", "says": "cannot be written", "mend": "name another", "needed": True}
        ],
    }
