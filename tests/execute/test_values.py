"""What travels in and out of the sandbox."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.execute import values

HASHABLE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.complex_numbers(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.frozensets(inner, max_size=3),
    max_leaves=6,
)
ANY = st.recursive(
    HASHABLE,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(HASHABLE, inner, max_size=3) | st.sets(HASHABLE, max_size=3)
    ),
    max_leaves=6,
)


@given(ANY)
def test_values_come_back_as_they_were(value):
    """With their types, which `==` alone does not tell: 1, 1.0 and True are equal."""
    back = values.loads(values.dumps(value))

    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize("kind", ["set", "frozenset", "dict"])
def test_numbers_that_hash_alike_are_refused(kind):
    """A forged set of a few hundred thousand of them would take the harness hours."""
    keys = [values.dumps(n * (2**61 - 1)) for n in range(1, 100_000)]
    forged = f'{{"{kind}": [{", ".join(f"[{key}, 0]" if kind == "dict" else key for key in keys)}]}}'

    with pytest.raises(ValueError, match="hash alike"):
        values.loads(forged)


def test_honest_sets_may_have_a_few_equal_hashes():
    """-1 and -2 have one hash, as have a number and that number plus 2**61 - 1."""
    value = {-1, -2, *range(1000), *(n + 2**61 - 1 for n in range(1000))}

    assert values.loads(values.dumps(value)) == value


@pytest.mark.parametrize(
    "value", ["a" * 1000, [0] * 1000, {"a": [b"a" * 1000]}, tuple(range(300)), {1: {2: set(range(400))}}]
)
def test_what_is_too_large_is_not_written(value):
    """Before it is encoded where its length says so, and after at the latest."""
    with pytest.raises(MemoryError):
        values.dumps(value, 900)

    assert values.loads(values.dumps(value, math.inf)) == value
