"""What plans keep on selection items, whole and part by part."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.methods.rank import rank_layers
from harness.prune.plan import LayerPlan
from harness.subject import Subject
from harness.subject.selection import PARTS, retention
from harness.tasks.outcome import Outcome, TaskResult
from harness.tasks.source import Bundled
from harness.tasks.subset import drawn
from harness.tasks.suite import TASKS
from tests.tasks.test_long_items import lengthened


def selection_of(tiny, splits, store=None, limit=8):
    """Of a subject that knows no answer, on few items."""
    usual = Subject(tiny, "tiny", Bundled(), None, store).choices.selection
    return replace(usual, limit=limit, splits=splits)


CHOICE, WRITTEN = {"facts": "test", "events": "test"}, {"headlines": "selection"}


def answers(selection):
    """That variants were asked for, the unpruned model's left out."""
    return sum(len(one.store.answers) for plan, one in selection.variants._scorers.items() if not plan.changes_nothing)


@pytest.mark.parametrize(("method", "splits", "count"), [("tale_bsba", CHOICE, 1), ("greedy_task", WRITTEN, 1)])
def test_a_search_by_parts_ends_as_one_by_whole_scores(tiny, tmp_path, method, splits, count):
    """The same layers, order and scores for fewer answers, and again from a store that has all of them."""
    whole, parts, stored = selection_of(tiny, splits), *(selection_of(tiny, splits, tmp_path) for _ in range(2))
    theirs = rank_layers(method, tiny, count, [], score=whole.kept)
    mine = rank_layers(method, tiny, count, [], score=parts.score)

    assert (mine.layers, mine.trace) == (theirs.layers, theirs.trace)
    assert answers(parts) < 0.8 * answers(whole)
    assert rank_layers(method, tiny, count, [], score=stored.score) == mine


def test_what_is_kept_at_most_falls_to_what_is_kept(tiny):
    """Part after part, to the same bits; of several at once as of each alone."""
    selection, plans = selection_of(tiny, CHOICE), [LayerPlan.without((layer,), 12) for layer in (0, 4, 8)]
    bounds = [selection.kept_at_most(plans, parts) for parts in range(PARTS + 1)]
    alone = selection_of(tiny, CHOICE)

    for place, plan in enumerate(plans):
        mine = [found[place] for found in bounds]
        assert mine == sorted(mine, reverse=True)
        assert mine[2::2] == [alone.kept_at_most([plan], 2)[0], alone.kept(plan)]
    assert bounds[0][0] > bounds[2][0] > bounds[-1][0]


def test_a_part_has_items_that_fit(tiny, monkeypatch):
    """Also where those that do not are drawn first."""
    task = TASKS["headlines"]
    monkeypatch.setitem(TASKS, "headlines", lengthened(task, drawn(10, None, 0, task.subset or task.name)[:2]))
    selection = selection_of(tiny, WRITTEN)

    assert selection.kept_at_most([LayerPlan.without((4,), 12)], 1)[0] > 0
    assert len(selection.base["headlines"].left_out) == 2


def result(task, scores):
    """Items by number, those without a score not asked."""
    known = tuple(Outcome(str(at), score, "", "") for at, score in enumerate(scores) if score is not None)
    return TaskResult(task, "number", 0.0, known)


@given(st.data(), st.integers(1, 3), st.integers(1, 12))
def test_no_rounding_makes_a_bound_less_than_what_comes_out(data, tasks, items):
    """Of any scores, whichever items were asked, a base that has nothing right included."""
    score = st.floats(0, 1) | st.sampled_from([0.0, 0.1, 1 / 3, 1.0])
    scores = st.lists(score, min_size=items, max_size=items)
    base, found = ({str(task): data.draw(scores) for task in range(tasks)} for _ in range(2))
    asked = [data.draw(st.sets(st.integers(0, items - 1), min_size=1)) for _ in range(tasks)]
    part = {
        task: [score if at in asked[int(task)] else None for at, score in enumerate(scores)]
        for task, scores in found.items()
    }
    whole, some, unpruned = (
        {task: result(task, scores) for task, scores in each.items()} for each in (found, part, base)
    )

    assert retention(some, unpruned) >= retention(whole, unpruned)
