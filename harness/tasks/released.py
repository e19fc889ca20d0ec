"""When each benchmark was published: what a model whose training data reach beyond may have read.

The month is that of the paper's arXiv number; the numbers are those in lm-eval's task descriptions (0.4.13), XSum's and
EvalPlus' those of their authors' repositories.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.tasks.fresh import FRESH
from harness.tasks.layouts import LAYOUTS
from harness.tasks.lm_eval_tasks import CLASSIFICATION
from harness.tasks.suite import TASKS, reads


@dataclass(frozen=True)
class Released:
    """A benchmark's paper."""

    month: str
    arxiv: str


RELEASED: Mapping[str, Released] = {
    "Rowan/hellaswag": Released("May 2019", "1905.07830"),
    "ybisk/piqa": Released("November 2019", "1911.11641"),
    "cais/mmlu": Released("September 2020", "2009.03300"),
    "allenai/winogrande": Released("July 2019", "1907.10641"),
    "allenai/openbookqa": Released("September 2018", "1809.02789"),
    "allenai/ai2_arc": Released("March 2018", "1803.05457"),
    "openai/gsm8k": Released("October 2021", "2110.14168"),
    # their tests; the problems are HumanEval's (July 2021, 2107.03374) and MBPP's (August 2021, 2108.07732)
    "evalplus/humanevalplus": Released("May 2023", "2305.01210"),
    "evalplus/mbppplus": Released("May 2023", "2305.01210"),
    "EdinburghNLP/xsum": Released("August 2018", "1808.08745"),
    "EleutherAI/arithmetic": Released("May 2020", "2005.14165"),
}
"""By data set, as layouts name it."""


def released(task: str) -> Released | None:
    """When the items of a task were published; None of the mini-world's, of fresh ones, and of what is no task here."""
    source = dataset(task)
    return None if source is None else RELEASED[source]


def dataset(task: str) -> str | None:
    """The id of the data set that a task's items are published in; None as `released`."""
    known = task in TASKS or task in CLASSIFICATION
    if not known or task in {made.name for made in FRESH} or not reads(task).names:
        return None
    return LAYOUTS[reads(task).names[0]].source
