"""Effects that claims share, each a function of the evidence. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter

from harness.decide.association import disagreement_over_depth
from harness.decide.bootstrap import Interval
from harness.decide.design import Effect, Evidence, Level
from harness.decide.drops import mean_score_rise
from harness.decide.multiplicity import bonferroni_confidence
from harness.decide.resample import RESAMPLES
from harness.decide.seeds import (
    SeededTask,
    as_pairs,
    mean_recovered_gap,
    recovered_gap,
    recovered_retention,
    recovery_difference,
    remaining_loss,
)


def gap(first: str, second: str) -> Effect:
    """Retention of one role minus that of another, both net of guessing."""

    def effect(evidence: Evidence, at: Level) -> Interval:
        return recovered_gap(
            evidence[first], evidence[second], at.confidence, at.resamples, corrected=True, null=at.null
        )

    return effect


def mean_gap(pairs: Sequence[tuple[str, str]]) -> Effect:
    """The mean of several gaps, each between two roles, all net of guessing."""

    def effect(evidence: Evidence, at: Level) -> Interval:
        gaps = [(evidence[first], evidence[second]) for first, second in pairs]
        return mean_recovered_gap(gaps, at.confidence, at.resamples, corrected=True, null=at.null)

    return effect


def retention_of(role: str) -> Effect:
    """Retention of a role, net of guessing."""

    def effect(evidence: Evidence, at: Level) -> Interval:
        return recovered_retention(evidence[role], at.confidence, at.resamples, corrected=True, null=at.null)

    return effect


def share_lost(role: str) -> Effect:
    """Share of the base's score that a role lost: 1 - retention."""

    def effect(evidence: Evidence, at: Level) -> Interval:
        return remaining_loss(evidence[role], at.confidence, at.resamples, corrected=True, null=at.null)

    return effect


def rise_of(role: str) -> Effect:
    """Mean score of a role after minus before."""

    def effect(evidence: Evidence, at: Level) -> Interval:
        return mean_score_rise(as_pairs(evidence[role]), at.confidence, at.resamples, null=at.null)

    return effect


def difference(first: str, second: str) -> Effect:
    """Retention of one variant minus that of another, on the same items of one base."""

    def effect(evidence: Evidence, at: Level) -> Interval:
        return recovery_difference(evidence[first], evidence[second], at.confidence, at.resamples, null=at.null)

    return effect


def clearest_of(effects: Sequence[Effect]) -> Effect:
    """Of several effects, the one with the highest lower end."""

    def clearest(evidence: Evidence, at: Level) -> Interval:
        return max((effect(evidence, at) for effect in effects), key=lambda interval: interval.low)

    return clearest


def best_of(effects: Mapping[str, Effect]) -> Effect:
    """The largest of several effects, whichever it is: its interval holds for all of them together (Bonferroni).

    Where each effect lies in its own interval, the largest lies between the highest lower and the highest upper end.
    The p-value is of the effect that decides: the one with the highest lower end where the largest is above what the
    p-value is about, and with the highest upper end where it is not.

    Args:
        effects: by the role that each is of; one whose role the evidence lacks is none of them.
    """

    def best(evidence: Evidence, at: Level) -> Interval:
        there = [effect for role, effect in effects.items() if role in evidence]
        every = len(there)
        resamples = at.resamples * every if at.resamples >= RESAMPLES else at.resamples
        each = replace(at, confidence=bonferroni_confidence(at.confidence, every), resamples=resamples)
        found = [effect(evidence, each) for effect in there]
        lowest, highest = (max(found, key=attrgetter(end)) for end in ("low", "high"))
        estimate = max(interval.estimate for interval in found)
        deciding = lowest if estimate > at.null else highest
        return replace(
            deciding.corrected_for(every),
            estimate=estimate,
            low=lowest.low,
            high=highest.high,
            confidence=at.confidence,
            of_items=None,
        )

    return best


def best_task(role: str, effect_of: Callable[[str], Effect]) -> Effect:
    """The largest effect among the tasks of a role, with an interval that holds for all of them together (`best_of`).

    Args:
        role: whose tasks are looked at one by one.
        effect_of: the effect of one task, as a role of its name.
    """

    def best(evidence: Evidence, at: Level) -> Interval:
        alone = {task.name: [task] for task in evidence[role]}
        return best_of({name: effect_of(name) for name in alone})(alone, at)

    return best


def orders_apart(one: str, other: str) -> Effect:
    """1 - the correlation, over layers and net of noise, of what two roles say that the removal of each costs."""

    def effect(evidence: Evidence, at: Level) -> Interval:
        first, second = losses_by_layer(evidence[one]), losses_by_layer(evidence[other])
        return disagreement_over_depth(first, second, at.confidence, null=at.null)

    return effect


def gains_by_vote(tasks: Sequence[SeededTask]) -> list[float]:
    """Vote minus mean of the drawn answers, per item: `base` holds the means, the run the votes."""
    return [vote - mean for task in tasks for mean, vote in zip(task.base, task.runs[0], strict=True)]


def losses_by_layer(layers: Sequence[SeededTask]) -> list[list[float]]:
    """Score before minus after, per layer and item, of tasks that are layers."""
    return [[b - p for b, p in zip(layer.base, layer.runs[0], strict=True)] for layer in layers]


def said_of_layers(scores: Sequence[float], items: int) -> list[SeededTask]:
    """What a criterion says of each layer, in the form of `losses_by_layer`: as the loss of so many items."""
    return [SeededTask(f"layer {layer}", (score,) * items, ((0.0,) * items,)) for layer, score in enumerate(scores)]
