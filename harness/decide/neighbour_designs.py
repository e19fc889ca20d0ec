"""The designs of claims of neighbouring papers."""

from dataclasses import replace

from harness.decide.bootstrap import Interval
from harness.decide.conditions import a_vote_gains, measured, scores_something
from harness.decide.design import Condition, Design, Evidence, Level
from harness.decide.drops import mean_gain_lost
from harness.decide.effects import best_of, gains_by_vote, retention_of, share_lost
from harness.decide.paper_designs import APART, ARMS, POSITIONS, two_recoveries
from harness.decide.registry import RETENTION, register

register(
    Design(
        "question-answering-has-a-threshold",
        "Without a quarter of the layers, the deepest but the last, question answering keeps its score",
        retention_of("spared"),
        0.90,
        RETENTION,
        {"spared": "kept"},
        family="neighbours",
    )
)
for _claim, _minimum, _title in (
    (
        "partial-layers-match-lora",
        -0.05,
        "Recovery by finetuning the last layers brings back at least as much generation as LoRA",
    ),
    (
        "reverse-suffices-after-finetuning",
        -0.05,
        "After recovery, the model without its deepest layers generates at least as well as without the criterion's",
    ),
    (
        "width-keeps-what-depth-loses",
        0.10,
        "After recovery, the narrower model generates better than the shallower one of as many parameters",
    ),
):
    register(
        replace(
            ARMS,
            claim=_claim,
            title=_title,
            minimum=_minimum,
            conditions=two_recoveries("before first", "before second"),
            seen=("before first", "before second"),
            family="neighbours",
            no_worse=_minimum < 0,
            calibrates=_claim == "width-keeps-what-depth-loses",  # which neurons go is measured
        )
    )


def _agreement(evidence: Evidence, at: Level) -> Interval:
    """Spearman's correlation net of noise; anything where a state loses the same without any layer."""
    found = APART(evidence, replace(at, null=1 - at.null))
    return replace(found, estimate=1 - found.estimate, low=1 - found.high, high=1 - found.low)


register(
    replace(
        POSITIONS,
        claim="layer-importance-is-invariant",
        title="The layers that reasoning misses most are the same in two states of one model",
        effect=_agreement,
        unit="correlation",
        family="neighbours",
    )
)


def _gain_lost(evidence: Evidence, at: Level) -> Interval:
    before, after = (gains_by_vote(evidence[role]) for role in ("unpruned", "pruned"))
    return mean_gain_lost(before, after, at.confidence, at.resamples, null=at.null)


register(
    Design(
        "test-time-scaling-shrinks",
        "Without a tenth of the layers, a vote among eight answers gains less than it did before",
        _gain_lost,
        0.0,
        "points of accuracy",
        {"unpruned": "kept"},
        (a_vote_gains("unpruned"), scores_something("pruned", 0.05)),
        seen=("pruned",),
        family="neighbours",
        ordered=True,
    )
)

REPAIRS = ("bias", "linear_patch", "low_rank", "norm", "prune_and_comp", "replace_me")
register(
    Design(
        "a-repair-restores-arithmetic",
        "Without a quarter of the layers, one of the repairs that train nothing brings arithmetic back",
        best_of({name: retention_of(name) for name in REPAIRS}),
        0.90,
        RETENTION,
        dict.fromkeys(REPAIRS, "kept"),
        (
            Condition(
                "arithmetic was lost",
                share_lost("before"),
                0.10,
                unless="there was nothing to bring back: the share of arithmetic that the cut cost is {measured}, not "
                "clearly above {least:g}",
                remedy="remove more layers, or ask more items (--limit)",
                blocks=("reproduced",),
            ),
            measured(
                "replace_me",
                unless="ReplaceMe's own repair cannot be made of this model, and that the others bring nothing back "
                "does not contradict its paper",
                remedy="take a model or a method that it fits (the row's `refused` says why it does not)",
            ),
        ),
        seen=("before",),
        optional=REPAIRS,
        calibrates=True,
        family="neighbours",
    )
)
