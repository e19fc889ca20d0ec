"""What a mirror remembers of a place, and when that still holds."""

import pytest

from harness.exchange.memory import Memory, holding, keep, recalled

KEPT = Memory(frozenset({"lines/a", "lines/b"}), {"x.jsonl": (7, 100)})


def test_what_is_kept_is_recalled(tmp_path):
    """As it was."""
    keep(tmp_path / "memory", KEPT)
    assert recalled(tmp_path / "memory") == KEPT


@pytest.mark.parametrize(
    "content", [None, b"", b"[]", b'{"taken": 3, "even": {}}', b'{"taken": [], "even": {"x": [1]}}']
)
def test_what_cannot_be_read_is_nothing(tmp_path, content):
    """All is then looked at again."""
    if content is not None:
        (tmp_path / "memory").write_bytes(content)
    assert recalled(tmp_path / "memory") == Memory()


@pytest.mark.parametrize(
    ("listed", "sizes", "holds"),
    [
        ({"lines/a", "lines/b", "lines/c"}, {"x.jsonl": (7, 130), "new.jsonl": (8, 1)}, True),
        ({"lines/a"}, {"x.jsonl": (7, 100)}, False),  # an object was removed
        ({"lines/a", "lines/b"}, {"x.jsonl": (9, 100)}, False),  # another file has its name
        ({"lines/a", "lines/b"}, {"x.jsonl": (7, 99)}, False),
        ({"lines/a", "lines/b"}, {}, False),
    ],
)
def test_what_is_remembered_holds_while_nothing_is_gone(listed, sizes, holds):
    """Else nothing of it does."""
    assert holding(KEPT, frozenset(listed), sizes) == (KEPT if holds else Memory())
