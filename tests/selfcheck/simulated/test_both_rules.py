"""The same simulated runs under both rules of a sweep: what the page says comes out again."""

from pathlib import Path

import pytest

from harness.decide.designs import DESIGNS
from harness.errors import BadInput
from harness.selfcheck.simulated.both_rules import SIZES, Both, both, counts, main, page, runs, truths_compared
from harness.selfcheck.simulated.sizes import sizes_of

PAGE = Path(__file__).parents[3] / "docs" / "statistics.md"
MOST_ANSWERS = 5.0
"""Full variants whose answers a race may ask at most."""


@pytest.fixture(scope="module", params=SIZES, ids=[tier for tier, _ in SIZES])
def found(request):
    """Twenty runs at the sizes of a tier."""
    return request.param[0], [*runs(*request.param, PAGE.parents[1] / "baselines")]


def test_the_page_shows_what_comes_out(found):
    """Row by row, from fixed seeds."""
    tier, every = found
    text, limit = PAGE.read_text(encoding="utf-8"), dict(SIZES)[tier]
    assert f"<!-- both rules, {tier} -->\n{page(every)}\n{tier}, `--limit {limit}`: {counts(every)}.\n" in text


def test_twenty_runs_of_mixed_truths(found):
    """Of each claim that there is a layer: a null, the minimum, the paper's figure, nothing."""
    _, every = found
    sizes = sizes_of("gpu", PAGE.parents[1] / "baselines", limit=800)

    assert len(every) == 20
    for claim in (name for name, design in DESIGNS.items() if design.sweep):
        kinds = [truth.kind for truth in truths_compared(claim, sizes.setting(claim))]
        assert kinds == ["null", "minimum", "paper", "untrue"]


def test_a_race_contradicts_nothing_and_asks_few_answers(found):
    """Fewer than five variants that answer everything; and what one rule finds, the other's interval never excludes."""
    _, every = found

    assert "contradicted" not in {run.raced for run in every}
    assert max(run.answers for run in every) <= MOST_ANSWERS
    assert not [run for run in every if run.opposed]


def test_both_rules_see_the_same_answers():
    """A run is drawn once: with nothing left to chance in the answers, both find what is there."""
    setting = sizes_of("gpu", PAGE.parents[1] / "baselines", limit=800).setting("reverse-pattern")
    _, _, paper, nothing = truths_compared("reverse-pattern", setting)

    assert both("reverse-pattern", setting, paper).same
    assert both("reverse-pattern", setting, nothing).same


def test_other_arguments_are_refused():
    """In one sentence, before anything is simulated."""
    with pytest.raises(BadInput, match="many was given; expected nothing, or a number of seeds"):
        main(["many"])


@pytest.mark.parametrize(
    ("swept", "shown", "same", "opposed"),
    [
        ("reproduced", "reproduced", True, False),
        ("contradicted", "contradicted", True, False),
        ("contradicted", "inconclusive", False, False),
        ("reproduced", "contradicted", False, True),
        ("contradicted", "reproduced", False, True),
    ],
)
def test_opposed_is_one_that_finds_what_the_other_excludes(swept, shown, same, opposed):
    """That a race leaves open what a sweep contradicts is no opposition."""
    run = Both("claim", "truth", swept, "inconclusive", shown, 24, 2.5)
    assert (run.same, run.opposed) == (same, opposed)
