"""Methods of other packages: how they may be named, and what is said when their code fails."""

import sys

import pytest

from harness import rank_layers
from harness.errors import BadInput
from harness.methods.foreign import Crash
from harness.methods.rank import resolve_method

MODULE = """
from harness import declare
from harness.errors import BadInput

def good(loaded, n, calibration, seed): return range(n)
def with_default(loaded, n, calibration, seed, extra=1): return range(n)
def anything(*given): return range(given[1])
def raises(loaded, n, calibration, seed):
    return helper({})
def helper(table):
    return table["boom"]
def leaves(loaded, n, calibration, seed):
    import sys
    sys.exit("enough")
def lazy(loaded, n, calibration, seed):
    for layer in range(n):
        yield 1 // layer
def refuses(loaded, n, calibration, seed): raise BadInput("only for models with attention")
def misuses_torch(loaded, n, calibration, seed):
    import torch
    return torch.zeros(2) @ torch.zeros(3)
def few(model, n): return range(n)
def many(loaded, n, calibration, seed, score): return range(n)
def keyword(loaded, n, calibration, *, seed): return range(n)
class Thing: pass
class Mute(Exception):
    def __str__(self): raise ValueError("no words")
def mute(loaded, n, calibration, seed): raise Mute
def skips(loaded, n, calibration, seed):
    import pytest
    pytest.skip("not today")
def fails(loaded, n, calibration, seed):
    import pytest
    pytest.fail("no good")
def ends(loaded, n, calibration, seed):
    import pytest
    pytest.exit("enough of all")
def silent(loaded, n, calibration, seed): raise Last
class Last(Exception):
    def __str__(self): raise SystemExit(0)
async def later(loaded, n, calibration, seed): return range(n)
def hides(loaded, n, calibration, seed): return later(loaded, n, calibration, seed)
class Family:
    @staticmethod
    def last(loaded, n): return range(loaded.depth - n, loaded.depth)
def stops(loaded, n, calibration, seed): raise KeyboardInterrupt
"""


@pytest.fixture
def author(tmp_path, monkeypatch):
    """The module of an outside author, on Python's path."""
    (tmp_path / "authors_module.py").write_text(MODULE)
    for name, text in {
        "zero": "1 / 0",
        "exits": "import sys\nsys.exit(3)",
        "typo": "def f(:",
        "bare": "from harness import declare\n@declare\ndef f(n): return range(n)",
        "number": "from harness.methods.method import Method\nf = Method('own', 3)",
        "stopping": "from harness import declare\n@declare(may_stop_early='no')\ndef f(n): return range(n)",
        "gradients": "import torch\ntorch.set_grad_enabled(False)\ndef f(n): return range(n)",
        "deterministic": "import torch\ntorch.use_deterministic_algorithms(True)\ndef f(n): return range(n)",
        "deep": "import zero",
        "skips": "import pytest\npytest.skip('no GPU', allow_module_level=True)",
    }.items():
        (tmp_path / f"authors_{name}.py").write_text(text.replace("import zero", "import authors_zero"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("authors_")]:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "../x:f",
            r"--method ../x:f: names a file, expected package.module:function; .*PYTHONPATH=\.\. .*--method x:f",
        ),
        ("../../etc/passwd:f", "names a file, expected package.module:function"),
        ("./my.py:f", r"names a file, .*PYTHONPATH=\. pytest ... --method my:f"),
        ("my.py:f", r"names a file, .*--method my:f"),
        ("pkg/m.py:f", r"names a file, .*PYTHONPATH=pkg pytest ... --method m:f"),
        ("pkg.m:f..g", "each part a Python name"),
        ("authors_bare:f", r"declare was given a function; write brackets: @harness.declare\(\).*, authors_bare.py:2"),
        ("authors_number:f", "method 'own' has 3 for a function; expected a function of some of loaded, n"),
        ("authors_stopping:f", r"method 'f': may_stop_early is 'no'; expected True or False, authors_stopping.py:\d"),
        (
            "authors_gradients:f",
            "importing authors_gradients changed torch's gradient mode, with which .*; turn it insi",
        ),
        ("authors_deterministic:f", "importing authors_deterministic changed torch's deterministic algorithms"),
        ("authors_module:later", "is an async function, and is not awaited; expected a function of some"),
        ("pkg..m:f", "each part a Python name"),
        (".m:f", "each part a Python name"),
        ("a b:f", "each part a Python name"),
        ("authors_zero:f", r"cannot be imported \(ZeroDivisionError: division by zero, authors_zero.py:1\)"),
        ("authors_deep:f", r"cannot be imported \(ZeroDivisionError: division by zero, authors_zero.py:1\)"),
        ("authors_exits:f", r"cannot be imported \(SystemExit: 3, authors_exits.py:2\)"),
        ("authors_skips:f", r"cannot be imported \(Skipped: no GPU, authors_skips.py:2\)"),
        ("authors_typo:f", r"cannot be imported \(SyntaxError: .*authors_typo.py:1"),
        ("authors_module:nothing", "cannot be imported .*has no attribute 'nothing'"),
        ("authors_module:few", r"takes \(model, n\), and is given \(loaded, n, calibration, seed\)"),
        (
            "authors_module:many",
            r"required argument: 'score'.*and score where it declares needs 'task_scores'",
        ),
        ("os:getcwd", "takes .., and is given"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_any_work(author, name, sentence):
    """One sentence with the place in the author's own code."""
    with pytest.raises(BadInput, match=sentence) as error:
        resolve_method(name)

    assert "\n" not in str(error.value)


@pytest.fixture(autouse=True)
def switches():
    """Torch's switches stand afterwards as they stood."""
    import torch

    yield
    torch.set_grad_enabled(True)
    torch.use_deterministic_algorithms(False)


def test_a_coroutine_is_no_answer(author, tiny, recwarn):
    """Nor a warning of Python's that nobody awaited it."""
    with pytest.raises(BadInput, match=r"authors_module:hides returned <coroutine .*>, expected 2 layer indices"):
        rank_layers("authors_module:hides", tiny, 2, [])

    assert [str(warning.message) for warning in recwarn if "never awaited" in str(warning.message)] == []


def test_a_method_may_stand_in_a_class(author, tiny):
    """Named as Python and entry points name it."""
    assert rank_layers("authors_module:Family.last", tiny, 2, []).layers == (10, 11)


@pytest.mark.parametrize("name", ["good", "with_default", "anything", "keyword"])
def test_what_takes_the_four_is_accepted(author, tiny, name):
    """Defaults, `*given` and keywords included."""
    assert rank_layers(f"authors_module:{name}", tiny, 2, []).layers == (0, 1)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("raises", r"method authors_module:raises crashed \(KeyError: 'boom', authors_module.py:11\); expected layer"),
        ("leaves", r"crashed \(SystemExit: enough, authors_module.py:14\)"),
        ("lazy", r"crashed \(ZeroDivisionError: .*, authors_module.py:17\)"),
        ("skips", r"crashed \(Skipped: not today, authors_module.py:\d+\)"),
        ("fails", r"crashed \(Failed: no good, authors_module.py:\d+\)"),
        ("ends", r"crashed \(Exit: enough of all, authors_module.py:\d+\)"),
        ("mute", r"crashed \(Mute: a message that cannot be written, authors_module.py:\d+\)"),
        ("silent", r"crashed \(Last: a message that cannot be written, authors_module.py:\d+\)"),
        ("misuses_torch", r"crashed \(RuntimeError: .*, authors_module.py:21\)"),
    ],
)
def test_a_crash_names_the_authors_own_line(author, tiny, name, sentence):
    """The last line of theirs, not the library's below it nor ours above it; the error itself is kept as the cause."""
    with pytest.raises(Crash, match=sentence) as error:
        rank_layers(f"authors_module:{name}", tiny, 2, [])

    assert error.value.__cause__ is not None
    assert "\n" not in str(error.value)


def test_ctrl_c_is_no_crash(author, tiny):
    """A user who stops the run stops it."""
    with pytest.raises(KeyboardInterrupt):
        rank_layers("authors_module:stops", tiny, 2, [])


def test_a_refusal_is_passed_on(author, tiny):
    """A method may say no in its own words."""
    with pytest.raises(BadInput, match=r"^only for models with attention$"):
        rank_layers("authors_module:refuses", tiny, 2, [])


def test_a_module_beside_one_that_is_not_on_the_path_is_pointed_out(tmp_path, monkeypatch):
    """`pytest` does not search the working directory, `python -m pytest` does."""
    (tmp_path / "authors_here.py").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [entry for entry in sys.path if entry])

    with pytest.raises(BadInput, match=r"it lies here: run `python -m pytest`, or set PYTHONPATH=\."):
        resolve_method("authors_here:f")
