"""What a page says beside the verdict."""

from harness.decide.bootstrap import PairedTask
from harness.decide.published import published_minus_fresh
from harness.report.beside import beside

HALF, NONE = PairedTask("t", (1.0, 0.0, 0.0, 0.0), (1.0, 1.0, 0.0, 0.0)), PairedTask("t", (0.0,) * 4, (0.0,) * 4)


def test_fresh_items_are_a_sentence():
    """Both kinds with their scores, then the two differences."""
    (line,) = beside({"fresh": {"gsm8k": published_minus_fresh(HALF, HALF)}})

    assert line.startswith(
        "fresh items of gsm8k: 0.500 -> 0.250 on 4 published ones, 0.500 -> 0.250 on 4 fresh ones; published - fresh: "
        "accuracy of the base +0.000 ["
    )
    assert ", retention +0.000 [" in line


def test_an_undefined_retention_is_said():
    """A base that answers nothing keeps no share of it."""
    (line,) = beside({"fresh": {"gsm8k": published_minus_fresh(NONE, HALF)}})

    assert line.endswith("retention undefined, since the base answers none of one of them")


def test_nothing_measured_is_no_line():
    """Most claims measure none of it."""
    assert beside({}) == []
