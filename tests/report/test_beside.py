"""What a page says beside the verdict."""

from dataclasses import replace

from harness.decide.bootstrap import Interval, PairedTask
from harness.decide.published import published_minus_fresh
from harness.models.catalogue import MODELS
from harness.report.beside import beside, rival_lines
from harness.report.record import ClaimRecord, Effect, PaperFigure
from harness.report.verdicts import record_from_json, record_to_json
from harness.score.cost import ModelCost
from harness.score.ledger import Cost

RECORD = ClaimRecord(
    "a-claim", "Pruning hurts", "small", "my-model", "abc", {}, "reproduced", "because",
    Effect("gap", 0.4, 0.3, 0.5, 0.95, "fraction"), 0.001, 10, (0,), PaperFigure("x", "y"), Cost(),
)  # fmt: skip
HALF, NONE = PairedTask("t", (1.0, 0.0, 0.0, 0.0), (1.0, 1.0, 0.0, 0.0)), PairedTask("t", (0.0,) * 4, (0.0,) * 4)


def said(measurements, model="my-model", tasks=()):
    """The lines of a record with these measurements."""
    return beside(replace(RECORD, model=model, measurements=measurements), tasks)


def test_fresh_items_are_a_sentence():
    """Both kinds with their scores, then the two differences."""
    (line,) = said({"fresh": {"gsm8k": published_minus_fresh(HALF, HALF)}})

    assert line.startswith(
        "fresh items of gsm8k: 0.500 -> 0.250 on 4 published ones, 0.500 -> 0.250 on 4 fresh ones; published - fresh: "
        "accuracy of the base +0.000 ["
    )
    assert ", retention +0.000 [" in line


def test_an_undefined_retention_is_said():
    """A base that answers nothing keeps no share of it."""
    (line,) = said({"fresh": {"gsm8k": published_minus_fresh(NONE, HALF)}})

    assert line.endswith("retention undefined, since the base answers none of one of them")


def test_a_variant_is_weighed_beside_its_base():
    """Parameters, bytes and, where they were measured, tokens per second."""
    base, timed = ModelCost(2_000_000, 8_000_000, 1000.0, 50.0), ModelCost(1_500_000, 6_000_000, 1250.0, 60.0)
    (line,) = said({"cost_of_variants": {"base": base, "without 3-5": timed}})
    (short,) = said(
        {"cost_of_variants": {"base": replace(base, prefill=None), "without 3-5": ModelCost(1_500_000, 6_000_000)}}
    )

    assert short == "without 3-5: 1.5 of 2 M parameters (75%), 6 MB of 8 MB"
    assert line == f"{short}; prefill 1000 -> 1250 tokens/s (x 1.25); decode 50 -> 60 tokens/s (x 1.20)"


def test_a_method_stands_beside_each_of_its_rivals():
    """Not beside the random draws of the verdict alone."""
    difference = Interval(0.2, 0.17, 0.23, 0.95, 0.0002, 800)
    against = {"reverse recovered": {"difference": difference, "adjusted_p": 0.0016, "verdict": "better"}}

    assert said({"generation against": against}) == [
        "generation - that of reverse recovered: +0.200 [+0.170, +0.230], better (p = 0.0016 after Holm over them)"
    ]


def test_what_a_model_may_have_read_is_said():
    """A stated cut-off, one that nobody states, and a model that is none of the paper's."""
    stated, silent = (next(model for model in MODELS if bool(model.cutoff) is known) for known in (True, False))
    tasks = ["gsm8k", "arc_easy", "facts"]

    (line,) = said({}, stated.title, tasks)
    assert line.startswith(f"training data until: {stated.cutoff} ({stated.cutoff_source}), published ")
    assert line.endswith("; benchmarks published: arc_easy March 2018, gsm8k October 2021")
    assert said({}, silent.title, tasks)[0].startswith(f"training data until: not stated ({silent.cutoff_source})")
    assert said({}, "my-model", tasks)[0].startswith("training data until: not known here")


def test_nothing_to_say_is_no_line():
    """The mini-world is no published benchmark, and the tiny model, which learned nothing else, has read none."""
    assert said({}, "tiny", ["facts"]) == []
    assert beside(replace(RECORD, tier="tiny"), ["facts", "arithmetic"]) == []
    assert said({}, "my-model", ["facts", "arithmetic"]) != []


def test_rivals_of_a_method_are_the_same_lines_before_and_after_a_file():
    """Each known method with the difference, its verdict and its p, as measured and as read back."""
    found = {
        "difference": Interval(-0.0394, -0.0631, -0.015, 0.95, 0.001, 800),
        "adjusted_p": 0.004,
        "verdict": "worse",
    }
    record = replace(RECORD, measurements={"generation against": {"reverse": found}})
    line = "generation - that of reverse: -0.039 [-0.063, -0.015], worse (p = 0.004 after Holm over them)"

    assert rival_lines(record) == rival_lines(record_from_json(record_to_json(record))) == [line]
    assert said(record.measurements) == [line]
