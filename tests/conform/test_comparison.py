"""A method against the references."""

from pathlib import Path

import pytest

from harness.conform.comparison import compare, kept, ruined
from harness.conform.measured import Measured, measure, reference, save, stored
from harness.subject import Subject
from harness.tasks.calibration import Calibration
from harness.tasks.outcome import Outcome, TaskResult
from harness.tasks.source import Bundled

pytest_plugins = ["pytester"]
ROOT = Path(__file__).parents[2]
N = 60


def result(scores):
    return TaskResult("code", "number", 0.0, tuple(Outcome(str(i), s, "", "") for i, s in enumerate(scores)))


BASE = {"code": result([1.0] * N)}


def measured(name, *runs, after=()):
    return Measured(
        name, 0.25, "f", "i", ("3",) * len(runs), {"code": list(runs)}, {"code": list(after)} if after else {}
    )


def right(count):
    return (1.0,) * count + (0.0,) * (N - count)


def test_better_worse_and_undecided_are_told_apart():
    """Far above, far below, and one item from a reference, after Holm over all comparisons."""
    own = measured("mine", right(30))
    found = compare(
        BASE, own, [measured("low", right(3)), measured("high", right(58)), measured("near", right(31))], ["code"]
    )

    assert {c.reference: c.verdict for c in found} == {"low": "better", "high": "worse", "near": "undecided"}
    assert found[0].difference.estimate == pytest.approx(27 / N)
    assert all(c.adjusted_p >= c.difference.p_value for c in found)


def test_two_methods_that_keep_nothing_are_not_compared():
    """Nothing minus nothing is no tie."""
    found = compare(
        BASE, measured("mine", right(0)), [measured("mute", right(0)), measured("good", right(58))], ["code"]
    )

    assert {c.reference: c.verdict for c in found} == {"mute": "not testable", "good": "worse"}


def test_recovered_runs_are_compared_where_both_have_them():
    """A reference without a recovery is compared before it only."""
    own = measured("mine", right(10), after=[right(40)])
    found = compare(BASE, own, [measured("a", right(9), after=[right(20)]), measured("b", right(9))], ["code"])

    assert [(c.reference, c.recovered) for c in found] == [("a", False), ("b", False), ("a", True)]
    assert found[2].verdict == "better"


def test_a_recovery_that_ruined_its_model_is_not_beaten():
    """What anything beats says nothing of the method; that the ruined one is no better still holds the other way."""
    own, broken = measured("mine", right(40), after=[right(45)]), measured("other", right(40), after=[right(10)])
    fine = measured("fine", right(8), after=[right(10)])

    assert [c.verdict for c in compare(BASE, own, [broken, fine], ["code"])][2:] == ["not testable", "better"]
    assert [c.verdict for c in compare(BASE, broken, [own, fine], ["code"])][2:] == ["not testable", "undecided"]
    assert compare(BASE, own, [broken], ["code"])[0].verdict == "undecided"  # before it nothing was ruined
    assert [ruined(BASE, one, ["code"]) for one in (own, broken, fine)] == [False, True, False]


def test_a_recovery_is_compared_with_what_was_there_before_it():
    """Of ten draws the first three are recovered, which kept less than the rest."""
    draws = [right(10)] * 3 + [right(50)] * 7
    own, drawn = measured("mine", right(40), after=[right(50)]), measured("random", *draws, after=[right(20)] * 3)

    assert compare(BASE, own, [drawn], ["code"])[1].verdict == "better"


def test_ten_draws_widen_the_interval():
    """Draws that differ are a second level of chance."""
    own = measured("mine", right(30))
    equal, spread = measured("equal", *[right(20)] * 10), measured("spread", *[right(n) for n in range(2, 42, 4)])
    wide, narrow = (compare(BASE, own, [other], ["code"])[0].difference for other in (spread, equal))

    assert wide.high - wide.low > narrow.high - narrow.low


def test_what_is_kept_of_a_base_that_scores_nothing_is_not_said():
    """No retention without something to retain, and none of a recovery that was not run."""
    own = measured("mine", right(30))
    assert kept({"code": result([0.0] * N)}, own, ["code"]) is None
    assert kept(BASE, own, ["code"], recovered=True) is None
    assert kept(BASE, own, ["code"]).estimate == 0.5


def test_a_stored_measurement_is_read_back(tmp_path):
    """Right-or-wrong and graded scores alike; a method's module path becomes a file name."""
    own = measured("my.module:rank", right(3), (0.25,) * N)
    assert stored(tmp_path, own.method, 0.25) is None
    assert save(tmp_path, own).name == "my.module.rank-0.25.json"
    assert stored(tmp_path, own.method, 0.25) == own


def test_a_stored_reference_on_other_texts_is_not_used(tiny, tmp_path, monkeypatch):
    """A search that was given two texts is not the reference of a method that was given all."""
    monkeypatch.setattr("harness.conform.measured.scoreboard_folder", lambda _: tmp_path)
    few = Subject(tiny, "tiny", Bundled(), 8, None, shown=Calibration("wikitext2", 2))
    for method in ("cosine_block", "reverse"):
        found, _ = measure(few, method, 0.25, recover=False)
        save(tmp_path, found)
    monkeypatch.setattr("harness.conform.measured.measure", lambda *_: ("measured anew",))
    whole = Subject(tiny, "tiny", Bundled(), 8, None)

    assert reference(few, "cosine_block", 0.25).calibration.startswith("mini-world-text:2x64 ")
    assert reference(whole, "cosine_block", 0.25) == "measured anew"
    assert reference(whole, "reverse", 0.25).calibration is None


def test_a_stored_reference_of_another_model_is_not_used(tiny, tmp_path, monkeypatch):
    """References belong to one model and one set of items; any other is measured anew."""
    monkeypatch.setattr("harness.conform.measured.scoreboard_folder", lambda _: tmp_path)
    monkeypatch.setattr(
        "harness.conform.measured._recovered", lambda subject, plan, tasks: subject.evaluate(plan, tasks)
    )
    subject = Subject(tiny, "tiny", Bundled(), 8, None)
    save(tmp_path, measured("reverse", right(3)))

    found = reference(subject, "reverse", 0.25)
    assert found.plans == ("9-11",)
    assert found.model_fingerprint == tiny.fingerprint
    save(tmp_path, found)
    monkeypatch.setattr("harness.conform.measured.measure", None)  # now the stored one must do
    assert reference(subject, "reverse", 0.25).plans == found.plans


def test_the_check_shows_a_method_beside_a_reference(tiny, pytester, monkeypatch):
    """A baseline of what it kept can be stored, and holds; here on few items, beside one reference, untrained."""
    monkeypatch.setattr("harness.conform.measured.REFERENCES", ("reverse",))
    monkeypatch.setattr(
        "harness.conform.measured._recovered", lambda subject, plan, tasks: subject.evaluate(plan, tasks)
    )
    pytester.makepyfile((ROOT / "checks" / "test_method_scoreboard.py").read_text())
    options = ["--limit", "12", "-m", "own_method", "--method", "deepest_but_last", "--ratio", "0.25", "--store", "s"]
    first = pytester.runpytest_inprocess(*options, "-p", "no:cacheprovider", "--update-baseline", "first version")
    (baseline,) = (pytester.path / "baselines" / "tiny").glob("method-scoreboard--*.json")
    again = pytester.runpytest_inprocess(*options, "-p", "no:cacheprovider")

    assert baseline.is_file()
    for run in (first, again):
        assert run.ret == 0, run.stdout.str()
        assert "generative retention - that of reverse" in " ".join(run.stdout.str().split())
        assert "  generation - that of reverse: " in run.stdout.str()
