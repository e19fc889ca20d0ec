"""What published totals can decide."""

import pytest

from harness.decide.bootstrap import PairedTask, group_effect, paired_bootstrap
from harness.errors import BadInput
from harness.gate.counts import counted, decide_counts


@pytest.mark.parametrize(("base", "new", "items", "verdict"), [
    (781, 736, 1000, "undecided"),  # llm-compressor, pull request 3186, flexible-extract
    (709, 667, 1000, "undecided"),  # the same, strict-match
    (1000, 1026, 1319, "kept"),  # llm-compressor, pull request 2606
    (1253, 1203, 1319, "undecided"),  # SGLang, pull request 20304, 13 February
    (1253, 1231, 1319, "kept"),  # the same, 3 March
    (800, 400, 1000, "broken"),
])  # fmt: skip
def test_disputed_cases(base, new, items, verdict):
    """Three public projects; docs/gate.md says what was disputed."""
    assert decide_counts((base, items), (new, items), 0.95).verdict == verdict


def test_where_the_pairing_matters_it_says_how_much():
    """From so many items on that are right in both; one fewer is not enough."""
    found = decide_counts((700, 1319), (680, 1319), 0.95)
    turn = int(found.sentence.partition("at least ")[2].split()[0])

    def low(both):
        before = (1.0,) * 700 + (0.0,) * 619
        after = (1.0,) * both + (0.0,) * (700 - both) + (1.0,) * (680 - both) + (0.0,) * (619 - 680 + both)
        task = PairedTask("t", after, before)
        return paired_bootstrap([task], group_effect([task], corrected=True), null=0.95).low

    assert found.verdict == "undecided"
    assert low(turn) > 0.95 >= low(turn - 1)


def test_the_extremes_bound_every_pairing():
    """No pairing between the two has a narrower or a wider interval."""
    rows = decide_counts((700, 1319), (680, 1319), 0.95).rows

    assert [(row.lost, row.gained) for row in rows] == [(20, 0), (639, 619)]
    assert rows[0].retention.low > rows[1].retention.low
    assert rows[0].retention.high < rows[1].retention.high


def test_a_base_at_its_floor_has_nothing_to_keep():
    """Guessing has it too."""
    found = decide_counts((260, 1000), (255, 1000), 0.95, 0.25)

    assert found.verdict == "not comparable"
    assert "0.05 above guessing" in found.rows[0].why


def test_counts_of_other_items_are_refused():
    """Whatever the shares are."""
    with pytest.raises(BadInput, match="expected counts of the same items, so of one number"):
        decide_counts((781, 1000), (736, 990), 0.95)


@pytest.mark.parametrize(("text", "found"), [("736/1000", (736, 1000)), ("logs/base", None), ("1/2/3", None)])
def test_counts_are_told_from_paths(text, found):
    """Digits, a stroke, digits."""
    assert counted(text) == found


@pytest.mark.parametrize("text", ["11/10", "0/0", "1/99999999"])
def test_counts_that_cannot_be_are_refused(text):
    """More right than asked, nothing asked, more than anybody asks."""
    with pytest.raises(BadInput, match="expected RIGHT/ITEMS"):
        counted(text)
