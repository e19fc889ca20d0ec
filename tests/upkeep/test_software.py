"""Findings about what is installed: each with a machine that is right and one that is not."""

import pytest

from harness.upkeep import software
from harness.upkeep.software import Libraries

RANGES = ["packaging>=24", "a>=1,<2", "b[x]>=2", "c>=3; extra == 'gguf'", "d>=1; extra == 'other'"]
WHOLE = {"packaging": "25.0", "a": "1.5", "b": "2.0+cpu", "c": "3.1", "d": "1.0"}


@pytest.mark.parametrize(("version", "state"), [("3.11.0", "ok"), ("3.13.1rc1", "ok"), ("3.9.2", "missing")])
def test_a_python_is_new_enough_or_not(version, state):
    """3.9 is older than 3.11."""
    found = software.python_finding(version, "3.11")

    assert (found.state, found.needed) == (state, True)
    assert found.says == f"{version}; 3.11 or newer is needed"
    assert ("uv venv --python 3.11" in found.mend) == (state == "missing")


def test_a_python_that_takes_docstrings_away_loads_no_model():
    """Under -OO transformers ends with an error about a docstring."""
    found = software.python_finding("3.11.7", "3.11", stripped=True)

    assert (found.state, found.needed, found.mend) == ("missing", True, "unset PYTHONOPTIMIZE, or run with -O")


def test_packages_that_fit_are_one_line():
    """Those of extras are not counted."""
    (found,) = software.package_findings(RANGES, WHOLE.get)

    assert (found.state, found.says) == ("ok", "all 3 are there, in versions that were tried")


def test_a_package_that_does_not_fit_is_named_with_its_command():
    """Another version, or none."""
    installed = {**WHOLE, "a": "2.4", "b": None}
    found = software.package_findings(RANGES, installed.get)

    assert [(one.about, one.state, one.says, one.mend) for one in found] == [
        ("a", "missing", "2.4; <2,>=1 was tried", 'pip install "a<2,>=1"'),
        ("b", "missing", "is not installed; >=2 was tried", 'pip install "b[x]>=2"'),
    ]
    assert all(one.needed for one in found)


def test_many_that_do_not_fit_are_set_up_together():
    """A Python that has nothing of it."""
    ranges = [f"{name}>=1" for name in "abcde"] + ["packaging>=24"]
    (found,) = software.package_findings(ranges, {"packaging": "25.0", "a": "0.1"}.get)
    (bare,) = software.package_findings(ranges, {}.get)

    assert (found.state, found.needed) == (bare.state, bare.needed) == ("missing", True)
    assert ": a 0.1, b, c, d, e" in found.says
    assert "6 are not installed" in bare.says
    assert found.mend.startswith("make setup")


def test_an_extra_is_there_or_has_a_command():
    """It says what it is for, and never keeps the tiny tier from running; `all` is the others together."""
    right, wrong = (
        software.extra_findings(RANGES, ["gguf", "all"], {**WHOLE, "c": version}.get) for version in ("3.0", None)
    )

    assert [(one.state, one.says, one.needed) for one in right] == [("ok", "for --model FILE.gguf", False)]
    assert [(one.state, one.says, one.mend) for one in wrong] == [
        ("missing", "for --model FILE.gguf; c is not installed", 'pip install "layer-pruning-checks[gguf]"')
    ]


def test_an_extra_in_a_version_that_was_not_tried_is_a_package_that_does_not_fit():
    """No command runs with it."""
    (found,) = software.package_findings(RANGES, {**WHOLE, "c": "2.9"}.get)

    assert (found.about, found.state, found.mend, found.needed) == ("c", "missing", 'pip install "c>=3"', True)


@pytest.mark.parametrize(
    ("libraries", "driver", "state", "said"),
    [
        (Libraries(torch="2.13.0+cpu"), False, "ok", "2.13.0+cpu, built for a CPU"),
        (Libraries(torch="2.13.0", cuda="12.8"), True, "ok", "2.13.0, built for CUDA 12.8"),
        (Libraries(torch="2.13.0+cpu"), True, "missing", "its GPU is not used"),
        (Libraries(failed="libc.so: not found"), False, "missing", "cannot be imported: libc.so: not found"),
    ],
)
def test_torch_is_what_the_machine_can_use_or_not(libraries, driver, state, said):
    """A build for CPUs beside a driver is mended by another build; one that cannot be imported stops all."""
    found = software.torch_finding(libraries, driver=driver)

    assert found.state == state
    assert said in found.says
    assert bool(found.mend) == (state == "missing")
    assert found.needed == bool(libraries.failed)


@pytest.mark.parametrize(("why", "state"), [("", "ok"), ("OSError: libcuda", "missing")])
def test_bitsandbytes_can_be_imported_or_not(why, state):
    """What is lost without it is said."""
    (found,) = software.bitsandbytes_findings(Libraries(torch="2", bitsandbytes=why), "0.50")

    assert (found.state, found.needed) == (state, False)
    assert why in found.says
    assert ("do not run" in found.says) == bool(why)


def test_nothing_is_said_of_what_could_not_be_asked():
    """Without torch, or without the package, which `packages` says."""
    assert software.bitsandbytes_findings(Libraries(failed="x"), "0.50") == []
    assert software.bitsandbytes_findings(Libraries(torch="2"), None) == []


@pytest.mark.parametrize(
    ("isolation", "state", "needed"),
    [("full", "ok", True), ("a program can read files", "missing", False), (None, "cannot", True)],
)
def test_the_sandbox_is_full_weak_or_none(isolation, state, needed):
    """A weak one is named and runs; none at all keeps the tasks of code from running."""
    found = software.sandbox_finding(isolation, "programs cannot be run here")

    assert (found.state, found.needed) == (state, needed)
    assert {"ok": "fully contained", "missing": str(isolation), "cannot": "programs cannot"}[state] in found.says
    assert ("bubblewrap" in found.mend) == (state != "ok")


@pytest.mark.parametrize(
    ("offline", "reached", "state", "mend"),
    [
        ("", True, "ok", ""),
        ("", False, "missing", "connect, or set HF_HUB_OFFLINE=1"),
        ("HF_HUB_OFFLINE", False, "missing", "unset HF_HUB_OFFLINE"),
    ],
)
def test_the_hub_answers_or_is_told_not_to(offline, reached, state, mend):
    """The tiny tier needs none."""
    found = software.hub_finding(offline=offline, reached=reached)

    assert (found.state, found.needed) == (state, False)
    assert found.mend.startswith(mend)
