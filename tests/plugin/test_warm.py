"""A second run of the same checks: nothing is asked, judged, run or encoded again. Counts, never a clock."""

import json
from pathlib import Path

import pytest

from harness.execute import sandbox
from harness.score.scorer import Scorer
from harness.tasks import judged as judging

pytest_plugins = ["pytester"]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def counts(monkeypatch):
    """How much was asked of a model, judged, and run."""
    found = dict.fromkeys(("answered", "judged", "programs"), 0)

    def counting(where, name, what, number):
        original = getattr(where, name)

        def counted(*arguments):
            found[what] += number(*arguments)
            return original(*arguments)

        monkeypatch.setattr(where, name, counted)

    counting(Scorer, "run", "answered", lambda _scorer, job, *_: len(job.indices))
    counting(judging, "judged", "judged", lambda _task, items, _answers: len(items))
    counting(sandbox, "_run_all", "programs", len)
    monkeypatch.setattr(judging, "_opened", judging.Kept)  # what is kept is read from the disk each time
    return found


def test_nothing_is_done_twice(pytester, counts, tiny):
    """Classification, problems, programs and headlines of two models; the second run comes to the same row."""
    pytester.makepyfile((ROOT / "checks" / "test_classification_vs_generative_gap.py").read_text())
    options = ("--limit", "8", "--method", "reverse", "--ratio", "0.25", "--store", "s", "-p", "no:cacheprovider")
    rows = []
    for _ in range(2):
        rows.append(dict(counts))
        assert pytester.runpytest_inprocess(*options).ret in (0, 1)
        rows.append(json.loads((pytester.path / "report" / "verdicts.json").read_text())["claims"])
    _, first, cold, second = rows

    assert all(cold.values())
    assert counts == cold
    effects = [[row["effect"], row["p_value"], row["verdict"]] for row in (first[-1], second[-1])]
    assert effects[0] == effects[1]
