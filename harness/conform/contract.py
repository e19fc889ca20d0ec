"""What every pruning method promises. Pure: judges an `Examination`.

A rule returns one sentence that says what was seen and what is expected, or None where the promise is kept.
"""

from collections.abc import Callable

from harness.conform.elsewhere import Elsewhere
from harness.conform.examination import Examination
from harness.errors import BadInput
from harness.models.state import some
from harness.prune.plan import UNITS_PER_LAYER
from harness.sizes import size

Rule = Callable[[Examination], str | None]
RULES: dict[str, Rule] = {}
ANSWERS = "answers"
"""The rule that comes first: a method that gives no answer has not kept the others, it never came to them."""

SLACK_SECONDS = 10.0
SWEEPS = {"nothing": 0, "forward": 4, "gradients": 12, "task_scores": 4}
"""Passes over the calibration texts that a method may take for each of L x 2n candidates, by what it needs. A greedy
search over units takes about one; a backward pass costs two forward passes."""
SLACK_BYTES = 2**30
MODELS = {"nothing": 1, "forward": 3, "gradients": 6, "task_scores": 3}
"""Sizes of the model by which the process may grow: gradients and their sums are as large as the weights."""


class BrokenRule(BadInput):
    """A method broke a rule; whatever else is refused says nothing about the method."""


class Unjudged(Exception):  # noqa: N818  # no error of anyone's: what a check skips with
    """A rule that cannot be judged, with the reason."""


def rule(name: str) -> Callable[[Rule], Rule]:
    """Register a rule under a name."""

    def register(function: Rule) -> Rule:
        RULES[name] = function
        return function

    return register


def require(examination: Examination, name: str) -> None:
    """Refuse a method that broke a rule.

    Raises:
        BrokenRule: it did.
        Unjudged: it broke off before it could have broken this one.
    """
    sentence = RULES[name](examination)
    if sentence is not None:
        raise BrokenRule(f"method {examination.method}: {sentence}")
    if name != ANSWERS and not examination.answered_twice:
        raise Unjudged(
            f"method {examination.method} gave no answer, as rule {ANSWERS!r} says, so this one cannot be judged"
        )


def _seen(examination: Examination, part: str) -> list[str]:
    """What was seen here and in the other process, each once."""
    return list(dict.fromkeys([*getattr(examination.seen, part), *getattr(examination.elsewhere.seen, part)]))


def _as_answer(away: Elsewhere) -> str:
    return away.said if away.plan is not None else f"gave no answer ({away.said})"


@rule(ANSWERS)
def answers(seen: Examination) -> str | None:
    """Valid indices, the exact count, nothing twice, no crash."""
    if seen.error is None:
        return None
    if seen.expected_error:
        return seen.error.removeprefix(f"method {seen.method} ")
    return (
        f"crashed ({seen.error}) when asked for {seen.n} of {seen.depth} layers; expected an answer, or a "
        f"harness.errors.BadInput that says what to do"
    )


@rule("is deterministic")
def is_deterministic(seen: Examination) -> str | None:
    """Equal seeds, equal plans, in this process and in another."""
    away = seen.elsewhere
    if seen.plans and away.asked and away.plan != repr(seen.plans[0]):
        return (
            f"decided {seen.plans[0].describe()}, and with the same seed in a process of its own {_as_answer(away)}; "
            f"expected the same plan: keep nothing between calls, draw from a generator of the seed, and let neither "
            f"the order of a set nor the folder of a user count"
        )
    if len(set(seen.plans)) <= 1:
        return None
    one, other = (plan.describe() for plan in seen.plans[:2])
    return f"decided {one} and then {other} with one seed; expected the same plan: draw from a generator of the seed"


@rule("refuses in a sentence")
def refuses_in_a_sentence(seen: Examination) -> str | None:
    """Without calibration texts it answers, or says that it needs some."""
    if seen.textless_crash is None:
        return None
    return (
        f"crashed without calibration texts ({seen.textless_crash}); expected an answer, or a "
        f"harness.errors.BadInput or ValueError that says what is missing"
    )


@rule("leaves the base alone")
def leaves_the_base_alone(seen: Examination) -> str | None:
    """Bit for bit, with its flags, modes and hooks."""
    if not seen.changed:
        return None
    return (
        f"changed the base model: {some(seen.changed)}; expected it untouched: work on "
        f"harness.apply_plan's variants and a copy of the tokenizer, and remove hooks and gradients"
    )


@rule("reads no test item")
def reads_no_test_item(seen: Examination) -> str | None:
    """What a method is tested on it must not see."""
    found = _seen(seen, "test_files")
    if not found:
        return None
    return (
        f"read test items ({some(found)}); expected it to look at nothing but the calibration texts: "
        f"what it is tested on must stay unseen"
    )


@rule("writes no file")
def writes_no_file(seen: Examination) -> str | None:
    """No hidden state between runs."""
    found = _seen(seen, "writes")
    if not found:
        return None
    return f"wrote to the disk ({some(found)}); expected no file to be made, changed or removed"


@rule("stays off the network")
def stays_off_the_network(seen: Examination) -> str | None:
    """And starts no other process, which could do either."""
    found = [*_seen(seen, "network"), *_seen(seen, "processes")]
    if not found:
        return None
    return f"used the network or another process ({some(found)}); expected it to compute with the given model alone"


@rule("needs what it declares")
def needs_what_it_declares(seen: Examination) -> str | None:
    """No forward pass where it declares nothing, no gradient where it declares less."""
    if seen.needs == "nothing" and seen.forward_passes:
        return f'declares needs "nothing" and ran {seen.forward_passes} forward passes; declare "forward"'
    if seen.module_calls:
        return f'declares needs "nothing" and ran parts of the model {seen.module_calls} times; declare "forward"'
    if seen.needs != "gradients" and seen.backward_passes:
        return f'declares needs "{seen.needs}" and took gradients {seen.backward_passes} times; declare "gradients"'
    return None


@rule("keeps to its time and memory")
def keeps_to_its_time_and_memory(seen: Examination) -> str | None:
    """The bounds are generous: they find what is wrong by a factor, not what is slow."""
    candidates = seen.depth * UNITS_PER_LAYER * seen.n
    seconds = SLACK_SECONDS + SWEEPS[seen.needs] * candidates * seen.sweep_seconds
    if seen.seconds > seconds:
        return (
            f'took {seen.seconds:.0f} s, expected at most {seconds:.0f} s of a method that needs "{seen.needs}" '
            f"({SWEEPS[seen.needs]} passes over the calibration texts for each of {candidates} candidates)"
        )
    allowed = SLACK_BYTES + MODELS[seen.needs] * seen.model_bytes
    if seen.grown_bytes > allowed:
        return (
            f"raised the peak memory by {size(seen.grown_bytes)}, expected at most {size(allowed)} of a "
            f'method that needs "{seen.needs}"'
        )
    return None
