"""Which checks are run, and in which order."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from harness.plugin.options import asks_for

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]


def test_gpu_tier_skips_with_a_sentence(pytester):
    """Without a GPU, `-m gpu` says what is needed."""
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU, so nothing is skipped")
    pytester.makepyfile("def test_claim(subject): pass")
    result = pytester.runpytest_inprocess("-m", "gpu", "-rs")
    output = result.stdout.str()

    assert "the gpu tier needs a CUDA GPU" in output
    assert "4 skipped" in output
    assert "layer pruning checks: nothing was decided: the gpu tier needs a CUDA GPU" in output
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_collection_is_fast_and_loads_no_torch():
    """Collecting the checks imports neither torch nor transformers and computes for less than two seconds."""
    program = (
        "import sys, pytest; code = pytest.main(['--collect-only', '-q', '-p', 'no:hypothesispytest', 'checks/']); "
        "assert not {'torch', 'transformers', 'lm_eval'} & set(sys.modules), 'imported'; sys.exit(code)"
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)

    assert result.returncode == 0, result.stdout + result.stderr
    # computing time, since the clock measures who else uses the machine; hypothesis is of our tests and takes 1 s more
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 2


def test_workers_begin_with_the_longest_checks():
    """The first long files, then as many short ones as there are workers, then the rest; a file stays whole."""
    from types import SimpleNamespace

    from harness.plugin.fixtures import subject
    from harness.plugin.hooks import pytest_collection_modifyitems

    def item(path, epochs, name=""):
        marker = SimpleNamespace(args=(epochs,)) if epochs else None
        return SimpleNamespace(
            path=path, name=name, get_closest_marker=lambda asked: marker if asked == "trains" else None,
            add_marker=lambda mark: None, _fixtureinfo=SimpleNamespace(name2fixturedefs={"subject": [ours]}),
        )  # fmt: skip

    def config(**more):
        return SimpleNamespace(stash=pytest.Stash(), option=SimpleNamespace(layer_pruning_dry_run=False), **more)

    ours = SimpleNamespace(func=subject, argnames=())

    items = [item("a", 0), item("b", 0, "1"), item("b", 0, "2"), item("c", 6), item("d", 4), item("e", 7), item("f", 0)]
    alone = list(items)
    for settings, collected in ((config(), alone), (config(workerinput={"workercount": 2}), items)):
        assert list(pytest_collection_modifyitems(settings, collected)) == [None]  # other plugins' turn

    assert [i.path for i in alone] == list("abbcdef")
    assert [i.path + i.name for i in items] == ["e", "c", "a", "b1", "b2", "d", "f"]


def test_checks_of_a_method_and_of_other_papers_wait_to_be_asked(pytester, monkeypatch):
    """`pytest checks/` decides the ten claims; --method adds a method's checks, -m neighbour takes other papers'."""
    monkeypatch.chdir(ROOT)

    def collected(*arguments):
        command = ("checks", "--rootdir", str(ROOT), "--collect-only", "-q", "-p", "no:cacheprovider", *arguments)
        return pytester.runpytest_inprocess(*command).stdout.str()

    plain, ours, asked, own, neighbours = (
        collected(),
        collected("--method", "reverse"),
        collected("-m", "own_method", "--method", "reverse"),
        collected("--method", "harness.methods.position:reverse"),
        collected("-m", "neighbour"),
    )
    assert "test_method_" not in plain + ours
    assert "neighbours" not in plain + ours + own
    assert "test_method_contract" in own
    assert "test_arithmetic_drop" in own
    assert "test_method_scoreboard[tiny-reverse-0.4]" in asked
    assert "checks/neighbours/" in neighbours
    assert "test_arithmetic_drop" not in neighbours


@pytest.mark.parametrize(
    ("expression", "gpu", "small"),
    [
        ("", False, False),
        ("gpu", True, False),
        ("not gpu", False, False),
        ("small and not gpu", False, True),
        ("gpu and own_method", True, False),
        ("gpu and not neighbour", True, False),
        ("gpu or", False, False),
    ],
)
def test_a_tier_is_asked_for_by_what_m_means(expression, gpu, small):
    """And not by the letters in it; what cannot be read is pytest's to refuse."""
    from types import SimpleNamespace

    config = SimpleNamespace(option=SimpleNamespace(markexpr=expression))

    assert (asks_for(config, "gpu"), asks_for(config, "small")) == (gpu, small)


def test_what_an_option_is_given_twice_is_run_once(pytester):
    """A row that stands there twice would count twice in a correction."""
    pytester.makepyfile("def test_claim(subject, method, ratio): pass")
    twice = [word for pair in (("--method", "reverse"), ("--ratio", ".25"), ("--model", "tiny")) for word in pair * 2]
    result = pytester.runpytest_inprocess("--collect-only", "-q", *twice)

    assert "1 test collected" in result.stdout.str()
