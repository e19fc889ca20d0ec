"""Lines as objects: what is news, and what was packed."""

from hypothesis import given
from hypothesis import strategies as st

from harness.exchange.bundle import identity, is_name, name_of, news, packed, unpacked
from harness.journal import written

ROWS = st.dictionaries(st.sampled_from(["key", "by", "x"]), st.text(max_size=9), min_size=1)
LINES = st.dictionaries(st.sampled_from(["ab.jsonl", "judged/b.jsonl"]), st.lists(ROWS, min_size=1, max_size=6))


@given(LINES, st.integers(1, 200))
def test_what_is_packed_is_unpacked(rows, largest):
    """In as many objects as it takes; each says of which file its lines are."""
    lines = {file: [written(row) for row in of_file] for file, of_file in rows.items()}
    found = dict[str, list[bytes]]()
    for content in packed(lines, largest):
        for file, some in unpacked(content).items():
            found.setdefault(file, []).extend(some)

    assert found == lines


def test_an_object_is_no_larger_than_told():
    """But for a line that is larger."""
    line = written({"key": "a" * 50})
    assert [len(content) < 250 for content in packed({"ab.jsonl": [line] * 9}, 200)] == [True] * 9


@given(st.lists(st.integers(0, 9)), st.sets(st.integers(0, 9)))
def test_news_are_the_first_lines_of_keys_that_nobody_has(keys, known):
    """As one would look for them one by one."""
    lines = [written({"key": str(key), "place": place}) for place, key in enumerate(keys)]
    slow = [
        line
        for place, (key, line) in enumerate(zip(keys, lines, strict=True))
        if key not in known and key not in keys[:place]
    ]

    assert news(lines, [str(key).encode() for key in known]) == slow


def test_what_tells_a_line_from_others():
    """Its key, else its text; nothing where it is damaged, or says something of this file's bytes alone."""
    head = written({"by": "x"})
    assert identity(written({"key": "k", "answer": 1})) == identity(written({"key": "k", "answer": 2})) == b"k"
    assert identity(head) == b'"by": "x"}'
    assert identity(head + b"\r") == identity(head)
    assert [identity(line) for line in (head[:-2], b"", written({"damaged": [3]}), written({"file": "x"}))] == [
        None
    ] * 4


def test_lines_of_files_that_do_not_travel_are_not_unpacked():
    """Nothing is written where an object says."""
    line = written({"key": "a"})
    assert unpacked(b"\n".join([line, written({"file": "../x.jsonl"}), line])) == {}


def test_a_name_is_of_the_content():
    """Two writers of one name write the same."""
    assert name_of(b"a") == name_of(b"a") != name_of(b"b")
    assert is_name(name_of(b"a"))
    assert not is_name("README")
