"""Who may import whom: a room imports from the floors below its own, so that nothing is read in a circle."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "harness"
FLOORS = (
    ("errors",),
    ("files", "labels", "markdown", "tiers", "rules", "sizes", "stopping", "versions", "execute", "bundled", "text"),
    ("journal",),
    ("models", "decide"),
    ("prune", "progress"),
    ("score",),
    ("tasks",),
    ("methods", "repair"),
    ("probe", "recover"),
    ("report", "gate", "exchange"),
    ("subject", "export", "arguments", "options"),
    ("conform",),
    ("selfcheck",),
    ("bench", "foresee", "upkeep"),
    ("plugin", "commands", "notebook"),
    ("__main__", "__init__"),
)


def imported(path):
    """The modules of ours that a file imports, anywhere in it: at its top, in a function, for types only."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.split(".")[0] == "harness")
        elif isinstance(node, ast.ImportFrom) and node.module == "harness":
            yield from (f"harness.{name.name}" for name in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("harness."):
            yield node.module


def room(module):
    """The folder or file directly under harness/ that a module belongs to."""
    name = module.split(".")[1] if "." in module else "__init__"
    return name if any(name in floor for floor in FLOORS) else "__init__"


def climbing():
    """Every import of a room by one that is not above it."""
    floor = {name: level for level, names in enumerate(FLOORS) for name in names}
    for path in sorted(ROOT.rglob("*.py")):
        module = ".".join(("harness", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")
        for other in imported(path):
            if room(other) != room(module) and floor[room(other)] >= floor[room(module)]:
                yield module, other


def test_imports_run_one_way():
    """Lazy ones and those for types included; siblings on one floor do not see each other."""
    assert list(climbing()) == []


def test_every_room_has_a_floor():
    """A new room is put where it belongs."""
    rooms = {path.stem for path in ROOT.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}

    assert rooms == {name for floor in FLOORS for name in floor}


@pytest.mark.parametrize("room", ["decide", "probe"])
def test_pure_rooms_import_no_torch(room):
    """Statistics and diagnoses are about numbers and texts."""
    for path in (ROOT / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [name.name for name in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {"torch", "transformers"} & {name.split(".")[0] for name in names}, path


def test_no_page_names_a_file_that_is_not_here():
    """Facts are in this repository, in its own words, or their source is one that everybody can open."""
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT.parent, capture_output=True, text=True, check=True)
    paths = {Path(name) for name in tracked.stdout.split("\0") if name}
    names = {path.name for path in paths}
    for path in paths:
        if path.suffix in (".py", ".md") and path.parts[0] in ("harness", "docs", "checks", "tests", "README.md"):
            text = (ROOT.parent / path).read_text(encoding="utf-8")
            named = {Path(name).name for name in re.findall(r"`([\w./-]+\.md)`", text)}
            assert named <= names | {"README.md", "MODEL_CARD.md"}, path


def test_a_file_is_read_in_one_sitting():
    """No file of ours is above 250 lines, and half of them are below 100."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT.parent, capture_output=True, text=True, check=True,
    )  # fmt: skip
    files = [ROOT.parent / name for name in listed.stdout.split()]
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files if path.exists()}

    assert [str(path) for path, count in lines.items() if count > 250] == []
    assert sorted(lines.values())[len(lines) // 2] < 100
