"""Variants that several methods choose, each as often as its place in a list asks: what two claims share."""

from itertools import combinations
from statistics import fmean

from harness.decide.flips import apart


def answered(case, subject, plans, results):
    """One SeededTask a task with one run a plan; equal plans are asked once. `results` is filled: plan -> results."""
    for plan in plans:
        if plan not in results:
            results[plan] = subject.evaluate(plan, case.tasks("chosen"), case.limit)
    return case.scores("chosen", *(results[plan] for plan in plans))


def jaccard(one, other):
    """Share of the layers in either plan's set that is in both."""
    return len({*one.removed} & {*other.removed}) / len({*one.removed} | {*other.removed})


def between(plans, tasks, names):
    """Of every two variants: the Jaccard index of their sets, and the share of the items answered differently."""
    return {
        f"{names[a]} | {names[b]}": {
            "jaccard": jaccard(plans[a], plans[b]),
            "apart": fmean(fmean(apart(task, [(a, b)])) for task in tasks),
        }
        for a, b in combinations(range(len(plans)), 2)
    }


def mean_jaccard(plans, pairs):
    """Mean over pairs of variants."""
    return fmean(jaccard(plans[a], plans[b]) for a, b in pairs)
