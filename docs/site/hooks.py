"""What mkdocs does besides: pages from outside docs/, links that lead to them, and pages that are made here.

A page keeps its links as GitHub follows them, from file to file; here they lead to where these files are on the site.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(Path(__file__).parent), str(ROOT)]

from pages import command_line, notebook, python  # noqa: E402  # beside this file
from reflow import reflow  # noqa: E402

MOVED = {"README.md": "index.md", "docs/README.md": "index.md", "docs/tutorial.ipynb": "tutorial.md"}
BESIDE = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "baselines/paper/README.md", "baselines/small/README.md")
_LINK = re.compile(r"(!?\[[^\]]*\]\()([^)\s#]+)(#[^)\s]*)?(\))")
_CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)
_paths: dict[str, str] = {}
"""File of this repository by its place on the site; pages that are made here have none."""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put pages of docs/ that the navigation does not name at its end, so that a new one is never missing."""
    named = set(_named(config.nav))
    found = sorted(path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md"))
    if more := [name for name in found if name not in named]:
        config.nav = [*(config.nav or ()), {"More": more}]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what lies outside docs/ and is linked to, and the pages that are made."""
    for file in files:
        _paths[file.src_uri] = f"docs/{file.src_uri}"
    for name in BESIDE:
        _take(files, config, name)
    for name in [path for path in _paths.values() if path.endswith(".md")]:
        for target in _linked(name, (ROOT / name).read_text(encoding="utf-8")):
            if _site(target) not in _paths and (ROOT / target).is_file():
                _take(files, config, target)
    made = {
        "tutorial.md": notebook(ROOT / "docs/tutorial.ipynb"),
        "python.md": python(),
        "command-line.md": command_line(),
    }
    for uri, text in made.items():
        files.append(File.generated(config, uri, content=text))
    _paths["tutorial.md"] = "docs/tutorial.ipynb"
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001
    """Lead links to where their files are on the site, and write blocks as Python-Markdown reads them."""
    uri = page.file.src_uri
    if uri not in _paths:
        return markdown
    here = _paths[uri]

    def led(match: re.Match[str]) -> str:
        opening, target, anchor, closing = match.groups(default="")
        place = _site(_resolved(here, target))
        return match[0] if place not in _paths else f"{opening}{_relative(place, uri)}{anchor}{closing}"

    return reflow("".join(text if text.startswith("`") else _LINK.sub(led, text) for text in _CODE.split(markdown)))


def _named(nav: Any) -> Iterator[str]:  # noqa: ANN401  # lists, dicts and names
    for entry in nav if isinstance(nav, list) else nav.values() if isinstance(nav, dict) else ():
        yield from (entry,) if isinstance(entry, str) else _named(entry)


def _take(files: Files, config: MkDocsConfig, name: str) -> None:
    files.append(File.generated(config, _site(name), abs_src_path=str(ROOT / name)))
    _paths[_site(name)] = name


def _site(name: str) -> str:
    """Where a file or folder of this repository is on the site."""
    if (ROOT / name).is_dir():
        name = f"{name}/README.md"
    return MOVED.get(name, name.removeprefix("docs/"))


def _linked(name: str, text: str) -> list[str]:
    """The files of this repository that a page links to."""
    prose = "".join(part for part in _CODE.split(text) if not part.startswith("`"))
    return [_resolved(name, match[2]) for match in _LINK.finditer(prose)]


def _resolved(name: str, target: str) -> str:
    """Where a link of a file leads, from the root of this repository."""
    parts: list[str] = []
    for part in (*PurePosixPath(name).parent.parts, *target.split("/")):
        if part == ".." and parts:
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _relative(place: str, page: str) -> str:
    """A place on the site as a page there links to it."""
    up = len(PurePosixPath(page).parent.parts)
    return "../" * up + place
