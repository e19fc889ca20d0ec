"""Benchmark Illusion (2606.17609): what a pruned model no longer writes but still chooses is demoted, not erased."""

import pytest

from harness.decide.drops import mean_score
from harness.decide.seeds import SeededTask
from harness.probe.recall import lost_and_missed

DRAWS, TEMPERATURE = 8, 1.0


def groups(base, pruned, written, choice):
    """Ids of the items whose written answer was lost, by whether the variant still chooses it.

    Items that the base does not choose rightly are in neither: nothing was recognised that could be demoted.
    """
    lost, _ = lost_and_missed(base[written], pruned[written])
    chose, still = ({o.item_id for o in found[choice].outcomes if o.score == 1} for found in (base, pruned))
    known = [item for item in lost if item in chose]
    return {"recognised": [i for i in known if i in still], "lost": [i for i in known if i not in still]}


def hits(draws, items):
    """Of each item, 1 where one of its draws is right."""
    right = {outcome.item_id for result in draws for outcome in result.outcomes if outcome.score == 1}
    return tuple(float(item in right) for item in items)


@pytest.mark.neighbour
def test_lost_answers_are_demoted(subject, method, ratio, claim):
    """Of the items whose answer was lost: share that comes back in 8 draws, still chosen minus not chosen either."""
    case = claim.case("lost-answers-are-demoted", {"method": method, "ratio": ratio})
    ((choice,), (written,)) = case.groups["choice"], case.groups["lost"]
    for base in case.looks(case.groups):
        plan = subject.plan(method, ratio)
        pruned = subject.evaluate(plan, [choice, written], case.limit)
        of = groups(base, pruned, written, choice)
        asked = {item for items in of.values() for item in items}
        draws = subject.sample(plan, written, DRAWS, TEMPERATURE, case.limit, items=asked) if asked else []
        drawn = {
            role: [SeededTask(written, (1.0,) * len(items), (hits(draws, items),))] if items else []
            for role, items in of.items()
        }
        evidence = case.weigh({"choice": case.scores("choice", pruned), **drawn})

    case.decide(
        evidence,
        effect=f"come back in {DRAWS} draws, still chosen - not chosen either, without {plan.describe()}",
        results={"base": base, "pruned": pruned},
        measurements={
            "removed": plan.describe(),
            "items": {role: len(items) for role, items in of.items()},
            "come_back": {role: mean_score([tasks[0].runs[0]]) for role, tasks in drawn.items() if tasks},
        },
    )
