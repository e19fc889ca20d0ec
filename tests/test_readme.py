"""The README and the pages it leads to stay true: tree, links, options, Python, printed figures."""

import json
import re
from pathlib import Path

import pytest

import harness

pytest_plugins = ["pytester"]
ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text()
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/**/*.md")))
}
USAGE, RESULTS = PAGES["docs/usage.md"], PAGES["docs/results.md"]
STORED = [json.loads(path.read_text()) for path in sorted((ROOT / "baselines" / "tiny").glob("*.json"))]
PYTESTS_OWN = {"--pyargs", "--junit-xml"}


def block(page, language, *words):
    """The first block of code of a page that has these words."""
    blocks = [part.split("```")[0] for part in page.split(f"```{language}\n")[1:]]
    return next(code for code in blocks if all(word in code for word in words))


def test_the_readme_is_for_a_person_in_a_hurry():
    """About 120 lines, and what it does not claim comes before any way to use it."""
    assert len(README.splitlines()) <= 140
    assert README.index("## What it does not claim") < README.index("## My model") < README.index("## The tree")


def test_the_tree_exists_and_is_whole():
    """Every folder or file that the README's tree names is there, and every room of the package is named."""
    named = [line.split()[0] for line in README.split("## The tree")[1].split("```")[1].strip().splitlines()]
    rooms = {f"harness/{path.parent.name}/" for path in ROOT.glob("harness/*/__init__.py")}

    assert all((ROOT / name).exists() for name in named)
    assert len(rooms) > 12
    assert rooms <= set(named)


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    """Every link to a file of ours names one that is there, and a heading in it that exists."""
    for target in re.findall(r"\]\(([^)\s]+)\)", PAGES[page]):
        if "://" in target:
            continue
        path, _, heading = target.partition("#")
        file = (ROOT / page).parent / path if path else ROOT / page
        assert file.exists(), (page, target)
        if heading:
            titles = re.findall(r"^#+ (.*)$", file.read_text(), re.MULTILINE)
            assert heading in {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}, target


@pytest.mark.parametrize("page", PAGES)
def test_the_options_exist(page):
    """Every option that a page writes after `pytest` is one of the plugin's or pytest's."""
    options = "".join((ROOT / "harness" / name).read_text() for name in ("plugin/options.py", "arguments.py"))
    for command in re.findall(r"^pytest .*$", PAGES[page], re.MULTILINE):
        for option in re.findall(r"--[a-z-]+", command.split("#")[0]):
            assert f'"{option}"' in options or option in PYTESTS_OWN, (page, option)


def test_the_python_example_runs(tmp_path, monkeypatch):
    """The example of the Python interface runs as printed."""
    monkeypatch.chdir(tmp_path)
    exec(block(USAGE, "python", "load_model"), {"harness": harness})

    assert (tmp_path / "variant" / "config.json").exists()


def test_a_claim_of_one_s_own_runs_as_printed(pytester, monkeypatch, tiny):
    """The example of a design and its test decides on the tiny model, and on a subset where it cannot it says so."""
    monkeypatch.setenv("PY_COLORS", "0")
    pytester.makepyfile(block(USAGE, "python", "FORGOTTEN"))
    options = ("--method", "reverse", "--store", "s", "-p", "no:cacheprovider")

    decided, few = (pytester.runpytest_inprocess("--limit", limit, *options) for limit in ("60", "3"))
    decided.assert_outcomes(passed=1)
    assert "share of the facts lost: +0." in decided.stdout.str()
    assert "1 not testable in " in few.stdout.str()


def test_the_method_and_its_test_run_as_printed(pytester, tiny):
    """The README's method passes the README's own test of it."""
    method, test = (block(README, "python", word) for word in ("def rank_layers", "check_method"))
    pytester.makepyfile(mymod=method, test_mine=test)
    pytester.syspathinsert()

    pytester.runpytest_inprocess("-k", "answers", "-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_the_printed_result_matches_the_baselines():
    """The pasted tables are of the model that is shipped: every stored effect is printed beside its claim's name.

    Neighbouring papers' claims are in a page of their own; what was measured by another method is told in a sentence.
    """
    pages = RESULTS.splitlines(), PAGES["docs/neighbours.md"].splitlines()
    measured = [found for found in STORED if found.get("effect")]  # what was not testable has none

    assert measured
    for found in measured:
        claim, effect = found["claim"], found["effect"]["estimate"]
        lines = [row for page in pages for row in printed_rows(page, claim)]
        lines += [line for line in pages[0] if not line.startswith(" ")]
        printed = [float(text) for text in re.findall(r"[-+]\d?\.\d{3}", " ".join(lines))]
        # the stored fourth decimal may round the third otherwise than the printed figure
        assert any(abs(text - effect) < 6e-4 for text in printed), (claim, effect)


def test_the_readmes_rows_are_rows_of_the_results():
    """Each of the three is printed there to the letter, and its verdict is the stored one; one of each kind."""
    head, *rows = re.split(r"\n(?= [a-z])", block(README, "", " claim ").strip("\n"))
    said = [(row.split()[0], re.split(r" {3,}", row.splitlines()[0])[-1]) for row in rows]

    assert all(piece in RESULTS for piece in (head, *rows))
    assert [verdict for _, verdict in said] == ["reproduced", "contradicted", "not testable"]
    assert set(said) <= {(found["claim"], found["verdict"]) for found in STORED}


def printed_rows(page, claim):
    """Lines of a page that are about a claim: from one that begins with its name to the next that begins so."""
    inside = False
    for line in page:
        name = re.match(r"[ |`]*([a-z]+(?:-[a-z]+)+)", line)
        inside = name[1] == claim if name and not line.startswith("   ") else inside
        if inside:
            yield line
