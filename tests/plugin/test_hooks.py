"""The plugin as another project sees it: options, outcomes, files. Each runs pytest inside pytest."""

import json
import shutil
from pathlib import Path

import pytest

from harness.__main__ import main
from harness.models.reference import bundled

pytest_plugins = ["pytester"]
ROOT = Path(__file__).parents[2]

CHECK = """
from harness import Design, Interval

def nearly_nothing(evidence):  # an effect that nothing moves is no design
    return 1e-9 * evidence["hit"][0].runs[0].count(1)

def test_claim(subject, method, ratio, claim):
    design = Design(
        "example", "An example",
        lambda evidence, at: Interval(*(end + nearly_nothing(evidence) for end in ({interval})), 0.95, 0.01, 100),
        minimum=0.1, unit="u", roles={{"hit": "lost"}}, family="example", ordered=True,
    )
    case = claim.case(design, {{"method": method, "ratio": ratio}})
    base = case.base({{"hit": ["facts"]}})
    pruned = subject.evaluate(subject.plan(method, ratio), ["facts"])
    case.decide(
        {{"hit": case.scores("hit", pruned)}}, effect="e", results={{"base": base, "pruned": pruned}}, measurements={{}}
    )
"""


@pytest.fixture
def project(pytester, monkeypatch, tiny):
    """An outside project without a conftest; the plugin comes from its entry point."""
    monkeypatch.setenv("PY_COLORS", "0")

    def run(interval, *options):
        pytester.makepyfile(CHECK.format(interval=interval))
        start = pytester.runpytest_subprocess if "-n" in options else pytester.runpytest_inprocess
        return start("--limit", "8", "--method", "reverse", "--store", "s", "-p", "no:cacheprovider", *options)

    return run


def verdicts(pytester):
    """The run's verdicts.json."""
    return json.loads((pytester.path / "report" / "verdicts.json").read_text())


@pytest.mark.parametrize(
    ("interval", "verdict", "outcome"),
    [
        ("0.5, 0.4, 0.6", "reproduced", "1 passed"),
        ("0.0, -0.1, 0.05", "contradicted", "1 failed"),
        ("0.15, 0.0, 0.3", "inconclusive", "1 inconclusive"),
    ],
)
def test_verdicts_are_outcomes(project, pytester, interval, verdict, outcome):
    """Reproduced passes, contradicted fails, inconclusive is an outcome of its own."""
    result = project(interval)
    content = verdicts(pytester)

    assert outcome in result.stdout.str()
    assert (3, [verdict]) == (content["schema"], [claim["verdict"] for claim in content["claims"]])
    assert {"versions", "device", "threads", "git"} <= content["environment"].keys()


def test_inconclusive_can_fail(project):
    """`--inconclusive=fail` turns the third outcome red."""
    result = project("0.15, 0.0, 0.3", "--inconclusive", "fail")

    assert "1 failed" in result.stdout.str()
    assert "would decide it in 4 of 5 fresh runs" in result.stdout.str()


def test_items_are_kept(project, pytester):
    """Every item's score and label is a line in a file."""
    project("0.5, 0.4, 0.6")
    files = sorted((pytester.path / "report" / "items").rglob("*.jsonl"))
    rows = [json.loads(line) for line in files[0].read_text().splitlines()]

    assert [path.name for path in files] == ["base.jsonl", "pruned.jsonl"]
    assert len(rows) == 8
    assert {"task", "item_id", "score", "label", "response"} <= rows[0].keys()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--ratio", "1.5"], "ratio 1.5 is not between 0 and 1"),
        (["--model", "/nowhere"], "no such folder; expected `tiny`"),
        (["--data", "/nowhere"], "there is no such folder"),
        (["--method", "magic"], "--method magic: unknown"),
        (["--drop-responses", "rude"], "filter 'rude' is unknown; use some of truncated, looping, wrong"),
        (["--limit", "-1"], "expected a number of items of at least 1"),
        (["--update-baseline", " "], "--update-baseline ' ': expected the reason in words"),
        (["--update-baseline", "."], "--update-baseline '.': expected the reason in words"),
    ],
)
def test_bad_options_stop_before_any_work(pytester, options, sentence):
    """A wrong option is refused before collection."""
    pytester.makepyfile("def test_nothing(): pass")
    result = pytester.runpytest_inprocess(*options)

    assert sentence in result.stderr.str()
    assert "test_nothing" not in result.stdout.str()


def test_bad_input_in_a_check_is_one_sentence(pytester, tiny):
    """What a check cannot use is said without a traceback."""
    pytester.makepyfile("def test_claim(subject): subject.plan('reverse', 0.01)")
    output = pytester.runpytest_inprocess("--store", "s").stdout.str()

    assert "bad input: ratio 0.01 of 12 layers removes none" in output
    assert "Traceback" not in output
    assert "surgery.py" not in output


def test_a_model_that_cannot_be_loaded_is_one_sentence(pytester, tiny):
    """Without the tracebacks of the libraries that tried."""
    pytester.makepyfile("def test_claim(subject): pass")
    (Path(shutil.copytree(bundled("tiny"), pytester.path / "half")) / "config.json").write_text("{}")
    result = pytester.runpytest_inprocess("-m", "small", "--model", "half", "-p", "no:cacheprovider")
    output = result.stdout.str()
    assert "bad input: --model half: " in output
    assert "Traceback" not in output
    assert "exception" not in output


def test_verdicts_survive_xdist(project, pytester):
    """Workers' records reach the controller's table and file."""
    result = project("0.5, 0.4, 0.6", "-n", "2", "--ratio", "0.25", "--ratio", "0.5")

    assert "2 passed" in result.stdout.str()
    assert len(verdicts(pytester)["claims"]) == 2


def test_options_are_documented(pytester):
    """`pytest --help` lists our options in a group of their own."""
    output = pytester.runpytest_inprocess("--help").stdout.str()

    assert "layer pruning checks" in output
    assert all(
        f"--{name}" in output
        for name in ("model", "data", "limit", "method", "ratio", "report", "store", "protocol", "update-baseline")
    )


def without_times(content):
    """verdicts.json less what no two runs share: times, memory, and where the report went."""
    for claim in content["claims"]:
        claim["cost"] = {name: value for name, value in claim["cost"].items() if name.endswith(("tokens", "forwards"))}
    content["environment"] = {
        name: value for name, value in content["environment"].items() if name not in ("time", "command")
    }
    return content


def test_the_same_seed_gives_the_same_verdicts(pytester, monkeypatch):
    """Two processes that share nothing, this one and another, write the same verdicts.json but for times."""
    monkeypatch.setenv("PY_COLORS", "0")
    pytester.makepyfile(test_gap=(ROOT / "checks/test_gap_survives_controls.py").read_text())
    contents = []
    for start, store in ((pytester.runpytest_inprocess, "one"), (pytester.runpytest_subprocess, "two")):
        start("--limit", "12", "--method", "random", "--store", store, "-p", "no:cacheprovider")
        contents.append(without_times(verdicts(pytester)))

    assert contents[0] == contents[1]
    assert [claim["claim"] for claim in contents[0]["claims"]] == ["gap-survives-controls"]
    assert all(claim["cost"]["forward_tokens"] > 0 for claim in contents[0]["claims"])


def test_checks_that_take_no_method_are_named_where_one_is_given(pytester):
    """A sweep removes every layer in turn, whatever `--method` says."""
    pytester.makepyfile(
        test_sweeps="def test_it(subject): pass", test_prunes="def test_it(subject, method, ratio): pass"
    )
    result = pytester.runpytest_inprocess("--method", "reverse", "--collect-only", "-p", "no:cacheprovider")
    assert "--method reverse changes nothing in sweeps: no method is asked there" in result.stdout.lines

    result = pytester.runpytest_inprocess("test_prunes.py", "--method", "reverse", "--collect-only")
    assert "changes nothing" not in result.stdout.str()


def test_a_model_that_was_pruned_already_is_said(pytester, capsys):
    """It would be pruned again, where its owner wants to know what became of it; a command says it too."""
    folder = pytester.path / "shallow"
    shutil.copytree(bundled("tiny"), folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"kept_layers": [*range(12)]}))
    pytester.makepyfile("def test_claim(subject): pass")
    said = (
        "--model shallow was pruned already (kept_layers in its config.json: 12 layers), and is taken for the unpruned "
        "model here; whether it broke: python -m harness compare PARENT shallow"
    )

    assert said in pytester.runpytest_inprocess("--model", "shallow", "--collect-only").stdout.lines
    assert "pruned already" not in pytester.runpytest_inprocess("--collect-only").stdout.str()
    capsys.readouterr()
    assert main(["rank", "--model", "shallow", "--method", "reverse"]) == 0
    assert capsys.readouterr().err == f"{said}\n"


def test_data_that_the_tiny_model_is_not_asked_is_said(pytester):
    """It knows nothing of GSM8K, and is asked its own world's items whatever `--data` names."""
    pytester.makepyfile("def test_claim(subject): pass")
    pytester.mkdir("data")
    result = pytester.runpytest_inprocess("--data", "data", "--collect-only")

    assert "--data data is not read: the tiny model knows its own mini-world only, and is asked its items" in (
        result.stdout.lines
    )
