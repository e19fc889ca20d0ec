"""What a sandboxed program may write into its report."""

import json
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.execute import sandbox

SAID = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["ok", "error"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(outcome=SAID, texts=SAID.map(json.dumps) | SAID, detail=SAID, calls=st.integers(0, 3))
def test_whatever_is_reported_becomes_an_execution(outcome, texts, detail, calls):
    """A program may have written it, and an honest-looking one has as many values as there were calls."""
    said = {"outcome": outcome, "values": texts, "detail": detail, "seconds": 0.1}
    result = sandbox._execution(said, calls, "full")

    assert result.outcome in get_args(sandbox.Ending)
    assert result.outcome != "ok" or len(result.values) == calls
    assert result.detail.isprintable()


@pytest.mark.parametrize(
    "text", ["[" * 10**5, '[{"set": [[]]}]', '[{"dict": [[[], 1]]}]', '[{"int": 5}]', "[NaN]", "1" * 5000, "", "[1, 2]"]
)
def test_values_that_cannot_be_read_are_no_result(text):
    """Deep, unhashable, of another type, too long, too many: for one call there is one value."""
    said = {"outcome": "ok", "values": text, "seconds": 0.1}

    assert sandbox._execution(said, 1, "full").outcome == ("ok" if text == "[NaN]" else "killed")


@pytest.mark.parametrize("said", [{}, {"seconds": None}, {"seconds": "soon"}, {"seconds": [1]}, {"seconds": 10**400}])
def test_a_report_without_its_computing_time_is_no_result(said):
    """A runner that a program could write into may leave out or spoil what the runner itself adds."""
    assert sandbox._execution({"outcome": "ok", "values": "[1]"} | said, 1, "full").outcome == "killed"
