"""Accuracy and log-probability of the arithmetic probes, by operation (`analysis/arithmetic_ablation.ipynb` @ 0890223).

Unlike the paper, which reports one mean over all questions: items are grouped by the multiset of their operators, so
that each item counts in one group and the groups can be compared. Questions are "What is (9 + 8) * 2?" (single digits)
or "What is 98 plus 45?" (several digits). "The sum of the digits" names no operation and is refused.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from harness.errors import BadInput
from harness.probe.items import paired_outcomes
from harness.tasks.arithmetic import LOG_PROBABILITY
from harness.tasks.outcome import Outcome, TaskResult

_OPERATOR = re.compile(r"(?<=[0-9)])\s*([-+*]|\bplus\b|\bminus\b|\btimes\b)\s*(?=[0-9(])")
_SYMBOLS = {"plus": "+", "minus": "-", "times": "*"}
_ORDER = "+-*"


@dataclass(frozen=True)
class OperationChange:
    """What pruning changed in the questions of one operation.

    Attributes:
        n: Questions.
        before: Accuracy of the unpruned model, in [0, 1].
        after: Accuracy of the pruned model, in [0, 1].
        log_probability_change: Mean of pruned - base of the right digit's log-probability, in nats, over the
            questions that have one in both; None where none has.
    """

    n: int
    before: float
    after: float
    log_probability_change: float | None


def operations(context: str) -> tuple[str, ...]:
    """The operators between numbers of a question, as "+", "-" and "*", in order of appearance."""
    return tuple(_SYMBOLS.get(operator, operator) for operator in _OPERATOR.findall(context))


def by_operation(base: TaskResult, pruned: TaskResult) -> dict[str, OperationChange]:
    """The change for each multiset of operators, such as "+" or "+*" (one plus and one times, in any order).

    Raises:
        BadInput: the results are not of the same items, or an item's id names no operation.
    """
    groups: dict[str, list[tuple[Outcome, ...]]] = defaultdict(list)
    for pair in paired_outcomes(base, pruned):
        groups[_name(pair[0].item_id)].append(pair)
    return {name: _change(groups[name]) for name in sorted(groups, key=_place)}


def log_probabilities_lost(base: TaskResult, pruned: TaskResult) -> tuple[float, ...]:
    """Of each item, the right answer's log-probability before minus after, in nats.

    Raises:
        BadInput: the results are not of the same items, or of a task that measures no log-probability.
    """
    pairs = paired_outcomes(base, pruned)
    if any(LOG_PROBABILITY not in outcome.extra for pair in pairs for outcome in pair):
        raise BadInput(f"{base.task} measures no log-probability of the right answer; name arithmetic_answer")
    return tuple(before.extra[LOG_PROBABILITY] - after.extra[LOG_PROBABILITY] for before, after in pairs)


def _name(item_id: str) -> str:
    found = operations(item_id)
    if not found:
        raise BadInput(f"item {item_id!r} names no operation; expected a question such as 'What is 98 plus 45?'")
    return "".join(sorted(found, key=_ORDER.index))


def _place(name: str) -> tuple[int, ...]:
    """Fewer operators first, then +, - and *."""
    return (len(name), *map(_ORDER.index, name))


def _change(pairs: Sequence[tuple[Outcome, ...]]) -> OperationChange:
    changes = [
        after.extra[LOG_PROBABILITY] - before.extra[LOG_PROBABILITY]
        for before, after in pairs
        if LOG_PROBABILITY in before.extra and LOG_PROBABILITY in after.extra
    ]
    return OperationChange(
        n=len(pairs),
        before=sum(before.score for before, _ in pairs) / len(pairs),
        after=sum(after.score for _, after in pairs) / len(pairs),
        log_probability_change=sum(changes) / len(changes) if changes else None,
    )
