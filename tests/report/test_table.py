"""The table where only ASCII can be shown."""

import pytest

from harness.report.table import in_encoding


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [("utf-8", "a ── é"), ("ascii", "a -- ?"), (None, "a -- ?"), ("latin-1", "a -- é")],
)
def test_lines_are_drawn_with_what_there_is(encoding, shown):
    """Rules become dashes; what cannot be shown is one question mark, and the line stays as long as it was."""
    assert in_encoding("a ── é", encoding) == shown
