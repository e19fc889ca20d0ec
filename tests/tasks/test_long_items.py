"""Items that do not fit the model's input end no check."""

import copy
from dataclasses import replace

import pytest

from harness.errors import BadInput
from harness.probe.items import paired_outcomes
from harness.prune.plan import LayerPlan
from harness.report.items import left_out
from harness.score.scorer import Scorer
from harness.subject import Subject
from harness.subject.beside import flip_rates
from harness.tasks.outcome import Outcome, TaskResult, require_enough
from harness.tasks.pairs import paired, seeded
from harness.tasks.source import Bundled, Folder
from harness.tasks.suite import TASKS, evaluate
from harness.tasks.task import run_task
from harness.text.requests import GenerationRequest, LogLikelihoodRequest, NextTokenRequest

LONG = "tom has 3 apples . " * 200  # 1,000 tokens, of the model's 512


@pytest.fixture(scope="module")
def scorer(tiny):
    """The tiny model, asked without a store."""
    return Scorer(tiny.model, tiny.tokenizer)


def lengthened(task, places):
    """A task of which some questions are too long for the tiny model."""

    def load(source, split):
        items = task.load(source, split)[:10]
        key = next(key for key in ("question", "prompt", "document", "context") if key in items[0])
        return [{**item, key: f"{LONG}{item[key]}"} if i in places else item for i, item in enumerate(items)]

    return replace(task, load=load)


@pytest.mark.parametrize("name", ["word_problems", "facts", "code", "headlines", "arithmetic_first_digit", "brackets"])
def test_long_items_are_left_out_and_named(scorer, name):
    """The others are asked as ever, in their order."""
    task = lengthened(TASKS[name], {0, 4})
    ids = [item["id"] for item in task.load(Bundled(), "test")]
    result = run_task(task, scorer, Bundled(), None, 0)
    assert result.left_out == (ids[0], ids[4])
    assert [outcome.item_id for outcome in result.outcomes] == [id_ for i, id_ in enumerate(ids) if i not in (0, 4)]
    whole = run_task(lengthened(TASKS[name], set()), scorer, Bundled(), None, 0)
    assert result.outcomes == tuple(o for o in whole.outcomes if o.item_id not in result.left_out)
    assert left_out({"base": {name: result}}) == {name: "2 of 10, longer than 512 tokens"}


def test_an_answer_that_would_reach_over_the_end_counts_as_too_long(tiny, scorer):
    """An item has to fit with all the tokens that its answer may take."""
    ids = len(tiny.tokenizer("the").input_ids)
    assert scorer.room == 512
    requests = [GenerationRequest("the", count, chat=False) for count in (512 - ids, 513 - ids)]
    assert scorer.fits(requests) == [True, False]
    assert scorer.fits([LogLikelihoodRequest(LONG, "a"), NextTokenRequest(LONG, ("1",))]) == [False, False]


def test_a_model_without_a_limit_takes_all(tiny):
    """Nothing is left out where the config names no limit."""
    scorer = Scorer(tiny.model, tiny.tokenizer)
    scorer.desk = replace(scorer.desk, room=None)
    assert scorer.fits([GenerationRequest(LONG, 9)]) == [True]


def test_variants_leave_out_the_same(tiny, scorer):
    """So that they can be paired."""
    from harness import prune_layers

    task = lengthened(TASKS["facts"], {2})
    results = [run_task(task, who, Bundled(), None, 0)
               for who in (scorer, Scorer(prune_layers(tiny.model, [3]), tiny.tokenizer))]  # fmt: skip
    assert results[0].left_out == results[1].left_out != ()
    assert len(paired({"facts": results[0]}, {"facts": results[1]}, ["facts"])[0].base) == 9


@pytest.mark.parametrize(("long", "refused"), [(5, False), (6, True), (10, True)])
def test_too_few_items_are_refused(scorer, long, refused):
    """When less than half of a task fits, what fits says nothing of it; before anything is asked."""
    task = lengthened(TASKS["facts"], set(range(long)))
    if not refused:
        assert len(run_task(task, scorer, Bundled(), None, 0).outcomes) == 10 - long
        return
    with pytest.raises(BadInput, match=rf"facts: {long} of 10 items are longer with their answers than .* 512 tokens"):
        run_task(task, scorer, Bundled(), None, 0)


def test_enough_is_half():
    """And at least one."""
    require_enough("a", 0, 0, 5)
    require_enough("a", 1, 1, 5)
    with pytest.raises(BadInput, match="at least 50% must fit"):
        require_enough("a", 1, 2, 5)


def result(*ids, missing=()):
    """A result on items by id."""
    return TaskResult("t", "number", 0.0, tuple(Outcome(i, 1.0, "right", i) for i in ids), tuple(missing), 9)


def test_checkpoints_that_leave_out_others_are_paired_on_what_both_answered():
    """A healed checkpoint may have a tokenizer of its own."""
    one, other, third = result("a", "c", missing="b"), result("b", "c", missing="a"), result("a", "b", "c")
    assert paired({"t": one}, {"t": other}, ["t"])[0].base == (1.0,)
    assert [[o.item_id for o in row] for row in paired_outcomes(one, other)] == [["c", "c"]]
    assert [len(run) for run in seeded({"t": third}, [{"t": one}, {"t": other}], ["t"])[0].runs] == [1, 1]
    with pytest.raises(BadInput, match="different items"):
        paired({"t": result("a")}, {"t": result("b")}, ["t"])


def test_noise_is_measured_on_the_items_that_were_asked(tiny, monkeypatch):
    """The draw is of all items, so that the same are left out again."""
    monkeypatch.setitem(TASKS, "facts", lengthened(TASKS["facts"], {1}))
    subject = Subject(tiny, "tiny", Bundled(), 6, None)
    answered = subject.evaluate(subject.whole, ["facts"])
    assert flip_rates(subject, answered)["facts"]["one at a time"] == 0.0


def test_a_sweep_leaves_out_the_same(tiny, monkeypatch):
    """Every variant without one layer."""
    monkeypatch.setitem(TASKS, "facts", lengthened(TASKS["facts"], {1, 3}))
    subject = Subject(tiny, "tiny", Bundled(), 40, None)
    layer, found = next(subject.evaluate_without_each(["facts"]))
    assert (layer, len(found["facts"].outcomes), len(found["facts"].left_out)) == (0, 8, 2)


def test_a_method_that_searches_by_scores_is_not_ended(tiny, monkeypatch):
    """Selection items are left out as test items are."""
    monkeypatch.setitem(TASKS, "word_problems", lengthened(TASKS["word_problems"], {0}))
    monkeypatch.setattr("harness.subject.choices.selection_splits", lambda *_: {"word_problems": "selection"})
    subject = Subject(tiny, "tiny", Bundled(), None, None)
    assert subject.choices.selection.score(LayerPlan.without((3,), tiny.depth)) >= 0


def test_calibration_texts_that_do_not_fit_are_left_out(tiny, monkeypatch):
    """Empty ones too; the rest is what a method is given, and the row says so."""
    texts = ["the longest river"] * 4 + [LONG, ""]
    monkeypatch.setattr("harness.subject.choices.calibration_texts", lambda *_: list(texts))
    tokenizer = copy.deepcopy(tiny.tokenizer)
    tokenizer._tokenizer.post_processor = None
    subject = Subject(replace(tiny, tokenizer=tokenizer), "tiny", Bundled(), None, None)
    assert subject.choices.calibration() == texts[:4]
    assert subject.choices.texts_left_out == {"calibration": "2 of 6 texts, empty or longer than 512 tokens"}


@pytest.mark.parametrize("method", ["block_influence", "angular_block", "laco", "mka", "taylor"])
@pytest.mark.parametrize("text", [LONG, ""], ids=["long", "empty"])
def test_a_method_is_given_no_text_that_cannot_be_shown(tiny, method, text):
    """One sentence instead of a crash inside the method."""
    from harness.methods.rank import rank_layers

    tokenizer = copy.deepcopy(tiny.tokenizer)
    tokenizer._tokenizer.post_processor = None
    with pytest.raises(
        BadInput, match=r"calibration text 1 of 2 .* has (no tokens|\d+ tokens, and the model takes 512)"
    ):
        rank_layers(method, replace(tiny, tokenizer=tokenizer), 2, ["the longest river", text])


def test_prompts_of_a_recovery_that_do_not_fit_are_left_out(tiny, scorer):
    """Self-generation answers the others."""
    from harness.recover.corpus import Corpus, Example
    from harness.recover.self_generated import self_generated

    prompts = Corpus("c", tuple(Example(str(i), LONG if i == 1 else f"tom has {i} apples", "3") for i in range(4)))
    corpus, report = self_generated(scorer, prompts, 8)
    assert (report.prompts, report.left_out) == (3, 1)
    assert {example.id for example in corpus.examples} <= {"0", "2", "3"}


def test_classification_of_lm_eval_leaves_out_too(scorer, tmp_path):
    """A question with one option that is too long is left out whole; `chance` is of the others."""
    import json

    rows = [
        {"id": str(i), "question": f"{LONG if i == 2 else ''}the river {i} is the", "choices": {
            "label": ["A", "B"], "text": ["timek", f"fasor {LONG if i == 4 else ''}"]}, "answerKey": "A"}
        for i in range(6)
    ]  # fmt: skip
    folder = tmp_path / "classification"
    folder.mkdir()
    import gzip

    with gzip.open(folder / "arc_easy_test.jsonl.gz", "wt") as file:
        file.write("".join(f"{json.dumps(row)}\n" for row in rows))
    found = evaluate(["arc_easy"], scorer, Folder(tmp_path), None, 0)["arc_easy"]
    assert found.left_out == ("arc_easy|2", "arc_easy|4")
    assert [outcome.item_id for outcome in found.outcomes] == [f"arc_easy|{i}" for i in (0, 1, 3, 5)]
    assert (found.chance, found.room) == (0.5, 512)
