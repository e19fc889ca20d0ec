"""When Fewer Layers Break More Chains (2510.22228): without layers, a model gains less from test-time scaling."""

import pytest

from harness.decide.drops import mean_gain_lost, mean_score_rise
from harness.decide.seeds import SeededTask
from harness.probe.budgets import within
from harness.probe.self_consistency import gains, mean_scores, voted
from harness.tasks.pairs import paired
from harness.tasks.suite import TASKS

LOW, HIGH = 0.10, 0.25
ANSWERS, FEWER = 8, (2, 4)
TEMPERATURE = 1.0  # the source's
BUDGETS = (0.125, 0.25, 0.5, 1.0)  # of the longest answer
SHORT = BUDGETS.index(0.25)


@pytest.mark.neighbour
def test_test_time_scaling_shrinks(subject, method, claim):
    """Gain from self-consistency before minus after; beside it fewer answers, a quarter removed, longer budgets."""
    case = claim.case("test-time-scaling-shrinks", {"method": method})
    (task,) = case.groups["unpruned"]
    states, longest = TASKS[task].states, subject.questions.longest_answer(task)
    for _ in case.looks(case.groups, limit=subject.sweep_limit):
        plans = {"unpruned": subject.whole} | {r: subject.plan(method, r) for r in (LOW, HIGH)}
        drawn = {name: subject.sample(plan, task, ANSWERS, TEMPERATURE, case.limit) for name, plan in plans.items()}
        votes = {name: voted(samples, states) for name, samples in drawn.items()}
        # the mean of the drawn answers is where the vote starts from
        gain = {name: [SeededTask(task, mean_scores(drawn[name]), (votes[name].scores,))] for name in plans}
        evidence = case.weigh({"unpruned": gain["unpruned"], "pruned": gain[LOW]})

    gained = {name: {k: gains(samples[:k], states) for k in (*FEWER, ANSWERS)} for name, samples in drawn.items()}
    greedy = {name: subject.evaluate(plan, [task], case.limit)[task] for name, plan in plans.items()}
    budgets = [round(share * longest) for share in BUDGETS]
    short, full = budgets[SHORT], budgets[-1]
    longer = {
        name: [a - b for a, b in zip(within(result, full).scores, within(result, short).scores, strict=True)]
        for name, result in greedy.items()
    }

    case.decide(
        evidence,
        effect=f"gain from a vote of {ANSWERS}, unpruned - without {plans[LOW].describe()}",
        results={f"{name} voted": {task: result} for name, result in votes.items()}
        | {f"{name} greedy": {task: result} for name, result in greedy.items()},
        measurements={
            "removed": {name: plan.describe() for name, plan in plans.items()},
            "lost": {
                f"{k} answers, {name}": mean_gain_lost(gained["unpruned"][k], gained[name][k])
                for name in (LOW, HIGH)
                for k in (*FEWER, ANSWERS)
            },
            "accuracy": {
                name: {
                    "greedy": greedy[name].mean,
                    "one drawn": sum(mean_scores(samples)) / len(greedy[name].outcomes),
                    f"vote of {ANSWERS}": votes[name].mean,
                }
                for name, samples in drawn.items()
            },
            "accuracy_by_budget": {
                name: {str(budget): within(result, budget).mean for budget in budgets}
                for name, result in greedy.items()
            },
            f"gain_lost_from_{short}_to_{full}_tokens": {
                name: mean_gain_lost(longer["unpruned"], longer[name]) for name in (LOW, HIGH)
            },
            "rise_by_voting": {
                name: mean_score_rise(paired({task: greedy[name]}, {task: votes[name]}, [task])) for name in plans
            },
        },
    )
