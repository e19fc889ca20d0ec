"""The page of a report folder."""

import json
import re
from dataclasses import replace

import pytest

from harness.__main__ import main
from harness.errors import BadInput
from harness.report.browser import SHOWN
from harness.report.names import record_name
from harness.report.summary import draw
from harness.report.web import write_site
from tests.report.pages import HOSTILE, RECORD, folder_of, items_in, results


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

    for said in ("A claim", "+0.400 [+0.300, +0.500]", "reverse, 25 % of the layers", "without 9-11"):
        assert said in page
    assert page.count("<svg") == 2
    assert page.index("<h3>Scores</h3>") < page.index("<h3>Retention by task</h3>")
    words, figures = ("facts", "classification", "hit"), ("3", "0.250", "1.000", "0.000", "0.050 [0.040, 0.060]")
    assert "".join([*map("<td>{}</td>".format, words), *map('<td class="n">{}</td>'.format, figures)]) in page
    assert "weights abc in float32" in page


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


def test_a_condition_says_what_it_demands(tmp_path):
    """With digits enough to see whether it holds; a row of an earlier version says what it has."""
    seen = {"estimate": 0.2, "low": 0.0998, "high": 0.3}
    measured = {"conditions": {"answers": seen | {"least": 0.1}, "moved": seen | {"least": 0.0}, "old": seen}}
    page = write_site(folder_of(tmp_path, (replace(RECORD, measurements=measured), results()))).read_text()

    assert "answers: 0.200 [0.0998, 0.300]; its whole interval has to lie above 0.1, and does not<" in page
    assert "moved: 0.200 [0.100, 0.300]; its whole interval has to lie above 0<" in page
    assert "old: 0.200 [0.100, 0.300]<" in page


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
