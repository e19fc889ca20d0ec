"""Which tasks a tier is judged by, and how to run a list of them on one variant."""

from collections.abc import Sequence
from pathlib import Path

from harness.errors import BadInput
from harness.models.load import Tier
from harness.score.scorer import Scorer
from harness.tasks import arithmetic, brackets, gsm8k, headlines, mini_choice, mini_code, word_problems
from harness.tasks.lm_eval_tasks import CLASSIFICATION as LM_EVAL_TASKS
from harness.tasks.lm_eval_tasks import run_lm_eval
from harness.tasks.outcome import TaskResult
from harness.tasks.task import Task, run_task

TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        mini_choice.FACTS,
        mini_choice.EVENTS,
        mini_choice.KINDS,
        word_problems.WORD_PROBLEMS,
        mini_code.CODE,
        headlines.HEADLINES,
        brackets.BRACKETS,
        arithmetic.FIRST_DIGIT,
        arithmetic.ARITHMETIC,
        gsm8k.GSM8K,
    )
}

REAL_CLASSIFICATION = tuple(LM_EVAL_TASKS)
CLASSIFICATION: dict[Tier, tuple[str, ...]] = {
    "tiny": ("facts", "events", "kinds"),
    "small": REAL_CLASSIFICATION,
    "gpu": REAL_CLASSIFICATION,
}
# the paper counts summaries among its generative tasks; HumanEval+, MBPP+ and XSUM join with the next issue
GENERATIVE: dict[Tier, tuple[str, ...]] = {
    "tiny": ("word_problems", "code", "headlines"),
    "small": ("gsm8k",),
    "gpu": ("gsm8k",),
}
# for the sweep over single layers: multi-step generation against tasks that should stay
REASONING: dict[Tier, tuple[str, ...]] = {"tiny": ("word_problems", "code"), "small": ("gsm8k",), "gpu": ("gsm8k",)}
ROBUST: dict[Tier, tuple[str, ...]] = {
    "tiny": ("facts", "events", "kinds", "headlines"),
    "small": ("arc_easy",),
    "gpu": REAL_CLASSIFICATION,
}


def evaluate(
    names: Sequence[str], scorer: Scorer, data: Path | None, limit: int | None, seed: int
) -> dict[str, TaskResult]:
    """Results of the named tasks, by name.

    Raises:
        BadInput: a name is no task.
    """
    unknown = [name for name in names if name not in TASKS and name not in LM_EVAL_TASKS]
    if unknown:
        raise BadInput(f"task {unknown[0]!r} is unknown; known are {', '.join((*TASKS, *LM_EVAL_TASKS))}")
    results = {name: run_task(TASKS[name], scorer, data, limit, seed) for name in names if name in TASKS}
    real = [name for name in names if name in LM_EVAL_TASKS]
    if real:
        results |= {result.task: result for result in run_lm_eval(real, scorer, data, limit, seed)}
    return {name: results[name] for name in names}
