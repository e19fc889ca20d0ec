"""`--plan`: every selected check is walked through and counted, and none is run."""

import json
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from harness import files
from harness.errors import BadInput
from harness.models.catalogue import find, recognised
from harness.plugin.options import asked
from harness.plugin.ours import is_ours
from harness.tiers import TierName

if TYPE_CHECKING:
    from harness.decide.design import Design
    from harness.foresee.case import Foreseen, ForeseenCase
    from harness.foresee.session import Session
    from harness.subject import Subject

PROFILES = "docs/device-profiles"
"""Where a checkout has what GPUs were seen to do."""


class Planning:
    """The hooks and the sessions of a plan."""

    def __init__(self, config: pytest.Config, clock: Callable[[], float] = time.perf_counter) -> None:
        """Nothing is walked through yet."""
        self.config, self.clock = config, clock
        self.sessions: dict[str, Session] = {}
        self.opened: Foreseen | None = None

    def subject(self, subject: "Subject") -> "Subject":
        """The subject with hands that count.

        Raises:
            BadInput: nothing says how fast the machine is that is meant, or what says it cannot be read.
        """
        from harness.foresee.hands import Counting
        from harness.foresee.published import SCALE, published_model
        from harness.foresee.rates import measured, model_of, profile_of, profiled
        from harness.foresee.session import Session

        given, paper = asked(self.config).device_profile, recognised(subject.loaded.reference.location)
        absent = find(subject.loaded.reference.text) if stands_in(self.config, subject.tier) else None
        model = model_of(subject.loaded) if absent is None else published_model(absent)
        if given is None:
            rates = measured(subject.loaded)
        else:
            rates = profiled(profile_of(given, self.config.rootpath / PROFILES), model, paper.name if paper else None)
        session = Session(model, rates, Counting(subject.tier, SCALE if absent else 1.0, subject.store))
        self.sessions[subject.loaded.label] = session
        return replace(subject, hands=session.counting.hands, progress=None)

    def case(
        self, subject: "Subject", claim: "str | Design", params: dict[str, Any], seeds: Sequence[int] = (0,), **_: Any,  # noqa: ANN401
    ) -> "ForeseenCase":  # fmt: skip
        """A claim that is walked through."""
        from harness.decide.designs import design_of
        from harness.foresee.case import Foreseen, ForeseenCase
        from harness.subject.case import Case

        design = design_of(claim) if isinstance(claim, str) else claim
        self.opened = Foreseen(design.claim, params, minimum=design.minimum, unit=design.unit)
        case = Case(subject, design, tuple(seeds), lambda *_: None)
        return ForeseenCase(case, self.sessions[subject.loaded.label].counting, self.opened)

    @contextmanager
    def walking(self, name: str, subject: "Subject") -> Iterator[None]:
        """While open, a check is walked through; what it was seen to ask is kept, however it ended."""
        from harness.foresee.case import Foretold
        from harness.foresee.session import Walked
        from harness.foresee.spread import REFUSED

        session = self.sessions[subject.loaded.label]
        session.counting.begin()
        subject.forget()
        self.opened, ended, start = None, "", self.clock()
        try:
            yield
        except Foretold:
            pass
        except BadInput as error:
            ended = f"{REFUSED}{error}"
        except Exception as error:  # noqa: BLE001  # whatever a check makes of stand-ins is no fault of the model
            ended = f"counted as far as it goes with stand-ins for answers ({type(error).__name__}: {error})"
        seen, title = self.opened, name
        if seen is not None:
            title = " ".join(map(str, [seen.claim, *seen.params.values()]))
        session.walks.append(Walked(name, title, seen, session.counting.notes, self.clock() - start, ended))

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
        """Walk through a check."""
        if not is_ours(pyfuncitem):
            return (yield)
        if "claim" not in pyfuncitem.fixturenames and pyfuncitem.get_closest_marker("own_method"):
            pytest.skip("a plan runs no method, so it cannot say which rules of the contract one keeps")
        subject: Any = pyfuncitem.funcargs["subject"]
        with self.walking(pyfuncitem.nodeid, subject):
            yield
        return True

    def pytest_report_teststatus(self, report: Any) -> Any:  # noqa: ANN401  # pytest's own types
        """Say that a check was planned, not passed."""
        if report.when == "call" and report.passed and getattr(report, "is_claim", False):
            return "planned", "p", ("PLANNED", {"cyan": True})
        return None

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:  # noqa: ANN401  # pytest's own type is private
        """Print what the checks will take."""
        for label, session in self.sessions.items():
            if session.walks:
                terminalreporter.section(f"plan: {label}")
                for line in session.page():
                    terminalreporter.write_line(line)
        made = {label: session.as_json() for label, session in self.sessions.items() if session.walks}
        if made:
            path = asked(self.config).report / "plan.json"
            files.write_whole(path, json.dumps(made, indent=1) + "\n")
            terminalreporter.write_line(f"the same for programs: {path}")


def stands_in(config: pytest.Config, tier: TierName) -> bool:
    """Whether a plan is of a model that is not loaded: of the gpu tier, for a machine that is described."""
    return bool(asked(config).plan) and tier == "gpu" and asked(config).device_profile is not None


def planning(config: pytest.Config) -> Planning | None:
    """The plan of a session; None where checks are run."""
    found: Planning | None = config.pluginmanager.get_plugin("layer_pruning_plan")
    return found if asked(config).plan else None
