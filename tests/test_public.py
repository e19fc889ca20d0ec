"""The names that other projects may rely on."""

import importlib.metadata
import subprocess
import sys

import pytest

import harness


@pytest.mark.parametrize("name", harness.__all__)
def test_every_public_name_is_there(name):
    """And has a docstring of its own."""
    assert getattr(harness, name).__doc__


def test_dir_lists_what_is_meant_to_be_used():
    """Nothing that the module needs for itself."""
    assert dir(harness) == sorted([*harness.__all__, "__version__"])


def test_the_version_is_the_distributions():
    """Written once, in pyproject.toml."""
    assert harness.__version__ == importlib.metadata.version("layer-pruning-checks")


def test_an_unknown_name_is_named_beside_those_that_there_are():
    """A misspelt import says what to write."""
    with pytest.raises(AttributeError, match="has no attribute 'prune_it'; it has BadInput, "):
        harness.prune_it  # noqa: B018


def test_importing_the_package_imports_no_torch():
    """Nor transformers, nor pytest: names are fetched when they are used."""
    code = "import sys, harness; dir(harness); print({'torch', 'transformers', 'pytest'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"


def test_a_system_without_linux_s_modules_can_import_the_commands_and_the_plugin():
    """Windows has no `resource` and no `fcntl`; what needs them says so where it is used."""
    code = (
        "import sys; sys.modules |= {'resource': None, 'fcntl': None}; "
        "import harness.__main__, harness.plugin.hooks, harness.plugin.fixtures"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
