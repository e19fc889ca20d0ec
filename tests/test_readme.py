"""The README stays true: its tree, its options, its Python."""

import re
from pathlib import Path

import harness

pytest_plugins = ["pytester"]
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
    options = (ROOT / "harness" / "plugin" / "options.py").read_text()
    for command in re.findall(r"^pytest .*$", README, re.MULTILINE):
        for option in re.findall(r"--[a-z-]+", command.split("#")[0]):
            assert f'"{option}"' in options


def test_the_python_example_runs(tmp_path, monkeypatch):
    """The example of the Python interface runs as printed."""
    monkeypatch.chdir(tmp_path)
    example = next(block for block in README.split("```python\n") if block.startswith("import harness")).split("```")[0]
    exec(example, {"harness": harness})

    assert (tmp_path / "variant" / "config.json").exists()


def test_a_claim_of_one_s_own_runs_as_printed(pytester, monkeypatch, tiny):
    """The example of a design and its test decides on the tiny model, and on a subset where it cannot it says so."""
    monkeypatch.setenv("PY_COLORS", "0")
    example = next(block for block in README.split("```python\n") if "FORGOTTEN" in block).split("```")[0]
    pytester.makepyfile(example)
    options = ("--method", "reverse", "--store", "s", "-p", "no:cacheprovider")

    decided, few = (pytester.runpytest_inprocess("--limit", limit, *options) for limit in ("60", "3"))
    decided.assert_outcomes(passed=1)
    assert "share of the facts lost: +0." in decided.stdout.str()
    assert "1 not testable in " in few.stdout.str()


def test_the_printed_result_matches_the_baselines():
    """The pasted tables are of the model that is shipped: every stored effect is printed beside its claim's name.

    Neighbouring papers' claims are in a page of their own; what was measured by another method is told in a sentence.
    """
    import json

    pages = README.splitlines(), (ROOT / "docs" / "neighbours.md").read_text().splitlines()
    stored = [json.loads(path.read_text()) for path in (ROOT / "baselines" / "tiny").glob("*.json")]
    measured = [found for found in stored if found.get("effect")]  # what was not testable has none

    assert measured
    for found in measured:
        claim, effect = found["claim"], found["effect"]["estimate"]
        lines = [row for page in pages for row in printed_rows(page, claim)]
        lines += [line for line in pages[0] if not line.startswith(" ")]
        printed = [float(text) for text in re.findall(r"[-+]\d?\.\d{3}", " ".join(lines))]
        # the stored fourth decimal may round the third otherwise than the printed figure
        assert any(abs(text - effect) < 6e-4 for text in printed), (claim, effect)


def printed_rows(page, claim):
    """Lines of a page that are about a claim: from one that begins with its name to the next that begins so."""
    inside = False
    for line in page:
        name = re.match(r"[ |`]*([a-z]+(?:-[a-z]+)+)", line)
        inside = name[1] == claim if name and not line.startswith("   ") else inside
        if inside:
            yield line
