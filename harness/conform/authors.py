"""The contract as a library call: an author's own test, parametrised over the rules, with known failures named.

The idea is that of scikit-learn's `parametrize_with_checks`; `pytest checks/ -m own_method` asks the same from outside.
"""

import importlib
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import pytest

from harness.conform.contract import RULES, BrokenRule, Unjudged, require
from harness.conform.examination import Examination, examine
from harness.errors import BadInput
from harness.methods.method import Method
from harness.prune.ratio import layer_count, require_ratio

if TYPE_CHECKING:
    from harness.subject import Subject

RATIO = 0.25


class _Broken(pytest.fail.Exception):  # type: ignore[misc,name-defined]  # typed as a function
    """A broken rule as pytest shows it: one sentence; a test that could not be set up fails as anything else."""

    __module__, __qualname__ = "builtins", "Broken"  # a short summary begins with these, and has room for little


def check_method(
    method: str | Callable[..., Any],
    *,
    expected_failures: Mapping[str, str] | None = None,
    model: str = "tiny",
    ratio: float = RATIO,
) -> Any:  # noqa: ANN401  # a mark of pytest's, whose type is private
    """Parametrise a test that takes `check`, and calls it, over every rule of the contract.

    Args:
        method: a function that can be imported, `package.module:function`, or a name that a package registers.
        expected_failures: rule -> why the method breaks it on purpose; each is an expected failure, and an error where
            the rule is kept after all.
        model: what it is tried on; the tiny model takes seconds and needs no network.
        ratio: share of the layers that it is asked for.

    Raises:
        BadInput: the function cannot be imported by its name, a rule is unknown, or an argument is of another kind.
    """
    require_ratio(ratio)
    if expected_failures is not None and not isinstance(expected_failures, Mapping):
        raise BadInput(
            f"expected_failures is {expected_failures!r}; expected a rule and why the method breaks it: "
            f'{{"is deterministic": "draws anew each time"}}'
        )
    expected, name = dict(expected_failures or {}), _name(method)
    unknown = sorted(expected.keys() - RULES.keys())
    if unknown:
        raise BadInput(f"expected_failures names {unknown[0]!r}; the rules are {', '.join(RULES)}")
    marks = {rule: pytest.mark.xfail(reason=why, raises=_Broken, strict=True) for rule, why in expected.items()}
    checks = [
        pytest.param(partial(_check, name, rule, model, ratio), id=rule, marks=[marks[rule]] if rule in marks else [])
        for rule in RULES
    ]
    return pytest.mark.parametrize("check", checks)


def _check(name: str, rule: str, model: str, ratio: float) -> None:
    try:
        require(_examined(name, model, ratio), rule)
    except Unjudged as reason:
        pytest.skip(str(reason))
    except BrokenRule as sentence:
        raise _Broken(str(sentence), pytrace=False) from None
    except BadInput as sentence:
        pytest.fail(str(sentence), pytrace=False)


@cache
def _examined(name: str, model: str, ratio: float) -> Examination:
    """One examination for all rules."""
    from harness.models.load import load_model
    from harness.models.reference import tier_of
    from harness.subject import Subject
    from harness.tasks.source import source_of

    tier = tier_of(model, "small")
    subject = Subject(load_model(model), tier, source_of(tier, None), None, None)
    return examination_of(name, subject, ratio)


def examination_of(name: str, subject: "Subject", ratio: float = RATIO) -> Examination:
    """Examine a method as a check would use it: on this model, its calibration texts and its selection items."""
    return examine(
        name,
        subject.loaded,
        layer_count(ratio, subject.loaded.depth),
        subject.choices.calibration(name),
        subject.choices.selection.score,
        subject.seed,
        subject.item_folders,
        elsewhere=True,
    )


def _name(function: str | Callable[..., Any]) -> str:
    """What a method is imported by.

    Raises:
        BadInput: it is no name and no function, or not found there.
    """
    if isinstance(function, str) and function.strip():
        return function
    if isinstance(function, str) or not callable(function):
        raise BadInput(
            f"check_method was given {function!r}; expected a function, a registered name or 'package.module:function'"
        )
    own = function.function if isinstance(function, Method) else function
    module, attribute = getattr(own, "__module__", ""), getattr(own, "__qualname__", "")
    try:
        found = getattr(importlib.import_module(module), attribute, None)
    except (ImportError, ValueError):
        found = None
    if found is not function:
        raise BadInput(
            f"check_method was given {attribute or function!r}, which cannot be imported as {module}:{attribute}; "
            f"define it at the top of a module that can be imported, or name it: 'package.module:function'"
        )
    return f"{module}:{attribute}"
