"""Pages and messages say the words of the glossary, and none that it has replaced."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
PAGES = [path for pattern in ("*.md", "docs/**/*.md", "baselines/*/README.md") for path in ROOT.glob(pattern)]
MODULES = sorted((ROOT / "harness").rglob("*.py"))
STOPPED = [
    phrase
    for row in GLOSSARY.split("| not | but |")[1].splitlines()[2:]
    for phrase in re.findall(r"`([^`]+)`", row.split("|")[1])
]
MANY = "answers|benchmark|bytes|criterion|entry|examples|items|minutes|points|responses|rows|seconds|seeds|steps|tokens"
EACH = "batch|candidate|claim|example|file|item|layer|line|prompt|row|seed|step|task|tenfold|token|weight"
A_FOR_PER = re.compile(rf"\b(?:{MANY}) an? (?:{EACH})\b")


def texts(path):
    """What a page or a module says to people: all of a page, the texts of a module, wrapped lines joined."""
    whole = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        return [re.sub(r"\s+", " ", whole)]
    said = [node.value for node in ast.walk(ast.parse(whole)) if isinstance(node, ast.Constant)]
    return [re.sub(r"\s+", " ", text) for text in said if isinstance(text, str)]


def wrong(text):
    """Replaced words in a text."""
    low = text.lower()
    return [phrase for phrase in STOPPED if re.search(rf"\b{re.escape(phrase)}\b", low)] + A_FOR_PER.findall(low)


@pytest.mark.parametrize("path", [*PAGES, *MODULES], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_replaced_words_are_not_said(path):
    """Not on a page, not in a docstring, not in a message; the glossary alone names them."""
    if path.name != "glossary.md":
        assert [found for text in texts(path) for found in wrong(text)] == []


NOUN_FIRST = {"A", "An", "The", "What", "Whether", "How", "Number", "Several", "Checks", "Options"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_does_something_says_so_with_a_verb(path):
    """A public function that returns nothing is there for what it does."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("_") or node.returns is None:
            continue
        first = (ast.get_docstring(node) or "Do").split()[0]
        if ast.unparse(node.returns) in ("None", "Iterator[None]"):
            assert first not in NOUN_FIRST, node.name
            assert not re.fullmatch(r"[A-Z][a-z]+(?<!s)s", first), node.name


def test_a_replaced_word_is_found():
    """Across a line's end, in capitals, and "a" for "per" of any of the usual units."""
    assert len(STOPPED) >= 8
    assert wrong("Of EQUALS the deeper goes") == ["of equals"]
    assert wrong("at most 9 tokens a step")
    assert not wrong("ties go to the deeper layer, 9 tokens per step, the smallest effect")


def test_the_glossary_names_what_is_there():
    """Every file of the package that its table names exists, and every class is a class of ours."""
    rows = GLOSSARY.split("## What to say")[0]
    code = "".join(path.read_text(encoding="utf-8") for path in MODULES)
    for name in re.findall(r"`([^`]+)`", rows):
        if "/" in name:
            places = [ROOT / name, ROOT / "harness" / name]
            assert (
                any(place.exists() or list(place.parent.glob(place.name)) for place in places) or name == ".store/"
            ), name
        elif re.fullmatch(r"[A-Z]\w+", name):
            assert f"class {name}" in code or f"{name} = Literal" in code, name
