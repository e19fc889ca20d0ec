"""Attacks on the sandbox between honest programs, as this user and in every set-up that can be built here."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
ATTACK, DENY = str(FOLDER / "attack.py"), str(FOLDER / "deny.py")
SEE, READ = "see which files exist", "read files"
USER = ("setpriv", "--reuid", "12345", "--regid", "12345", "--clear-groups")
SETUPS = {  # a set-up -> what a program can do there
    "user": SEE,
    "user, bubblewrap": "full",
    "user, no namespaces": SEE,
    "root": SEE,
    "root, bubblewrap": "full",
    "root, no namespaces": SEE,
    "rootless container": SEE,
    "rootless container, bubblewrap": "full",
    "user, no Landlock": f"{SEE}, {READ}",
    "user, no namespaces, no Landlock": f"{SEE}, {READ}",
    "user, bubblewrap, no Landlock": "full",
    "root, bubblewrap, no Landlock": "full",
}


HONEST = {
    "modules": ["ok", "(('- a', 'a/b', b'YQ=='),)", ""],
    "threads": ["ok", f"({list(range(20, 0, -1))},)", ""],
    "event loop": ["ok", "('awake',)", ""],
    "time zone": ["ok", "(((1970, 1, 1, 0, 0), 0),)", ""],
    "folder": ["ok", "(([], 'a'),)", ""],
    "too large": ["error", "()", "the result is too large"],
    "file": ["ok", "('no file',)", ""],
    "process": ["ok", "('no process',)", ""],
    "socket": ["ok", "('none',)", ""],
}
"""What comes out everywhere; the order of a set depends on the version of Python alone."""


def ran(command, **environment):
    """The report of the attacks, run by this command."""
    variables = {"PATH": os.environ["PATH"], "PYTHONPATH": str(FOLDER.parents[1]), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=variables | environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_nothing_gets_out_that_is_not_named():
    """As the user who runs the tests: no secret, no change, no signal, no message, no forged or spoilt neighbour."""
    report = ran([sys.executable, ATTACK])

    assert report["escaped"] == {}
    assert report["world"] == []
    assert {name: said for name, said in report["honest"].items() if name != "order"} == HONEST
    assert len(report["attacks"]) > 80


def public_python():
    """A Python that every user of the machine may run, new enough for the harness."""
    check = "import sys; assert sys.version_info >= (3, 11); import harness.execute.sandbox"
    for place in (sys.base_prefix + "/bin/python3", "/usr/bin/python3", "/usr/local/bin/python3"):
        command = [*USER, "env", place, "-c", check]  # setpriv itself still starts it with root's rights
        if subprocess.run(command, capture_output=True, check=False, cwd=FOLDER.parents[1]).returncode == 0:
            return place
    pytest.skip("needs a Python of 3.11 that every user may run, and a checkout that every user may read")


def command_of(setup, folder):
    """The command line that runs the attacks in a set-up, and its PATH."""
    if os.geteuid() != 0:
        pytest.skip("set-ups are made by root; as a user only `make test` runs the attacks")
    if "bubblewrap" in setup and shutil.which("bwrap") is None:
        pytest.skip("bubblewrap is not installed")
    python = sys.executable if setup.startswith("root,") or setup == "root" else public_python()
    prefix = () if python == sys.executable else USER
    container = ("unshare", "-Ur") if "rootless" in setup else ()
    lacking = [name for name in ("namespaces", "landlock") if f"no {name}" in setup.lower()]
    denied = (python, DENY, ",".join(lacking)) if lacking else ()
    path = os.environ["PATH"]
    if "bubblewrap" not in setup:  # a PATH without it
        for name in ("setpriv", "unshare", "sleep"):
            (folder / name).symlink_to(shutil.which(name))
        folder.chmod(0o755)
        path = str(folder)
    return [*prefix, *container, *denied, python, ATTACK], path


@pytest.mark.slow
@pytest.mark.parametrize("setup", SETUPS)
def test_every_set_up_contains_or_names(setup):
    """Root, user and container, with and without bubblewrap, namespaces and Landlock."""
    with tempfile.TemporaryDirectory() as name:  # one that a user may read, unlike pytest's
        command, path = command_of(setup, Path(name))
        report = ran(command, PATH=path)

    assert report["escaped"] == {}
    assert report["world"] == []
    assert {name: said for name, said in report["honest"].items() if name != "order"} == HONEST
    assert report["isolation"].removeprefix("a program can ") == SETUPS[setup]
