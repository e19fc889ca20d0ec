"""When the benchmarks were published."""

import re
from calendar import month_name

from harness.tasks.layouts import LAYOUTS
from harness.tasks.lm_eval_tasks import CLASSIFICATION
from harness.tasks.released import RELEASED, Released, released
from harness.tasks.suite import TASKS, reads


def test_every_real_benchmark_has_a_date():
    """By the data set that its first file is of; whoever adds one says since when a model may have read it."""
    assert {layout.source for layout in LAYOUTS.values()} - RELEASED.keys() == {"openai/openai_humaneval"}
    for name in (*CLASSIFICATION, *TASKS):
        dated = bool(reads(name).names) and not name.endswith("_fresh")
        assert (released(name) is not None) == dated


def test_forms_of_one_benchmark_have_its_date():
    """ARC's choice, letter and chain; the mini-world's and fresh items have none."""
    assert len({released(name) for name in ("arc_easy", "arc_challenge", "arc_easy_generated", "arc_easy_chain")}) == 1
    assert released("human_eval_plus") == released("mbpp_plus") == Released("May 2023", "2305.01210")
    assert (
        released("facts") is released("arithmetic_fresh") is released("gsm8k_fresh") is released("of one's own") is None
    )


def test_months_are_those_of_the_papers_numbers():
    """An arXiv number begins with year and month."""
    for one in RELEASED.values():
        year, month = re.fullmatch(r"(\d\d)(\d\d)\.\d{4,5}", one.arxiv).groups()
        assert one.month == f"{month_name[int(month)]} 20{year}"
