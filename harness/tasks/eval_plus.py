"""HumanEval+ and MBPP+: what their tests ask of a program, and whether it passes.

Both are read in the format of the hub (`evalplus/humanevalplus`, `evalplus/mbppplus`), whose `test` is a Python text
with the literals `inputs` and `results`; it is parsed, never run. `base` are the tests of the original benchmark,
`plus` those of EvalPlus; an answer is right when it passes both, and `extra["base"]` says whether it passes the first.

A few tests name no results, and the original tests are code of every kind. So the reference solution is run under them
in the sandbox, and what it was called with and returned is written down. Expected results never enter the sandbox
together with a model's program. Calls whose result is longer than LONGEST_RESULT are left out: they time a program more
than they test it, and one (Mbpp/255) returns a gigabyte. `tests/tasks/test_eval_plus.py` names them.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.errors import BadInput
from harness.execute import values
from harness.execute.program import Execution, Limits, Program
from harness.execute.sandbox import run_programs
from harness.tasks.code_match import is_comparable, is_match
from harness.tasks.code_text import extract_program
from harness.tasks.eval_plus_tests import Tests, read_tests
from harness.tasks.outcome import Outcome
from harness.tasks.programs import program_outcome
from harness.tasks.task import Item, JudgeAll
from harness.text.requests import Answer, Generation

MAX_NEW_TOKENS = 512  # of an answer; the longest reference solution has about 400
REFERENCE_LIMITS = Limits(wall_seconds=600.0, cpu_seconds=60, memory_bytes=2**30, result_bytes=2**24)
LEAST_SECONDS, TIMES_REFERENCE = 4, 4  # what a program gets of computing time, as EvalPlus grants it
TIMES_WAITING = 10.0  # by the clock, of its computing time: chosen, not measured; on a busy machine programs wait
TIMES_RESULT = 4  # what a program may return, of the reference's; a wrong one's is read here, and could fill the memory
LONGEST_RESULT = 2**18  # characters of a result's repr
_RECORDER = """

import copy as _copy
_calls, _depth, _reference = [], 0, {entry_point}


def _recorder(*arguments):
    global _depth
    taken = _copy.deepcopy(arguments)
    _depth += 1
    try:
        result = _reference(*arguments)
    finally:
        _depth -= 1
    if _depth == 0:
        _calls.append((taken, _copy.deepcopy(result)))
    return result


{entry_point} = candidate = _recorder
{base_test}


class _TooLong:
    pass


def _short(arguments):
    try:
        result = _reference(*arguments)
        return result if len(repr(result)) <= {longest} else _TooLong()
    except (MemoryError, ValueError):
        return _TooLong()


def _results(inputs, wanted):
    results = [_short(arguments) for arguments in inputs]
    return _calls, results if wanted else []
"""


@dataclass(frozen=True)
class Suite:
    """Everything an answer is held against: arguments of each call, and the expected results."""

    base: tuple[tuple[tuple[Any, ...], Any], ...]
    plus: tuple[tuple[tuple[Any, ...], Any], ...]
    atol: float
    limits: Limits
    """Of each of the two runs of a program: four times what the reference solution took, and 4 s at least."""


_SUITES: dict[tuple[str, ...], Suite] = {}
"""Suites made in this process, by the texts they are made of: every variant of a model is held against the same."""


def recording_program(reference: str, entry_point: str, base_test: str) -> str:
    """The reference solution under the original tests, with a note of every call that the tests make. Pure."""
    return reference + _RECORDER.format(entry_point=entry_point, base_test=base_test, longest=LONGEST_RESULT)


def suites(items: Sequence[Item]) -> list[Suite]:
    """The tests of each item; its reference solution is run in the sandbox, once a process.

    Args:
        items: `id`, `entry_point`, `reference`, `base_test` and `test` of each.

    Raises:
        BadInput: a reference solution does not end under its own tests.
    """
    missing = [item for item in items if _texts(item) not in _SUITES]
    read = [read_tests(item["test"]) for item in missing]
    recordings = run_programs(
        [
            Program(
                recording_program(item["reference"], item["entry_point"], item["base_test"]),
                "_results",
                ((list(tests.inputs), tests.results is None),),
            )
            for item, tests in zip(missing, read, strict=True)
        ],
        REFERENCE_LIMITS,
    )
    for item, tests, run in zip(missing, read, recordings, strict=True):
        _SUITES[_texts(item)] = _suite(item, tests, run)
    return [_SUITES[_texts(item)] for item in items]


def _texts(item: Item) -> tuple[str, ...]:
    return tuple(str(item[name]) for name in ("entry_point", "reference", "base_test", "test"))


def _suite(item: Item, tests: Tests, run: Execution) -> Suite:
    if run.outcome != "ok":
        raise BadInput(
            f"{item['id']}: its reference solution ends with {run.outcome} ({run.detail}) under its own tests; "
            f"expected it to pass: the file is damaged, or the machine too slow or short of memory"
        )
    ((calls, computed),) = run.values
    written = computed if tests.results is None else tests.results
    name, seconds = item["entry_point"], max(LEAST_SECONDS, math.ceil(TIMES_REFERENCE * run.seconds))
    base, plus = (
        tuple((arguments, result) for arguments, result in pairs if is_comparable(name, result) and _is_short(result))
        for pairs in (calls, zip(tests.inputs, written, strict=True))
    )
    written_out = max(len(values.dumps([result for _, result in pairs])) for pairs in (base, plus))
    limits = replace(
        REFERENCE_LIMITS,
        cpu_seconds=seconds,
        wall_seconds=TIMES_WAITING * seconds,
        result_bytes=min(REFERENCE_LIMITS.result_bytes, Limits().result_bytes + TIMES_RESULT * written_out),
    )
    return Suite(base, plus, tests.atol, limits)


def _is_short(result: Any) -> bool:  # noqa: ANN401  # any value
    try:
        return len(repr(result)) <= LONGEST_RESULT
    except ValueError:  # an integer of more digits than Python writes
        return False


def passes(entry_point: str, execution: Execution, calls: Sequence[tuple[tuple[Any, ...], Any]], atol: float) -> bool:
    """Whether every call of a program gave what is expected."""
    if execution.outcome != "ok" or len(execution.values) != len(calls):
        return False
    return all(
        is_match(entry_point, arguments, result, expected, atol)
        for (arguments, expected), result in zip(calls, execution.values, strict=True)
    )


def judge_with(prompt_of: Callable[[Item], str]) -> JudgeAll:
    """A task's `judge_all`; `prompt_of` gives the program that an answer may continue ("" where there is none)."""

    def judge_all(items: Sequence[Item], answers: Sequence[Sequence[Answer]]) -> list[Outcome]:
        given = [answer for (answer,) in answers if isinstance(answer, Generation)]
        found = [
            extract_program(answer.text, item["entry_point"], prompt_of(item))
            for item, answer in zip(items, given, strict=True)
        ]
        held = suites(items)
        programs = [
            Program(program, item["entry_point"], tuple(arguments for arguments, _ in calls))
            for item, program, suite in zip(items, found, held, strict=True)
            for calls in (suite.base, suite.plus)
        ]
        runs = run_programs(programs, [suite.limits for suite in held for _ in ("base", "plus")])
        return [
            _outcome(item, answer, program, suite, base, plus)
            for item, answer, program, suite, base, plus in zip(
                items, given, found, held, runs[::2], runs[1::2], strict=True
            )
        ]

    return judge_all


def _outcome(item: Item, answer: Generation, program: str, suite: Suite, base: Execution, plus: Execution) -> Outcome:
    in_base = passes(item["entry_point"], base, suite.base, suite.atol)
    right = in_base and passes(item["entry_point"], plus, suite.plus, suite.atol)
    failed = plus if in_base else base
    return program_outcome(item["id"], answer, program, failed, right=right, extra={"base": float(in_base)})
