"""Every task by name, and how to run a list of them on one variant."""

from collections.abc import Sequence

from harness.errors import BadInput
from harness.tasks import (
    arithmetic,
    both_ways,
    brackets,
    chains,
    depths,
    gsm8k,
    headlines,
    human_eval,
    mbpp,
    mini_choice,
    mini_code,
    word_problems,
    xsum,
)
from harness.tasks.expected import expected
from harness.tasks.fresh import FRESH
from harness.tasks.lm_eval_tasks import CLASSIFICATION as LM_EVAL_TASKS
from harness.tasks.lm_eval_tasks import READS as LM_EVAL_READS
from harness.tasks.lm_eval_tasks import require_files, run_lm_eval
from harness.tasks.outcome import TaskResult
from harness.tasks.source import Files, Folder, Source
from harness.tasks.task import Split, Task, run_task
from harness.text.requests import GenerationRequest, Respondent
from harness.tiers import TIERS, TierName

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
        arithmetic.ANSWER,
        *arithmetic.SEVERAL_DIGITS,
        gsm8k.GSM8K,
        human_eval.HUMAN_EVAL,
        mbpp.MBPP,
        xsum.XSUM,
        both_ways.WORD_PROBLEMS_CHOICE,
        both_ways.FACTS_GENERATED,
        both_ways.KINDS_GENERATED,
        both_ways.GSM8K_CHOICE,
        both_ways.ARC_EASY_GENERATED,
        *chains.TASKS,
        *depths.TASKS,
        *FRESH,
    )
}

# what the paper's own search looked at: GSM8K's train split, 100 of the 164 HumanEval+ problems - which are test items
# of ours, as they were of the paper's - and XSUM's validation split, which only the hub has. Not followed: which 100
# (the authors' permutations have seeds 1234 and 42), sampled decoding, and for GSM8K the rows that calibrate here
PUBLISHED_SELECTION: dict[str, Split] = {"gsm8k": "selection", "human_eval_plus": "test", "xsum": "selection"}
ARITHMETIC = ("arithmetic", "arithmetic_first_digit")
ARITHMETIC_DECIDED_BY = {"sound": "arithmetic", "paper": "arithmetic_first_digit"}  # by protocol
ARITHMETIC_LIKELIHOODS = ("arithmetic_answer", "arithmetic_first_digit")
SWEEP_SHARE = 4  # of `--limit` a task gets one part of so many when every layer is removed in turn


def sweep_limit(tier: TierName, limit: int | None) -> int:
    """Items per task when every layer is removed in turn, for as many variants as that are evaluated.

    Without a limit, what the tier says.
    """
    return max(1, limit // SWEEP_SHARE) if limit else TIERS[tier].sweep_items


def tasks_of(tier: TierName) -> tuple[str, ...]:
    """What tells a model of a tier at a glance: classification, generation and arithmetic."""
    return (*TIERS[tier].classification, *TIERS[tier].generative, *ARITHMETIC)


def selection_splits(tier: TierName, protocol: str) -> dict[str, Split]:
    """Tasks that rate a plan while a method searches, each with the split that its items come from.

    The paper's under `--protocol paper` on the gpu tier; on a CPU its 300 generations a candidate are out of reach.
    """
    if protocol == "paper" and tier == "gpu":
        return PUBLISHED_SELECTION
    return dict.fromkeys(TIERS[tier].selection, "selection")


def several_digits(source: Source) -> tuple[str, ...]:
    """Names of the arithmetic tasks with several digits that a data folder holds; none without a folder."""
    return tuple(task.name for task in arithmetic.SEVERAL_DIGITS if task.reads.are_in(source))


def reads(name: str) -> Files:
    """The files of a data folder that a task comes from.

    Raises:
        BadInput: there is no such task.
    """
    require_tasks([name])
    return TASKS[name].reads if name in TASKS else LM_EVAL_READS[name]


def require_items(names: Sequence[str], source: Source) -> None:
    """Refuse, before anything is read or asked, tasks of which a source has no items.

    Raises:
        BadInput: there is one, or a name is no task.
    """
    for name in names:
        reads(name).require(source)


def prompts(names: Sequence[str], source: Source) -> list[str]:
    """What the named tasks ask on their test split; lm-eval's tasks are left out."""
    return [
        request.prompt if isinstance(request, GenerationRequest) else request.context
        for name in names
        if name in TASKS
        for item in TASKS[name].load(source, "test")
        for request in TASKS[name].ask(item)[:1]
    ]


def texts_by_item(names: Sequence[str], source: Source) -> dict[tuple[str, str], dict[str, str]]:
    """What is asked and expected, by task and item: `prompt`, what is asked first, and `expected`, a right answer.

    Tasks of lm-eval are left out, and what an item does not name.
    """
    found = {}
    for name in names:
        for item in TASKS[name].load(source, "test") if name in TASKS else ():
            (request, *_) = TASKS[name].ask(item)
            prompt = request.prompt if isinstance(request, GenerationRequest) else request.context
            right = expected(TASKS[name], item)
            found[name, str(item["id"])] = {"prompt": prompt} | ({} if right is None else {"expected": right})
    return found


def require_tasks(names: Sequence[str]) -> None:
    """Refuse names that are no task.

    Raises:
        BadInput: there is one.
    """
    unknown = [name for name in names if name not in TASKS and name not in LM_EVAL_TASKS]
    if unknown:
        raise BadInput(f"task {unknown[0]!r} is unknown; known are {', '.join((*TASKS, *LM_EVAL_TASKS))}")


def evaluate(
    names: Sequence[str],
    scorer: Respondent,
    source: Source,
    limit: int | None,
    seed: int,
    split: Split = "test",
) -> dict[str, TaskResult]:
    """Results of the named tasks, by name.

    Raises:
        BadInput: a name is no task, or lm-eval's, which have a test split only, its items cannot be had, or its answers
            cannot be judged here.
    """
    require_tasks(names)
    for name in names:
        if name in TASKS:
            TASKS[name].check()
    real = [name for name in names if name in LM_EVAL_TASKS]
    if real and split != "test":
        raise BadInput(f"task {real[0]} has no {split} split; use one of {', '.join(TASKS)}")
    if split == "test":
        require_items(names, source)
    if isinstance(source, Folder):
        require_files(real, source)
        for name in names:
            if name in TASKS:
                TASKS[name].load(source, split)  # for what it refuses: before another task is asked for an hour
    results = {name: run_task(TASKS[name], scorer, source, limit, seed, split) for name in names if name in TASKS}
    if real:
        results |= {result.task: result for result in run_lm_eval(real, scorer, source, limit, seed)}
    return {name: results[name] for name in names}
