"""`--budget`: the cheapest claims first, nothing begun that would not be done in time, and a row for every check."""

import inspect
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from harness.errors import BadInput
from harness.plugin.options import asked
from harness.plugin.ours import is_ours
from harness.plugin.planning import Planning

if TYPE_CHECKING:
    from harness.foresee.budget import Budget, Within
    from harness.subject import Subject


WALKED = 0.2
"""Most of a budget that finding out what comes first may take."""


@dataclass(frozen=True)
class Walker:
    """What `claim` is where a check is only walked through."""

    case: Callable[..., Any]


class Spending:
    """The hooks of a session that has so much time."""

    def __init__(self, config: pytest.Config, clock: Callable[[], float] = time.monotonic) -> None:
        """The time runs from here on."""
        self.config, self.clock, self.started = config, clock, clock()
        self.expected: dict[str, float] = {}
        """What pytest calls a check -> seconds that its claim was expected to take."""
        self.within: Within | None = None

    @property
    def budget(self) -> "Budget":
        """What is left of it."""
        from harness.foresee.budget import Budget, parse_budget

        said = asked(self.config).budget
        return Budget(said, parse_budget(said), self.clock, self.started)

    def subject(self, subject: "Subject") -> "Subject":
        """The subject with hands that look at the clock."""
        from harness.foresee.budget import Within

        self.within = Within(self.budget)
        return replace(subject, hands=self.within.hands)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Put the cheapest check first, given what those before it have paid for."""
        if not self.config.option.collectonly:
            ours = [item for item in session.items if is_ours(item) and isinstance(item, pytest.Function)]
            models = dict.fromkeys(str(item.callspec.params["subject"]) for item in ours)
            order = {
                name: place for place, name in enumerate(name for model in models for name in self._order(ours, model))
            }
            session.items.sort(key=lambda item: order.get(item.nodeid, len(order)))
        return (yield)

    def _order(self, ours: Sequence[pytest.Function], model: str) -> list[str]:
        """Names of the checks of one model, the cheapest first; none where it cannot be had: its checks will say so."""
        from harness.foresee.budget import cheapest_first
        from harness.plugin.loading import subject_of

        try:
            subject = subject_of(self.config, model)
        except (BadInput, pytest.skip.Exception):
            return []
        plan = Planning(self.config)
        planned = plan.subject(subject)
        for item in ours:
            if self.budget.left < (1 - WALKED) * self.budget.seconds:
                break  # the others come last
            given = {**item.callspec.params, "subject": planned, "claim": Walker(partial(plan.case, planned))}
            names = inspect.signature(item.function).parameters
            if str(item.callspec.params["subject"]) == model and given.keys() >= names.keys():
                with plan.walking(item.nodeid, planned):
                    item.function(**{name: given[name] for name in names})
        walks = plan.sessions[subject.loaded.label]
        if self.within is not None:
            self.within.session = walks
        self.expected |= {walk.item: walks.seconds_of(walk) for walk in walks.walks}
        return [walk.item for walk in cheapest_first(walks.walks, walks)]

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
        """A check for which the time did not suffice has a row that says so."""
        from harness.foresee.lines import time_of
        from harness.plugin.reporter import OPENED
        from harness.subject.closing import OutOfTime

        try:
            return (yield)
        except OutOfTime:
            said = asked(self.config).budget
            expected = self.expected.get(pyfuncitem.nodeid)
            about = "" if expected is None else f" (about {time_of(expected)} for all of it, by the plan)"
            why = f"the time of --budget {said} did not suffice{about}"
            case = pyfuncitem.stash.get(OPENED, None)
            if case is None:
                pytest.skip(f"{why}, and no claim was opened before")
            case.cut_short(why)
            return True


def spending(config: pytest.Config) -> Spending | None:
    """The budget of a session; None where it has all time."""
    found: Spending | None = config.pluginmanager.get_plugin("layer_pruning_budget")
    return found
