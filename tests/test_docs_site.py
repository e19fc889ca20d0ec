"""The site of docs/: built without a warning, and saying what the same files say on GitHub."""

import importlib
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest

import harness
from harness.__main__ import COMMANDS

pytest.importorskip("mkdocstrings", reason="needs mkdocs, which `make docs` installs")
pytest.importorskip("material", reason="needs mkdocs-material, which `make docs` installs")
from markdown_it import MarkdownIt

ROOT = Path(__file__).parent.parent
OUTSIDE = {"README.md": "index", "CONTRIBUTING.md": "CONTRIBUTING", "CHANGELOG.md": "CHANGELOG"}
PAGES = OUTSIDE | {
    page.relative_to(ROOT).as_posix(): page.relative_to(base).as_posix()[:-3].replace("README", "index")
    for base, pattern in ((ROOT / "docs", "docs/**/*.md"), (ROOT, "baselines/*/README.md"))
    for page in ROOT.glob(pattern)
    if "neighbours" not in page.parts and "tiny" not in page.parts
}
BLOCKS = ("li", "ol", "ul", "table", "tr", "pre", "h1", "h2", "h3", "strong", "em", "img")
VOID = ("br", "img", "hr", "input", "meta", "link")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built as `make docs` does."""
    folder = tmp_path_factory.mktemp("site")
    build = ["mkdocs", "build", "--strict", "--config-file", "docs/site/mkdocs.yml", "--site-dir", str(folder)]
    done = subprocess.run(
        [sys.executable, "-m", *build],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return folder


class Read(HTMLParser):
    """What a reader sees of an article: its words, and how many blocks of each kind."""

    def __init__(self, page):
        """Read a page at once."""
        super().__init__()
        self.words, self.blocks, self.inside, self.hidden = "", dict.fromkeys(BLOCKS, 0), False, 0
        self.feed(page)
        self.words = " ".join(self.words.split())

    def handle_starttag(self, tag, attrs):
        """Count a block; what marks a heading for a link is not read."""
        self.inside = self.inside or tag == "article"
        if self.hidden or "headerlink" in (dict(attrs).get("class") or ""):
            self.hidden += tag not in VOID
        elif self.inside:
            self.words += " " if tag not in ("code", "span", "a", "em", "strong") else ""
            if tag in BLOCKS:
                self.blocks[tag] += 1

    def handle_endtag(self, tag):
        """End an article, or what is not read."""
        self.hidden -= bool(self.hidden)
        self.inside = self.inside and tag != "article"

    def handle_data(self, data):
        """Keep the words."""
        self.words += data if self.inside and not self.hidden else ""


@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_there_what_it_says_on_github(page, site):
    """Word for word, list item for list item, by another reader of Markdown: nothing is swallowed, no list runs on."""
    github = MarkdownIt("commonmark").enable("table").render((ROOT / page).read_text(encoding="utf-8"))
    ours = Read((site / f"{PAGES[page]}.html").read_text(encoding="utf-8"))
    theirs = Read(f"<article>{github}</article>")

    assert ours.words == theirs.words
    assert ours.blocks == theirs.blocks


def test_links_lead_to_files_of_the_site(site):
    """Every link of every page that is no address leads to a file that is there, also where it left docs/."""
    for page in PAGES.values():
        file = site / f"{page}.html"
        article = file.read_text(encoding="utf-8").partition("<article")[2].partition("</article>")[0]
        for target in re.findall(r'href="([^"#]+)', article):
            assert "://" in target or (file.parent / target).exists(), (page, target)


def test_nothing_is_fetched_from_elsewhere(site):
    """Scripts, styles, pictures and fonts come with the site: it opens from disk without a network."""
    for file in site.rglob("*.html"):
        page = file.read_text(encoding="utf-8")
        loaded = re.findall(r'<(?:script|img|link)\b[^>]*(?:src|href)="(https?://[^"]+)', page)
        assert loaded == [], file


def test_the_reference_has_every_name_and_command(site):
    """Names that are kept stable are each described with their signature, commands each with their options."""
    names = (site / "python.html").read_text(encoding="utf-8")
    commands = Read((site / "command-line.html").read_text(encoding="utf-8")).words

    assert [name for name in harness.__all__ if not re.search(rf'id="harness\.[\w.]*\b{name}"', names)] == []
    assert [name for name in COMMANDS if f"usage: harness {name} " not in commands] == []
    assert "--not-testable" in commands


def test_the_tutorial_shows_what_its_cells_showed(site):
    """The notebook is a page: its code, and the outputs that are stored in it."""
    words = Read((site / "tutorial.html").read_text(encoding="utf-8")).words

    assert 'whole = harness.evaluate("tiny", tasks, limit=40)' in words
    assert "word_problems" in words


def test_a_page_that_the_navigation_does_not_name_stands_at_its_end(monkeypatch):
    """A new page is on the site before anybody names it, and a named one only once."""
    monkeypatch.syspath_prepend(str(ROOT / "docs/site"))
    hooks = importlib.import_module("hooks")
    (named, more) = hooks.on_config(SimpleNamespace(nav=[{"Use": [{"Running": "usage.md"}]}])).nav

    assert named == {"Use": [{"Running": "usage.md"}]}
    assert "claims.md" in more["More"]
    assert "usage.md" not in more["More"]
