"""From a notebook: scores, a comparison and a claim as frames, equal to what commands and checks say."""

from dataclasses import replace

import pytest

import harness
from harness.errors import BadInput
from harness.notebook import deciding
from harness.prune.surgery import prune_layers
from tests.report.pages import RECORD, folder_of, results


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder of the user's own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_scores_are_those_of_the_subject(place, tiny):
    """By task and by item, of the whole model and without layers; answers are kept where the commands keep them."""
    whole = harness.evaluate("tiny", ["facts"], limit=20)
    cut = harness.evaluate("tiny", ["facts"], drop="1-8", limit=20)

    assert list(whole.tasks.task) == ["facts"]
    assert whole.tasks.score[0] == pytest.approx(whole.items.score.mean()) == 1.0
    assert cut.tasks.score[0] < 1
    assert len(cut.items) == 20
    assert (place / ".store").is_dir()
    assert repr(cut).startswith("Evaluation(tiny without 1-8: facts 0.")
    assert "<table" in whole._repr_html_()


def test_a_checkpoint_is_held_against_its_parent(place, tiny):
    """Verdict, what differs, tasks and claims."""
    prune_layers(tiny.model, range(4, 10)).save_pretrained("pruned")
    tiny.tokenizer.save_pretrained("pruned")
    found = harness.compare("tiny", "pruned", limit=10)

    assert found.verdict == "broken"
    assert any("without layers 4-9" in sentence or "4-9" in sentence for sentence in found.differs)
    assert {"facts", "arithmetic"} <= {*found.tasks.task}
    assert {"arithmetic-drop", "classification-vs-generative-gap"} <= {*found.claims.claim}
    assert "<table" in found._repr_html_()
    assert repr(found).startswith("Comparison(broken: ")


def test_a_claim_is_decided_as_by_its_check(place):
    """A row per check of that file, read from its report."""
    report = harness.check("arithmetic-drop", limit=25, report="kept", options=["--method", "reverse"])

    assert list(report.claims.claim) == ["arithmetic-drop"]
    assert (place / "kept" / "index.html").exists()

    with pytest.raises(BadInput, match="ended without a row"):  # though the folder holds one, of another run
        harness.check("brackets-break", report="kept", options=["--collect-only"])


def test_a_run_is_added_to_a_report_and_answered_by_its_own_rows(place):
    """What the folder held before stays there, and is no answer."""
    folder_of(place / "kept", (RECORD, results()))
    run = folder_of(place / "run", (replace(RECORD, claim="b-claim"), results()))
    deciding._add(run, place / "kept")

    assert {*harness.read("kept").claims.claim} == {"a-claim", "b-claim"}
    assert len(list((place / "kept" / "items").iterdir())) == 2


REFUSED = {
    "model": (lambda: harness.evaluate("no/such/"), "no/such/: no such folder"),
    "task": (lambda: harness.evaluate("tiny", ["nothing"]), "task 'nothing' is unknown"),
    "limit": (lambda: harness.evaluate("tiny", limit=0), "limit 0: expected a number of items of at least 1"),
    "plan": (lambda: harness.evaluate("tiny", ["facts"], drop="99"), "layer 99 does not exist"),
    "data": (lambda: harness.evaluate("tiny", data="nowhere"), "nowhere: there is no such folder"),
    "pruned": (lambda: harness.compare("tiny", "no/such/"), "^pruned no/such/: no such folder"),
    "share": (lambda: harness.compare("tiny", "tiny", keeps=2), "keeps 2: expected a share"),
    "kind of model": (lambda: harness.evaluate(None), "model=None: expected a text or a path"),
    "kind of pruned": (lambda: harness.compare("tiny", ["tiny"]), r"pruned=\['tiny'\]: expected a text or a path"),
    "kind of limit": (lambda: harness.evaluate("tiny", limit=2.5), "limit=2.5: expected a whole number"),
    "true": (lambda: harness.evaluate("tiny", limit=True), "limit=True: expected a whole number"),
    "kind of plan": (lambda: harness.evaluate("tiny", ["facts"], drop=[2]), r"drop=\[2\]: expected a text"),
    "kind of share": (lambda: harness.compare("tiny", "tiny", keeps="1"), "keeps='1': expected a number"),
    "store": (lambda: harness.evaluate("tiny", store=None), "store=None: expected a text or a path"),
    "seed": (lambda: harness.evaluate("tiny", seed=-1), "seed -1: expected a whole number"),
    "one task": (lambda: harness.evaluate("tiny", "fact"), "task 'fact' is unknown"),
    "nothing decided": (
        lambda: harness.check("arithmetic-drop", options=["--collect-only"]),
        "arithmetic-drop: its checks ended without a row",
    ),
    "claim": (lambda: harness.check("nothing"), "claim 'nothing' is unknown; use one of arithmetic-drop, "),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_used_is_refused_in_a_sentence(what, place):
    """Before any work."""
    act, sentence = REFUSED[what]
    with pytest.raises(BadInput, match=sentence) as refusal:
        act()
    assert "\n" not in str(refusal.value)


def test_a_run_that_decided_nothing_says_why():
    """The sentence of pytest's last words; else the end of what it printed."""
    assert deciding._why("a", "x\nERROR: --limit 0: expected\n") == "--limit 0: expected"
    assert deciding._why("a", "E   ValueError: no\nE   more") == "a: ValueError: no"
    assert deciding._why("a", "broken\npipe") == "a: its checks ended without a row: broken pipe"
