"""The page of a report folder."""

import json
import re
import shutil
import subprocess
from dataclasses import replace

import pytest

from harness.__main__ import main
from harness.errors import BadInput
from harness.report.items import write_items
from harness.report.names import record_name
from harness.report.record import ClaimRecord, Effect, PaperFigure
from harness.report.summary import draw
from harness.report.verdicts import write_verdicts
from harness.report.web import SHOWN, write_site
from harness.score.ledger import Cost
from harness.tasks.outcome import Outcome, TaskResult

HOSTILE = '</script><script>document.title="owned"</script><img src=x onerror=alert(1)> **bold** {{ 7 * 7 }}'
ENVIRONMENT = {
    "versions": {"layer-pruning-checks": "0.1.0"}, "platform": "p", "processor": "c", "device": "cpu", "threads": 1,
    "git": None, "command": "pytest checks/", "time": "2026-11-27T00:00:00+00:00",
}  # fmt: skip
RECORD = ClaimRecord(
    "a-claim", "A claim", "tiny", "tiny", "abc", {"method": "reverse", "ratio": 0.25}, "reproduced", "because",
    Effect("gap", 0.4, 0.3, 0.5, 0.95, "fraction"), 0.03, 10, (0,), PaperFigure("x", "y"), Cost(1.0, 2, 3, 4, 5),
    {"removed": "9-11", "retention": {"facts": {"estimate": 0.8, "low": 0.7, "high": 0.9}}},
)  # fmt: skip


def results(pruned="wrong", items=3, variant="pruned"):
    """A base that is right everywhere, and a variant that answers `pruned`."""

    def task(score, text):
        outcomes = tuple(
            Outcome(f"facts|{i} {HOSTILE}", score, "right" if score else "wrong", text) for i in range(items)
        )
        return {"facts": TaskResult("facts", "choice", 0.25, outcomes)}

    return {"base": task(1.0, "right"), variant: task(0.0, pruned)}


def folder_of(path, *rows):
    """A report folder with these (record, results)."""
    write_verdicts(path, [record for record, _ in rows], ENVIRONMENT)
    for record, answered in rows:
        write_items(path, record_name(record), answered)
    return path


def items_in(page):
    """What the page's script reads."""
    return json.loads(re.search(r'<script type="application/json" id="items">(.*?)</script>', page, re.DOTALL)[1])


def test_what_a_model_wrote_is_text(tmp_path):
    """Script, markup and template code in answers and questions reach the page as they are, and do nothing there."""
    page = write_site(folder_of(tmp_path, (RECORD, results(HOSTILE)))).read_text()

    assert "onerror=alert(1)>" not in page
    assert page.count("</script>") == 2
    (claim,) = items_in(page)
    assert claim["items"][0]["answers"][1][2] == HOSTILE


def test_a_claim_has_its_figures_plots_scores_and_provenance(tmp_path):
    """In words and in drawings."""
    page = write_site(folder_of(tmp_path, (RECORD, results()))).read_text()

    for said in ("A claim", "+0.400 [+0.300, +0.500]", "reverse, 25 % of the layers", "without 9-11", "weights abc"):
        assert said in page
    assert page.count("<svg") == 2
    assert re.search(r"<td>facts</td><td>3</td><td>1.000</td><td>0.000</td>", page)


def test_a_claim_of_which_only_the_base_was_asked_has_no_effect(tmp_path):
    """It says so, and why."""
    record = replace(RECORD, verdict="not testable", reason="the base knows nothing", effect=None, p_value=None)
    page = write_site(folder_of(tmp_path, (record, {"base": results()["base"]}))).read_text()

    assert "nothing but the unpruned model was asked" in page
    assert "The base knows nothing." in page


def test_what_a_correction_does_not_let_stand_is_said_at_the_verdict(tmp_path):
    """And an interval of more than 95 % in the row itself."""
    weak = replace(RECORD, p_adjusted=0.2, effect=replace(RECORD.effect, confidence=0.975))
    page = write_site(folder_of(tmp_path / "weak", (weak, results()))).read_text()
    assert "alone; not after the correction" in page
    assert "interval of 97.5 %" in page

    strong = write_site(folder_of(tmp_path / "strong", (replace(RECORD, p_adjusted=0.01), results()))).read_text()
    assert "alone; not after the correction" not in strong


def test_a_sweep_shows_the_deciding_layer(tmp_path):
    """Of twelve variants, one."""
    answered = {"base": results()["base"]} | {f"without {n}": results(f"n{n}")["pruned"] for n in range(12)}
    record = replace(RECORD, params={"items_per_task": 3}, measurements={"clearest_layer": 8})
    (claim,) = items_in(write_site(folder_of(tmp_path, (record, answered))).read_text())

    assert claim["variants"] == ["base", "without-8"]
    assert claim["items"][0]["answers"][1][2] == "n8"


def test_a_page_stays_small(tmp_path):
    """Long answers are cut, many items are sampled, and the page says how many there are."""
    folder_of(tmp_path, (RECORD, results("long " * 10_000, items=500)))
    page = write_site(tmp_path).read_text()

    assert len(page) < 500_000
    assert f"{SHOWN['lost']} of 500 are shown" in page


def test_nothing_is_fetched(tmp_path):
    """No address stands in the page, and its policy allows none."""
    page = write_site(folder_of(tmp_path, (RECORD, results()))).read_text()

    assert not re.search(r"(https?:)?//[a-z]", page.replace("// texts that models wrote", ""))
    assert "default-src 'none'" in page


def test_a_folder_without_verdicts_is_refused(tmp_path, capsys):
    """One sentence, by the command too."""
    with pytest.raises(BadInput, match=r"expected a report folder with a verdicts\.json"):
        write_site(tmp_path)
    assert main(["report", str(tmp_path / "nowhere")]) == 2
    assert "expected a report folder with a verdicts.json" in capsys.readouterr().err


def test_the_command_makes_the_page_again(tmp_path, capsys):
    """And says where it is."""
    folder_of(tmp_path, (RECORD, results()))
    assert main(["report", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'index.html'}\n"


ODD = {
    "retention": [0.5, "none", {"facts": 0.5}, {"facts": None}],
    "layers": [3, [1], [{"x": 1}], [{"layer": 0, "reasoning": {"estimate": 0.1}, "robust": "x"}]],
    "curve": [[1], {"points": []}, {"x": "a", "y": "b", "points": [{"x": None, "estimate": 0.1, "low": 0, "high": 1}]}],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in ODD.items() for value in values])
def test_what_an_own_claim_measured_under_a_drawn_name_costs_no_page(tmp_path, name, value):
    """It is not drawn, neither here nor as a picture."""
    record = replace(RECORD, measurements={name: value})
    assert 'role="img"' in write_site(folder_of(tmp_path, (record, results()))).read_text()
    assert draw(tmp_path, [record]) == []


@pytest.mark.parametrize("damaged", ["{", "[1]", '{"task": "facts"}', '{"task":"t","item_id":"i","label":1,"score":1}'])
def test_a_damaged_item_file_is_named(tmp_path, damaged):
    """With the line; a run that meets one says so in one sentence and ends as it would."""
    folder_of(tmp_path, (RECORD, results()))
    path = tmp_path / "items" / record_name(RECORD) / "base.jsonl"
    path.write_text(f"{path.read_text()}\n{damaged}\n")

    with pytest.raises(BadInput, match=r"base\.jsonl, line 5: "):
        write_site(tmp_path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda content: [content], "has schema None"),
        (lambda content: content | {"claims": [row | {"new": 1} for row in content["claims"]]}, "a row cannot be read"),
        (lambda content: content | {"claims": [{"claim": "a-claim"}]}, "a row cannot be read"),
        (lambda content: content | {"environment": {"versions": {}}}, "holds what the page cannot show"),
    ],
)
def test_rows_of_other_versions_are_refused(tmp_path, change, said):
    """One sentence that names the file."""
    path = folder_of(tmp_path, (RECORD, results())) / "verdicts.json"
    path.write_text(json.dumps(change(json.loads(path.read_text()))))

    with pytest.raises(BadInput, match=rf"verdicts\.json: {said}"):
        write_site(tmp_path)
    path.unlink()  # no file that a run leaves


def test_names_keep_their_capitals(tmp_path):
    """A reason is a sentence, and not a lower-case one; whatever an own claim calls a ratio is shown as it is."""
    record = replace(RECORD, reason="the score of MMLU is Holm's", params={"ratio": "1/4"})
    page = write_site(folder_of(tmp_path, (record, results()))).read_text()

    assert "<p>The score of MMLU is Holm&#39;s.</p>" in page
    assert "ratio 1/4" in page


def test_an_undefined_score_leaves_the_page_readable(tmp_path):
    """JSON in a browser knows no NaN."""
    folder_of(tmp_path, (RECORD, results()))
    path = tmp_path / "items" / record_name(RECORD) / "base.jsonl"
    path.write_text(path.read_text().replace('"score": 1.0', '"score": NaN'))

    assert "NaN" not in re.search(r'id="items">(.*?)<', write_site(tmp_path).read_text(), re.DOTALL)[1]


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


@pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium")
@pytest.mark.parametrize("width", [1280, 400])
def test_a_browser_shows_it(tmp_path, width):
    """Table, plots and items are there, the keyboard moves, the search finds, nothing is wider than the window."""
    folder_of(tmp_path / "r", (RECORD, results(HOSTILE)))
    page = write_site(tmp_path / "r")
    page.write_text(page.read_text().replace("</body>", f"{DRIVEN}</body>"))
    done = subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom",
         f"--window-size={width},1000", "--virtual-time-budget=5000", "--enable-logging=stderr", page.as_uri()],
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert "CONSOLE" not in done.stderr
    assert not re.search(r"<body[^>]*data-error", done.stdout)
    found = re.search(r'data-seen="([^"]*)"', done.stdout)[1]
    seen = json.loads(found.replace("&quot;", '"').replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
    assert (seen["open"], seen["rows"], seen["plots"], seen["images"], seen["found"]) == (True, 1, 2, 0, 1)
    assert seen["first"] != seen["second"]
    assert HOSTILE in seen["first"]
    assert seen["title"] == "Layer pruning checks: 1 of 1 rows reproduced"
    assert seen["wide"] <= 0
