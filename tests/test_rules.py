"""Kept answers name the code that made them."""

import json

import pytest

from harness import rules as module
from harness.errors import BadInput
from harness.rules import MODULES, code, code_hash, main, rules

SOURCE = "def f(x: int) -> int:\n    return x + 1\n"


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A package of one deciding module of each kind, recorded as it is."""
    (tmp_path / "a.py").write_text(SOURCE)
    record = {kind: {"version": 3, "code": {"a.py": code_hash(SOURCE)}} for kind in MODULES}
    (tmp_path / "rules.json").write_text(json.dumps(record))
    monkeypatch.setattr(module, "PACKAGE", tmp_path)
    monkeypatch.setattr(module, "RECORD", tmp_path / "rules.json")
    monkeypatch.setattr(module, "MODULES", dict.fromkeys(MODULES, ("*.py",)))
    rules.cache_clear()
    yield tmp_path
    rules.cache_clear()


@pytest.mark.parametrize(
    ("source", "same"),
    [
        ("# a comment\n\ndef f(x: int) -> int:\n    '''Says what.'''\n    return (x +\n        1)\n", True),
        ("def f(x: int) -> int:\n    return x + 2\n", False),
        ("def f(x: int) -> int:\n    return x - 1\n", False),
        ("def f(x: int) -> int:\n    return x + 1.0\n", False),
        ("def f(x: int) -> int:\n    return x\n", False),
        (f"import torch\n{SOURCE}", False),
    ],
)
def test_a_hash_is_of_what_code_does(source, same):
    """Comments, docstrings and layout do not count; any other change does."""
    assert (code_hash(source) == code_hash(SOURCE)) is same


def test_changed_code_reads_nothing_that_other_code_wrote(copy):
    """Its name is its own until it is recorded, as the same or as another version."""
    assert rules("answers") == "3"
    (copy / "a.py").write_text(SOURCE.replace("1", "2"))
    rules.cache_clear()
    edited = rules("answers")
    assert edited.startswith("3+")

    main(["answers", "same"])
    rules.cache_clear()
    assert rules("answers") == "3"
    assert rules("judging") != "3"

    main(["answers", "changed"])
    rules.cache_clear()
    assert rules("answers") == "4"


def test_a_new_module_is_noticed(copy):
    """The patterns are folders, so that nobody can forget a file."""
    (copy / "b.py").write_text("")
    rules.cache_clear()
    assert rules("answers") != "3"


def test_anything_else_is_refused():
    """One sentence names what is expected."""
    with pytest.raises(BadInput, match="expected one of answers, judging, ranking, training, and `same` or `changed`"):
        main(["answers"])


def test_modules_exist():
    """Every kind has its modules."""
    assert all(len(code(kind)) > 2 for kind in MODULES)


@pytest.mark.parametrize("kind", MODULES)
def test_today_s_code_is_recorded(kind):
    """Whoever changes a module that decides what is kept says whether it still decides the same.

    `python -m harness.rules KIND same` keeps what users have stored, `... changed` lets it be computed anew.
    """
    recorded, now = module._recorded()[kind]["code"], code(kind)
    changed = sorted(name for name in recorded | now if recorded.get(name) != now.get(name))
    assert not changed, f"say which it is: python -m harness.rules {kind} same|changed"
