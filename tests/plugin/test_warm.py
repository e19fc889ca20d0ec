"""A second run of the same checks: nothing is asked, judged, run or encoded again. Counts, never a clock."""

import json
from pathlib import Path

pytest_plugins = ["pytester"]
ROOT = Path(__file__).parents[2]


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
