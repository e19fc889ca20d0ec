"""What only another process shows of a method: its import, its memos, and files that C code wrote."""

import pytest

from harness.conform.contract import RULES, require
from harness.conform.examination import examine
from harness.errors import BadInput
from harness.models.reference import bundled

METHODS = """
import functools, random, pathlib, tempfile
from safetensors.torch import save_file
import torch
from harness import declare
from harness.prune.plan import LayerPlan
{at_import}

@functools.cache
def drawn(depth, n):
    return tuple(random.sample(range(depth), n))

def steady(loaded, n, calibration, seed):
    return random.Random(seed).sample(range(loaded.depth), n)

def hides(loaded, n, calibration, seed):
    save_file({{"a": torch.ones(1)}}, pathlib.Path.home() / "hidden.safetensors")
    return drawn(loaded.depth, n)

@declare("task_scores")
def greedy(loaded, n, calibration, seed, score):
    tried = [LayerPlan.without([layer], loaded.depth) for layer in range(3)]
    return [max(tried, key=score).removed[0], 7][:n]

def ordered_by_hash(loaded, n, calibration, seed):
    return [int(name) for name in {{str(layer) for layer in range(loaded.depth)}}][:n]

def in_the_temporary_folder(loaded, n, calibration, seed):
    save_file({{"a": torch.ones(1)}}, tempfile.gettempdir() + "/hidden.safetensors")
    return range(n)

def beside_itself(loaded, n, calibration, seed):
    save_file({{"a": torch.ones(1)}}, pathlib.Path(__file__).parent / "hidden.safetensors")
    return range(n)
"""


@pytest.fixture
def examined(tiny, tmp_path, monkeypatch):
    """Examines a function of a module that lies in a folder of its own."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def run(name, at_import=""):
        module = f"authored_{name}"
        (tmp_path / f"{module}.py").write_text(METHODS.format(at_import=at_import))
        return examine(
            f"{module}:{name}", tiny, 2, ["tom has 12 apples ."], lambda plan: 1 / (1 + plan.removed[0]), elsewhere=True
        )

    return run


def test_a_steady_method_passes_and_was_asked_twice_here_and_once_elsewhere(examined):
    """Nothing of the other process is held against it."""
    seen = examined("steady")

    assert [name for name in RULES if RULES[name](seen)] == []
    assert (seen.elsewhere.asked, seen.elsewhere.plan) == (True, repr(seen.plans[0]))


def test_what_its_import_a_memo_and_c_code_hide_is_seen_in_another_process(examined):
    """Items read before anyone watched, a draw that is kept, a file of which no audit event tells."""
    items = bundled("data") / "word_problems" / "test.jsonl"
    seen = examined("hides", f"ITEMS = pathlib.Path({str(items)!r}).read_text()")

    with pytest.raises(BadInput, match=r"decided .*, and with the same seed in a process of its own .*; expected the"):
        require(seen, "is deterministic")
    with pytest.raises(BadInput, match=r"read test items \(.*word_problems/test.jsonl"):
        require(seen, "reads no test item")
    with pytest.raises(BadInput, match=r"wrote to the disk \(.*home/hidden.safetensors"):
        require(seen, "writes no file")


@pytest.mark.slow
@pytest.mark.parametrize(("name", "rule"), [
    ("ordered_by_hash", "is deterministic"), ("in_the_temporary_folder", "writes no file"),
    ("beside_itself", "writes no file"),
])  # fmt: skip
def test_each_hiding_place_is_looked_at(examined, name, rule):
    """The order of a set of texts; the folder of temporary files; the module's own folder."""
    with pytest.raises(BadInput, match=r"wrote to the disk \(.*hidden.safetensors|in a process of its own"):
        require(examined(name), rule)


@pytest.mark.slow
def test_scores_are_those_of_the_first_process(examined):
    """A greedy search in the other process is told what its plans scored, and needs no items."""
    seen = examined("greedy")

    assert [name for name in RULES if RULES[name](seen)] == []
    assert seen.elsewhere.plan is not None
