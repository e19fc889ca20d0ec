"""The designs of claims about which layers methods choose, and about which parts go."""

from dataclasses import replace

from harness.decide.conditions import off_the_floor, still_answers
from harness.decide.design import Condition, Design
from harness.decide.effects import difference, retention_of, rise_of, share_lost
from harness.decide.flips import Crossed, Labelled, differ, labels_tell, more_apart
from harness.decide.groups import enough_in, more_in
from harness.decide.paper_designs import ARMS, two_recoveries
from harness.decide.registry import RETENTION, register

OBJECTIVES = {
    "block_influence": "states",
    "prune_and_comp": "states",
    "cosine_block": "states",
    "angular_block": "states",
    "perplexity": "loss",
    "greedy_nll": "loss",
    "shapley": "loss",
}
"""Methods by what they optimise: that states turn little, or that the loss on the texts stays low."""
BY_OBJECTIVE = Labelled(tuple(OBJECTIVES.values()))
CRITERIA, TEXTS = ("block_influence", "cosine_block", "perplexity"), ("gsm8k", "wikitext2")
GRID = Crossed(len(CRITERIA), len(TEXTS))
_DIFFER = 0.10
_SETS = register(
    Design(
        "answers-agree-within-an-objective",
        "Models pruned by methods of one objective answer more alike than those of two objectives",
        more_apart("chosen", BY_OBJECTIVE.between, BY_OBJECTIVE.within),
        0.05,
        "share of the items answered otherwise",
        {"chosen": "lost"},
        (
            differ("chosen", [*BY_OBJECTIVE.within, *BY_OBJECTIVE.between], _DIFFER),
            labels_tell("chosen", BY_OBJECTIVE, 0.95),
        ),
        calibrates=True,
        family="neighbours",
        ordered=True,
    )
)
register(
    replace(
        _SETS,
        claim="texts-choose-more-than-criteria",
        title="What a pruned model answers depends on the calibration texts more than on the criterion",
        effect=more_apart("chosen", GRID.by_text, GRID.by_criterion),
        conditions=(differ("chosen", [*GRID.by_text, *GRID.by_criterion], _DIFFER),),
        calibrates=False,  # it names its texts itself
    )
)
register(
    Design(
        "attention-costs-less-than-mlps",
        "Without the attention of a quarter of the layers, generation keeps more than without as many MLPs",
        difference("attention", "mlps"),
        0.10,
        RETENTION,
        {"attention": "kept", "mlps": "lost"},
        (off_the_floor(0.10, "attention", "mlps"),),
        calibrates=True,
        family="neighbours",
    )
)
register(
    replace(
        ARMS,
        claim="full-weights-beat-lora",
        title="Without two fifths of the layers, training all weights brings back more generation than LoRA",
        conditions=two_recoveries("before first", "before second"),
        seen=("before first", "before second"),
        family="neighbours",
    )
)
register(
    Design(
        "loops-rise-while-accuracy-holds",
        "With a tenth of the layers removed, degenerate answers become more common while classification holds",
        rise_of("degenerate"),
        0.05,
        "share of answers",
        {"spared": "kept", "degenerate": "rises"},
        (
            Condition(
                "classification holds",
                retention_of("spared"),
                0.90,
                unless="accuracy did not hold, so that nothing is said of text that degenerates all the same: "
                "classification retention is {measured}, not clearly above {least:g}",
                remedy="ask more items (--limit), or take another method (--method)",
            ),
            still_answers("answered"),
        ),
        seen=("answered",),
        family="neighbours",
    )
)
register(
    Design(
        "lost-answers-are-demoted",
        "Answers that a variant no longer writes come back in several draws where it still chooses them",
        more_in("recognised", "lost"),
        0.10,
        "share of the items with a right answer among 8 draws",
        {"choice": "kept", "recognised": "kept", "lost": "lost"},
        (
            Condition(
                "choices are no guesses",
                retention_of("choice"),
                0.10,
                unless="the variant chooses no better than by guessing, so that nothing is recognised: its choices "
                "keep {measured}, not clearly above {least:g}",
                remedy="remove fewer layers, or ask more items (--limit)",
            ),
            enough_in(19, "recognised", "lost"),
        ),
        family="neighbours",
    )
)
register(
    Design(
        "probabilities-part-while-states-stay",
        "Without a tenth of the layers, probabilities part from the unpruned model's more than logits, states hardly",
        share_lost("parted"),
        0.10,
        "share of the logits' cosine",
        {"parted": "lost"},
        (
            Condition(
                "states stay close",
                retention_of("states"),
                0.90,
                unless="states did not stay close, so that nothing is said of what parts all the same: their cosine is "
                "{measured}, not clearly above {least:g}",
                remedy="remove fewer layers, or ask more items (--limit)",
            ),
        ),
        seen=("states",),
        family="neighbours",
    )
)
