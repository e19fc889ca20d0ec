"""Effects that claims share, and what must hold before one may decide. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from harness.decide.aside import aside
from harness.decide.association import split_half_reliability
from harness.decide.bootstrap import Interval
from harness.decide.design import Condition, Evidence, Level, VerdictName
from harness.decide.drops import mean_gain_lost, mean_score
from harness.decide.effects import (
    clearest_of,
    difference,
    gains_by_vote,
    losses_by_layer,
    retention_of,
    share_lost,
)
from harness.decide.seeds import (
    recovery_difference,
)

SILENT = 0.10  # of the answers that the base gives in the form asked for: a variant that gives fewer is mute
RUIN = 0.10  # of retention: claim 6's minimum, so that what was taken below it cannot be the effect


def off_the_floor(least: float, *roles: str) -> Condition:
    """One of several roles clearly keeps something: between nothing and nothing there is no difference to see."""
    return Condition(
        "off the floor",
        clearest_of([retention_of(role) for role in roles]),
        least,
        unless="nothing was kept that could differ: the best of the two keeps {measured}, not clearly above {least:g}",
        remedy="remove fewer layers where several went, or take an easier task or more items (--limit)",
    )


def lost_something(*roles: str) -> Condition:
    """What the claim says is lost was lost in itself: a gap may come from the other side's gain alone."""
    return Condition(
        "generation itself lost",
        clearest_of([share_lost(role) for role in roles]),
        0.0,
        unless="what should be lost was not lost for certain, so that a gap would be the other side's gain: the share "
        "lost is {measured}",
        remedy="ask more items (--limit), or remove more layers",
        blocks=("reproduced",),
    )


def not_undone(last: str, earlier: str, most: float) -> Condition:
    """The last doubling did not take away what was there: a training that broke says nothing about more of it."""
    return Condition(
        "the last doubling undid nothing",
        difference(last, earlier),
        -most,
        unless=f"the last doubling may have undone {most:g} or more of what the earlier budget had brought back: its "
        "gain is {measured}",
        remedy="train with a lower rate, or take the budget before it broke",
        blocks=("reproduced",),
    )


def not_ruined(arm: str, before: str, most: float, blocks: VerdictName) -> Condition:
    """A recovery took away less than counts as an effect: beating one that broke its model shows nothing.

    Args:
        arm: the role after the recovery.
        before: the same variant before it.
        most: of retention, how much it may have taken.
        blocks: the verdict that a ruin of this arm would bring about.
    """
    return Condition(
        f"the {arm} recovery ruined nothing",
        difference(arm, before),
        -most,
        unless=f"the {arm} recovery may have taken {most:g} or more of what was there before it, and against one that "
        "broke its model nothing is shown: its gain is {measured}",
        remedy="train that arm with a lower rate, or ask more items (--limit)",
        blocks=(blocks,),
    )


def neither_ruined(before_first: str, before_second: str) -> tuple[Condition, Condition]:
    """Of two recoveries, `first` and `second`, none won because the other broke its model."""
    return (
        not_ruined("second", before_second, RUIN, "reproduced"),
        not_ruined("first", before_first, RUIN, "contradicted"),
    )


def moved(after: str, before: str, blocks: tuple[VerdictName, ...] | None = None) -> Condition:
    """The recovery brought something back."""
    condition = Condition(
        "the recovery moved",
        difference(after, before),
        0.0,
        unless="at this budget the recovery did not bring anything back for certain: retention after minus before is "
        "{measured}",
        remedy="train longer or on more examples (--recovery-examples), or remove fewer layers",
    )
    return condition if blocks is None else replace(condition, blocks=blocks)


def either_moved(pairs: Sequence[tuple[str, str]]) -> Condition:
    """One of several recoveries brought something back."""
    clearest = clearest_of([difference(after, before) for after, before in pairs])
    return replace(moved(*pairs[0]), name="a recovery moved", measure=clearest)


def plateau(last: str, earlier: str, most: float) -> Condition:
    """Twice the budget brought little: else more training might well do what the claim says it does not."""

    def saved(evidence: Evidence, at: Level) -> Interval:
        gain = recovery_difference(evidence[last], evidence[earlier], at.confidence, at.resamples, null=most)
        return replace(gain, estimate=-gain.estimate, low=-gain.high, high=-gain.low, of_items=None)

    return Condition(
        "the last doubling is bounded",
        saved,
        -most,
        unless=f"at this budget the last doubling may still have brought {most:g} or more: minus its gain is "
        "{measured}",
        remedy="train longer (--recovery-examples), or ask more items (--limit)",
    )


def still_answers(role: str) -> Condition:
    """The variant gives answers in the form asked for: of one that says nothing, no ability was measured."""
    return Condition(
        "the variant answers",
        retention_of(role),
        SILENT,
        unless="the variant hardly answers in the form asked for: of the answers that the base gives, {measured} are "
        "left, not clearly above {least:g}",
        remedy="remove fewer layers where several went, or take another model",
    )


def reliable(role: str, least: float) -> Condition:
    """Layers are told apart by more than their items' luck."""

    def measure(evidence: Evidence, at: Level) -> Interval:
        rows = losses_by_layer(evidence[role])
        found = aside(split_half_reliability, rows)
        found = 0.0 if isinstance(found, str) else found  # too few items to tell anything
        return Interval(found, found, found, at.confidence, 1.0, sum(map(len, rows)))

    return Condition(
        f"layers are told apart ({role})",
        measure,
        least,
        unless="the layers' order is not told from luck: the reliability of their losses is {measured}, and at least "
        "{least:g} is needed",
        remedy="ask more items per layer (--limit)",
    )


def scores_something(role: str, least: float) -> Condition:
    """The mean of a role's own base scores is off the floor: who is never right gains nothing by trying again."""

    def mean(evidence: Evidence, at: Level) -> Interval:
        return mean_score([task.base for task in evidence[role]], at.confidence, at.resamples, null=least)

    return Condition(
        f"something is right ({role})",
        mean,
        least,
        unless="too little is right for a difference to show: {measured}, not clearly above {least:g}",
        remedy="remove fewer layers, or take an easier task or more items (--limit)",
    )


def a_vote_gains(role: str) -> Condition:
    """A vote is better than one answer: where all drawn answers are right, no gain is left that could shrink."""

    def gain(evidence: Evidence, at: Level) -> Interval:
        gains = gains_by_vote(evidence[role])
        return mean_gain_lost(gains, [0.0] * len(gains), at.confidence, at.resamples, null=at.null)

    return Condition(
        f"a vote gains ({role})",
        gain,
        0.0,
        unless="no gain is there that could shrink: a vote gains {measured}, not clearly more than {least:g}",
        remedy="take a harder task, which one answer seldom solves, or more items (--limit)",
    )


def measured(role: str, unless: str, remedy: str) -> Condition:
    """A role that the evidence may lack is there: without it nothing is contradicted.

    Args:
        role: one of the design's `optional`.
        unless: what is said where it is not.
        remedy: what would make the claim testable.
    """

    def there(evidence: Evidence, at: Level) -> Interval:
        found = float(role in evidence)
        return Interval(found, found, found, at.confidence, 1.0, 1)

    return Condition(f"{role} was measured", there, 0.0, unless, remedy, ("contradicted",))
