"""The README stays true: its tree, its options, its Python."""

import re
from pathlib import Path

import harness

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_the_tree_exists():
    """Every folder or file that the README's tree names is there."""
    tree = README.split("## The tree")[1].split("```")[1]
    named = [line.split()[0] for line in tree.strip().splitlines()]

    assert len(named) > 8
    assert all((ROOT / name).exists() for name in named)


def test_the_options_exist():
    """Every option that the README writes after `pytest` is one of the plugin's or pytest's."""
    options = (ROOT / "harness" / "options.py").read_text()
    for command in re.findall(r"^pytest .*$", README, re.MULTILINE):
        for option in re.findall(r"--[a-z-]+", command.split("#")[0]):
            assert f'"{option}"' in options


def test_the_python_example_runs(tmp_path, monkeypatch):
    """The example of the Python interface runs as printed."""
    monkeypatch.chdir(tmp_path)
    example = next(block for block in README.split("```python\n") if block.startswith("import harness")).split("```")[0]
    exec(example, {"harness": harness})

    assert (tmp_path / "variant" / "config.json").exists()


def test_the_printed_result_matches_the_baselines():
    """The pasted table is of the model that is shipped: every stored effect is printed in it."""
    import json

    for path in (ROOT / "baselines" / "tiny").glob("*.json"):
        assert f"{json.loads(path.read_text())['effect']['estimate']:+.3f}" in README
