"""How a session ends that decided nothing, or was stopped: its exit code and a sentence that says why.

A run that named a tier and ran no check is not green: it exits with 5, as pytest does where nothing was collected. Nor
is one whose every claim was not testable: nothing is known of the model that was not known before. Where a baseline
says the same, that was compared and stands. Where every check that ran was given bad input, none failed: the command
line did, and the session exits with 4, as pytest does of one that it cannot read.
"""

from dataclasses import dataclass, field
from typing import Any

import pytest

from harness.models.reference import TINY
from harness.plugin.options import asked, asks_for, tier_of, unusual
from harness.report.names import BASELINE, CLAIM, CONTRACT, VERDICT
from harness.stopping import stop_like_ctrl_c
from harness.tiers import TIERS


@dataclass
class Tally:
    """What became of a session's tests."""

    ours: int = 0
    """Checks that were collected here, those left out by `-k` and `-m` included."""
    waiting: set[str] = field(default_factory=set)
    """Markers of checks that were selected, and that wait to be asked for."""
    ran: int = 0
    """Tests of anyone's that ran or failed."""
    skipped: dict[str, int] = field(default_factory=dict)
    """Skipped checks by reason."""
    untestable: list[str] = field(default_factory=list)
    """Claims that were not testable, and of which no baseline says so."""
    bad_input: int = 0
    """Checks that ended with bad input; they are in `ran` too."""
    rules: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Method and model -> how many rules of the contract were asked, and how many are kept."""
    interrupted: bool = False


TALLY: pytest.StashKey[Tally] = pytest.StashKey()


def tally(config: pytest.Config) -> Tally:
    """The session's own."""
    return config.stash.setdefault(TALLY, Tally())


def found(config: pytest.Config, ours: list[pytest.Item]) -> None:
    """Count the checks among what was collected, before any is left out."""
    tally(config).ours += len(ours)


def left_waiting(config: pytest.Config, marker: str) -> None:
    """Note that selected checks wait to be asked for."""
    tally(config).waiting.add(marker)


class Watch:
    """The hooks of one session; pytest gives reports to a plugin without its config."""

    def __init__(self, config: pytest.Config) -> None:
        """Count into the tally of `config`."""
        self.config = config
        self.kept = tally(config)
        self.stops = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count what ran, and what was skipped for which reason."""
        expected, said = hasattr(report, "wasxfail"), dict(getattr(report, "user_properties", ()))
        ours = getattr(report, "is_claim", False)
        if ours and not self.stops:  # pytest-xdist's own process collects nothing
            self.stops = True
            self.config.add_cleanup(stop_like_ctrl_c())
        if ours and report.when == "call" and CONTRACT in said:
            asked_so_far, kept_so_far = self.kept.rules.get(said[CONTRACT], (0, 0))
            self.kept.rules[said[CONTRACT]] = asked_so_far + 1, kept_so_far + report.passed
        if ours and report.passed and said.get(VERDICT) == "not testable" and BASELINE not in said:
            self.kept.untestable += [str(said[CLAIM])] if report.when == "call" else []
        elif report.failed or expected or (report.passed and report.when == "call"):
            self.kept.ran += 1
            self.kept.bad_input += bool(getattr(report, "bad_input", False))
        elif report.skipped and ours:
            text = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
            reason = text.removeprefix("Skipped: ")
            self.kept.skipped[reason] = self.kept.skipped.get(reason, 0) + 1

    def pytest_keyboard_interrupt(self) -> None:
        """Remember that the user stopped the session."""
        self.kept.interrupted = True

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Nothing decided is not green."""
        worker = hasattr(self.config, "workerinput")
        undecided = (self.kept.skipped or self.kept.untestable) and not self.kept.ran
        if not worker and session.exitstatus == pytest.ExitCode.OK and undecided:
            session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED

    def pytest_terminal_summary(self, terminalreporter: Any, exitstatus: int) -> None:  # noqa: ANN401  # pytest's own type is private
        """Say it."""
        for who, (rules, kept) in self.kept.rules.items():
            if rules == kept:  # a broken rule has said its sentence
                terminalreporter.write_line(f"layer pruning checks: {_contract(who, kept)}")
        sentence = ending(self.config, self.kept, exitstatus)
        if sentence:
            terminalreporter.write_line(f"layer pruning checks: {sentence}")


def end_as_refused(session: pytest.Session) -> None:
    """Bad input alone is no failed claim; called after syrupy, which adds its exit code to what it finds."""
    kept, worker = tally(session.config), hasattr(session.config, "workerinput")
    refused = kept.bad_input and kept.bad_input == kept.ran
    if not worker and session.exitstatus == pytest.ExitCode.TESTS_FAILED and refused:
        session.exitstatus = pytest.ExitCode.USAGE_ERROR


def ending(config: pytest.Config, kept: Tally, exitstatus: int) -> str | None:
    """Why a session ended as it did; None where it speaks for itself, or where no check of ours was in it."""
    given, named = asked(config), unusual(config)
    controller = bool(getattr(config.option, "numprocesses", None))  # of pytest-xdist; it collects nothing itself
    if not (kept.ours or kept.interrupted or controller) and named:
        return f"{' and '.join(named)} did nothing: no collected test asks for this package's `subject`"
    if not (kept.ours or kept.skipped or kept.untestable or (controller and (named or given.store.is_dir()))):
        return None
    if kept.interrupted:
        where = f"answers and trainings so far are kept in {given.store}, and the same command goes on from there"
        return f"stopped; {where}" if given.store.is_dir() else "stopped before anything was answered"
    if (kept.skipped or kept.untestable) and not kept.ran:
        return f"nothing was decided: {'; '.join([*_untestable(kept), *kept.skipped])}"
    if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and not config.option.collectonly:
        return _nothing_selected(config, kept)
    return None


def _contract(who: str, kept: int) -> str:
    from harness.conform.contract import RULES

    which = f"all {kept} rules" if kept == len(RULES) else f"the {kept} rules that were asked, of {len(RULES)},"
    return f"{who}: keeps {which} of the contract of a pruning method"


def _untestable(kept: Tally) -> list[str]:
    """Which claims the model leaves nothing to test of, in one sentence or none."""
    names = dict.fromkeys(kept.untestable)
    return [f"not testable on this model, for the reasons above: {', '.join(names)}"] if names else []


def _nothing_selected(config: pytest.Config, kept: Tally) -> str:
    given = asked(config)
    for model in given.model or ():
        tier = tier_of(config, model)
        other = next((name for name in TIERS if asks_for(config, name)), tier)
        if other != tier:
            what = "the bundled model" if model == TINY else f"--model {model}"
            return f"nothing ran: {what} is of the {tier} tier, and -m asks for {other}; leave -m {other} out"
    if "own_method" in kept.waiting and not given.method:
        return "nothing ran: checks of a pruning method wait for one: add --method NAME (or package.module:function)"
    filters = [
        f"{flag} {text!r}" for flag, text in (("-k", config.option.keyword), ("-m", config.option.markexpr)) if text
    ]
    count = f"of the {kept.ours} checks" if kept.ours else "of the checks"
    return f"nothing ran: {' and '.join(filters) or 'the selection'} left none {count}; `--collect-only -q` lists them"
