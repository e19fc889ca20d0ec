"""How a session ends that decided nothing or was stopped: exit code and reason."""

import re
from types import SimpleNamespace

import pytest

from harness.plugin.ending import Tally, Watch, end_as_refused, ending
from tests.plugin.conftest import CHECK

pytest_plugins = ["pytester"]
OF_TINY = "nothing ran: the bundled model is of the tiny tier, and -m asks for"
SAYS = "layer pruning checks: "


def said(result):
    """Our closing sentence."""
    lines = [line.removeprefix(SAYS) for line in result.stdout.lines if line.startswith(SAYS)]
    return lines[0] if lines else None


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["-m", "small"], "nothing was decided: the small tier needs a checkpoint: add --model DIR (or a hub id)"),
        (["-m", "small", "--method", "reverse", "-v"], "nothing was decided: the small tier needs a checkpoint"),
        (["-m", "small", "--model", "tiny"], f"{OF_TINY} small"),
        (["-m", "gpu", "--model", "tiny"], f"{OF_TINY} gpu"),
        (["-m", "tiny", "--model", "gemma-2-2b"], "nothing ran: --model gemma-2-2b is of the small tier, and -m"),
        (["-k", "nothingmatches"], "nothing ran: -k 'nothingmatches' left none of the 2 checks; `--collect-only -q`"),
        (["-m", "neighbour"], "nothing ran: -m 'neighbour' left none of the 2 checks"),
        (["-k", "a", "-m", "slow"], "nothing ran: -k 'a' and -m 'slow' left none of the 2 checks"),
    ],
)  # fmt: skip
def test_a_run_that_decides_nothing_is_not_green(session, options, sentence):
    """A named tier without its model, a tier that a model is not of, a filter that leaves nothing."""
    result = session(*options)

    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    assert said(result).startswith(sentence)


def test_checks_of_a_method_say_what_they_wait_for(session, pytester):
    """`pytest checks/test_method_contract.py` alone names no method."""
    pytester.makepyfile(f"import pytest\n@pytest.mark.own_method\n{CHECK}")
    result = session()

    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    assert said(result).startswith("nothing ran: checks of a pruning method wait for one: add --method NAME")
    assert said(session("-k", "nothingmatches")).startswith(
        "nothing ran: -k 'nothingmatches' left none of the 2 checks"
    )


@pytest.mark.parametrize(
    ("reports", "code", "sentence"),
    [
        ([("call", "skipped", True)], 5, "nothing was decided: needs a healed one"),
        ([("call", "skipped", True), ("setup", "failed", True)], 0, None),
        ([("call", "skipped", True), ("call", "passed", False)], 0, None),
        (
            [("setup", "passed", True), ("call", "skipped", True), ("teardown", "passed", True)],
            5,
            "nothing was decided",
        ),
        ([("call", "skipped", False)], 0, None),
    ],
)
def test_only_where_nothing_ran_there_is_nothing_to_be_green_about(pytester, reports, code, sentence):
    """A check that is skipped beside a test that ran, of anyone's, leaves the session as it is."""
    config = pytester.parseconfig()
    watch = Watch(config)
    watch.kept.ours = 1
    for when, outcome, is_claim in reports:
        report = pytest.TestReport("t", ("t", 0, "t"), {}, outcome, ("t", 0, "Skipped: needs a healed one"), when)
        report.is_claim = is_claim
        watch.pytest_runtest_logreport(report)
    session = SimpleNamespace(exitstatus=0)
    watch.pytest_sessionfinish(session)

    assert session.exitstatus == code
    assert (ending(config, watch.kept, code) or "").startswith(sentence or "")
    assert bool(ending(config, watch.kept, code)) is bool(sentence)


def test_workers_say_it_too(session):
    """Under pytest-xdist the process that collects nothing is the one that exits."""
    result = session("-m", "small", "-n", "1")

    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    assert said(result).startswith("nothing was decided: the small tier needs a checkpoint")


def test_a_list_of_checks_is_no_run(session):
    """`--collect-only` decides nothing and need not."""
    assert said(session("--collect-only", "-m", "small")) is None


def test_a_stopped_session_without_a_store_keeps_nothing(pytester):
    """The sentence does not promise what is not there."""
    config = pytester.parseconfig("--store", "nowhere")

    assert ending(config, Tally(ours=1, interrupted=True), 2) == "stopped before anything was answered"
    assert ending(config, Tally(ours=0, interrupted=True), 2) is None


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--report", "file"], "--report file: cannot be written .Not a directory.; name another folder"),
        (["--report", "/proc/nope"], "--report /proc/nope: cannot be written"),
        (["--store", "file"], "--store file: cannot be written .Not a directory.; name another folder"),
        (["--store", "file/below"], "--store file/below: cannot be written .Not a directory."),
        (["--healed", "nowhere/at/all"], "--healed nowhere/at/all: no such folder"),
        (["--related", "nowhere/at/all"], "--related nowhere/at/all: no such folder"),
        (["--related", "x.gguf"], "--related x.gguf: there is no such .gguf file"),
        (["--corpus", "dolcii"], "--corpus dolcii: unknown on the tiny tier; use alpaca-like, dolci-like, gold, hub:"),
        (["--corpus", "mine.jsonl"], "--corpus mine.jsonl: there is no such file"),
        (["--method", "../x:f"], "--method ../x:f: names a file, expected package.module:function"),
        (["--method", "json:loads"], r"--method json:loads: takes \(s, "),
        (["--method", "this_fails:f"], r"this_fails:f: cannot be imported \(ZeroDivisionError: .*fails.py:1\)"),
        (["--method", "this_exits:f"], r"--method this_exits:f: cannot be imported \(SystemExit: 0, .*exits.py:1\)"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_before_any_work(session, pytester, options, sentence):
    """One sentence under the option's own name, exit code 4, no test run."""
    (pytester.path / "file").touch()
    pytester.makepyfile(this_fails="1 / 0", this_exits="raise SystemExit(0)")
    pytester.syspathinsert()
    result = session(*options)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert re.search(f"ERROR: .*{sentence}", result.stderr.str())
    assert "it ran" not in result.stdout.str()


def test_a_failed_line_carries_its_reason_and_a_librarys_deprecation_is_none(loading, pytester, monkeypatch):
    """The short summary repeats the sentence, without our code; what a library deprecates fails no check.

    Whatever the project's own filters say; its own tests keep them.
    """
    monkeypatch.setenv("COLUMNS", "200")
    warns = "import warnings\ndef test_{}({}): warnings.warn('old', {})\n"
    kinds = ("FutureWarning", "DeprecationWarning", "PendingDeprecationWarning", "UserWarning")
    pytester.makepyfile(
        "".join(warns.format(f"ours_{kind}", "subject", kind) for kind in kinds)
        + warns.format("own", "", kinds[0])
        + "def test_claim(subject): subject.plan('reverse', 0.01)"
    )
    result = loading("-W", "error")
    output = result.stdout.str()

    result.assert_outcomes(passed=len(kinds), failed=2, warnings=len(kinds))
    assert "::test_claim[tiny] - Failed: bad input: ratio 0.01 of 12 layers removes none" in output
    assert "ratio.py" not in output


@pytest.mark.parametrize(
    ("ends", "code"),
    [(("bad", "bad"), 4), (("bad", "skip"), 4), (("bad", "failed"), 1), (("bad", "passed"), 1), (("failed",), 1)],
)
def test_a_session_that_was_given_nothing_but_bad_input_ends_as_one_that_cannot_be_read(pytester, ends, code):
    """No claim failed; where one was decided, or failed, the session says that."""
    config = pytester.parseconfig()
    watch = Watch(config)
    for end in ends:
        outcome = {"bad": "failed", "skip": "skipped"}.get(end, end)
        report = pytest.TestReport("t", ("t", 0, "t"), {}, outcome, ("t", 0, "Skipped: x"), "call")
        report.is_claim, report.bad_input = True, end == "bad"
        watch.pytest_runtest_logreport(report)
    session = SimpleNamespace(exitstatus=1, config=config)
    end_as_refused(session)

    assert session.exitstatus == code


def test_a_session_that_is_terminated_says_what_is_kept(apart, pytester):
    """As after Ctrl-C: the table of what was decided, and the sentence."""
    pytester.makepyfile("import os, signal\ndef test_claim(subject): os.kill(os.getpid(), signal.SIGTERM)")
    result = apart()

    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert said(result).startswith("stopped; answers and trainings so far are kept in s")


def test_a_session_of_several_processes_that_is_terminated_says_it_too(apart, pytester):
    """The process that was started collects nothing itself; the one that ends it here is a worker's second check."""
    pytester.makepyfile(
        "import os, signal, time\n"
        "def caught(number):\n"  # by the process that was started: it has heard of the first check
        "    with open(f'/proc/{os.getppid()}/status') as file:\n"
        "        return int(file.read().split('SigCgt:')[1].split()[0], 16) >> number - 1 & 1\n"
        "def test_one(subject): pass\n"
        "def test_two(subject):\n"
        "    while not caught(signal.SIGTERM): time.sleep(.01)\n"
        "    os.kill(os.getppid(), signal.SIGTERM)\n"
        "    time.sleep(60)\n"
    )
    result = apart("-n", "1", "-p", "xdist")

    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert "stopped; answers and trainings so far are kept in s" in result.stdout.str() + result.stderr.str()


ROLES = """
def test_roles_{}(subject, claim):
    case = claim.case("arithmetic-drop", {{}})
    {}
"""


def test_a_role_that_the_base_was_not_asked_for_is_named(loading, pytester, monkeypatch):
    """A misspelt role is no KeyError."""
    monkeypatch.setenv("COLUMNS", "200")
    calls = ("scores('hitt', {})", "tasks('hitt')", "decide({}, effect='e', results={}, measurements={})")
    pytester.makepyfile("".join(ROLES.format(place, f"case.{call}") for place, call in enumerate(calls)))
    result = loading()

    said = re.findall(r"- Failed: bad input: claim arithmetic-drop: (.*)", result.stdout.str())
    assert len(said) == len(calls)
    assert all(sentence.startswith("the base was asked for nothing, and not for ") for sentence in said)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
