"""The items on the page, and the page in a browser."""

import json
import re
import shutil
import subprocess
from dataclasses import replace

import pytest

from harness.report.answer import Answer, Section, Table, answer_page
from harness.report.items import write_items
from harness.report.names import record_name
from harness.report.web import write_site
from tests.report.pages import HOSTILE, RECORD, folder_of, items_in, results


def test_a_sweep_shows_the_deciding_layer(tmp_path):
    """Of twelve variants, one."""
    answered = {"base": results()["base"]} | {f"without {n}": results(f"n{n}")["pruned"] for n in range(12)}
    record = replace(RECORD, params={"items_per_task": 3}, measurements={"clearest_layer": 8})
    (claim,) = items_in(write_site(folder_of(tmp_path, (record, answered))).read_text())

    assert claim["variants"] == ["base", "without-8"]
    assert claim["items"][0]["answers"][1][2] == "n8"


def test_items_are_told_apart(tmp_path):
    """What all questions of a task begin with is in no label, and does not crowd a long question out."""
    many = results(items=2)
    folder_of(tmp_path, (RECORD, many))
    begin, outcomes = "Worked example. " * 200, many["base"]["facts"].outcomes
    asked = {
        ("facts", outcome.item_id): {"prompt": f"{begin}How many is {place} apples?", "expected": f"{place}"}
        for place, outcome in enumerate(outcomes)
    }
    write_items(tmp_path, record_name(RECORD), many, asked)
    items = items_in(write_site(tmp_path).read_text())[0]["items"]

    assert [item["label"] for item in items] == ["0 apples?", "1 apples?"]
    assert [item["expected"] for item in items] == ["0", "1"]
    assert [item["id"] for item in items] == ["\u2026 0 apples?", "\u2026 1 apples?"]


CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
DRIVEN = """<script>
window.addEventListener("error", event => document.body.setAttribute("data-error", event.message));
window.addEventListener("load", () => {
  const claim = document.querySelector("details.claim");
  claim.querySelector("summary").click();
  setTimeout(() => {
    const list = claim.querySelector(".list");
    const first = claim.querySelector(".answers").textContent;
    list.dispatchEvent(new KeyboardEvent("keydown", {key: "j"}));
    const second = claim.querySelector(".answers").textContent;
    const search = claim.querySelector("input");
    search.value = "facts|2"; search.dispatchEvent(new Event("input"));
    document.body.setAttribute("data-seen", JSON.stringify({open: claim.open, first, second,
      found: list.children.length,
      rows: document.querySelectorAll("details.claim").length, plots: document.querySelectorAll("svg").length,
      images: document.querySelectorAll("img").length, title: document.title,
      wide: document.documentElement.scrollWidth - window.innerWidth}));
  }, 50);
});
</script>"""


def shown(page, width):
    """What Chromium makes of a page, and what it says in its console."""
    return subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", f"--user-data-dir={page.parent / 'profile'}", "--dump-dom",
         f"--window-size={width},1000", "--virtual-time-budget=5000", "--enable-logging=stderr", page.as_uri()],
        capture_output=True, text=True, check=True,
    )  # fmt: skip


@pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium")
@pytest.mark.parametrize("width", [1280, 400])
def test_a_browser_shows_it(tmp_path, width):
    """Table, plots and items are there, the keyboard moves, the search finds, nothing is wider than the window."""
    folder_of(tmp_path / "r", (RECORD, results(HOSTILE)))
    page = write_site(tmp_path / "r")
    page.write_text(page.read_text().replace("</body>", f"{DRIVEN}</body>"))
    done = shown(page, width)

    assert "CONSOLE" not in done.stderr
    assert not re.search(r"<body[^>]*data-error", done.stdout)
    found = re.search(r'data-seen="([^"]*)"', done.stdout)[1]
    seen = json.loads(found.replace("&quot;", '"').replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
    assert (seen["open"], seen["rows"], seen["plots"], seen["images"], seen["found"]) == (True, 1, 2, 0, 1)
    assert seen["first"] != seen["second"]
    assert HOSTILE in seen["first"]
    assert seen["title"] == "Layer pruning checks: 1 of 1 rows reproduced"
    assert seen["wide"] <= 0


@pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium")
def test_a_browser_shows_an_answer(tmp_path):
    """Whatever a model is called, the page is no wider than a telephone, and runs nothing."""
    section = Section("x" * 200, "broken", [HOSTILE], [Table("Scores", ["a long head"] * 12, [["1.000"] * 12])])
    page = tmp_path / "page.html"
    text = answer_page(Answer("Is it?", [section])).replace("style-src", "script-src 'unsafe-inline'; style-src")
    asks = "document.body.setAttribute('data-wide', document.documentElement.scrollWidth - window.innerWidth)"
    page.write_text(text.replace("</body>", f"<script>{asks}</script></body>"))
    done = shown(page, 400)

    assert "CONSOLE" not in done.stderr
    assert int(re.search(r'data-wide="(-?\d+)"', done.stdout)[1]) <= 0
    assert "<title>Is it?</title>" in done.stdout
