"""A case that is looked at on few items first: what is asked of whom, and when it ends."""

from collections import Counter
from dataclasses import replace
from types import SimpleNamespace

import pytest

from harness.decide.design import Condition, Design
from harness.decide.drops import mean_score
from harness.decide.effects import gap as gap_of
from harness.decide.effects import share_lost
from harness.errors import BadInput
from harness.subject.case import Case
from harness.subject.closing import NotTestable
from harness.tasks.outcome import Outcome, TaskResult

LOST = Design("example-loss", "An example", share_lost("hit"), minimum=0.5, unit="share", roles={"hit": "lost"})
BASE = "unpruned"


class Subject(SimpleNamespace):
    """A model whose item number `i` is right where `rules[variant](i)` says so; 400 items."""

    dry, limit, sweep_limit, source, whole, tier = False, None, 100, None, BASE, "tiny"

    def evaluate(self, variant, tasks, limit=None):
        """Results, and a note of what was asked."""
        count = min(limit or 400, 400)
        self.asked[variant] = max(count, self.asked[variant])
        made = {
            task: TaskResult(
                task,
                "number",
                0.0,
                tuple(Outcome(f"{task}|{i}", float(bool(self.rules[variant](i))), "right", "") for i in range(count)),
            )
            for task in tasks
        }
        return made if tasks else {}


def opened(base, pruned, *, looks=True, design=LOST):
    """A case on such a model, and where its end is kept."""
    subject = Subject(
        rules={BASE: base, "pruned": pruned},
        asked=Counter(),
        looks=looks,
        race=False,
        loaded=SimpleNamespace(depth=12),
        questions=SimpleNamespace(planned=lambda tasks, limit=None: dict.fromkeys(tasks, limit or 400)),
    )
    ends = []
    return Case(subject, design, (0,), lambda ended, _: ends.append(ended)), ends


def checked(case):
    """What a check does."""
    for base in case.looks({"hit": ["word_problems"]}):
        pruned = case.subject.evaluate("pruned", list(base), case.limit)
        evidence = case.weigh({"hit": case.scores("hit", pruned)})
    case.decide(evidence, effect="e", results={"base": base, "pruned": pruned}, measurements={})


def test_a_large_effect_is_seen_on_few_items():
    """All is lost: 25 items of either model are asked, and the row says that more were planned."""
    case, ends = opened(lambda i: i % 5, lambda i: False)
    checked(case)
    (end,) = ends

    assert end.verdict == "reproduced"
    assert case.subject.asked == {BASE: 25, "pruned": 25}
    assert end.reason.endswith("; seen on the first 25 of 400 items per task")
    assert end.measurements["looks"]["items"] == [25, 50, 100, 200, 400]
    assert len(end.measurements["looks"]["seen"]) == 1
    assert end.effect.confidence == pytest.approx(0.99)


def test_a_variant_that_surely_answers_nothing_is_asked_no_more():
    """A condition that does not hold on 25 items, with its whole interval, ends it as not testable."""

    def answers(evidence, at):
        return mean_score([evidence["hit"][0].runs[0]], at.confidence, at.resamples, null=at.null)

    answering = Condition("answers", answers, 0.5, "it answers {measured}", "take another variant")
    case, ends = opened(lambda i: i % 5, lambda i: False, design=replace(LOST, conditions=(answering,)))
    checked(case)

    assert ends[0].verdict == "not testable"
    assert case.subject.asked == {BASE: 25, "pruned": 25}


def test_what_stays_open_is_asked_everything():
    """Half of the score is lost, which is the minimum: five looks, and an inconclusive claim on all items."""
    case, ends = opened(lambda i: True, lambda i: i % 2)
    checked(case)

    assert ends[0].verdict == "inconclusive"
    assert case.subject.asked == {BASE: 400, "pruned": 400}
    assert case.limit is None
    assert "seen on the first" not in ends[0].reason
    assert len(ends[0].measurements["looks"]["seen"]) == 5


def test_a_base_that_can_do_nothing_ends_it_before_a_variant_is_asked():
    """None right: not testable after at most 100 of 400 items, and the variant is asked nothing."""
    case, ends = opened(lambda i: False, lambda i: False)
    with pytest.raises(NotTestable):
        checked(case)

    assert ends[0].verdict == "not testable"
    assert case.subject.asked.keys() == {BASE}
    assert case.subject.asked[BASE] <= 100


def test_a_look_at_which_the_base_is_not_yet_seen_to_do_anything_is_passed_over():
    """Three of 25 right are too few to tell, a fifth of 50 is not: the variant is asked from then on."""
    case, ends = opened(lambda i: i in (3, 9, 20) or (i >= 25 and i % 4 == 0), lambda i: False)
    checked(case)

    assert ends[0].verdict == "reproduced"
    assert len(ends[0].measurements["looks"]["seen"]) < len(ends[0].measurements["looks"]["items"])
    assert case.subject.asked["pruned"] > 25


def test_without_looks_everything_is_asked_at_once():
    """`--looks off`: all items, one interval of 95 %, and no looks in the row."""
    case, ends = opened(lambda i: i % 5, lambda i: False, looks=False)
    checked(case)

    assert case.subject.asked == {BASE: 400, "pruned": 400}
    assert ends[0].effect.confidence == 0.95
    assert "looks" not in ends[0].measurements
    assert "seen on" not in ends[0].reason


def test_a_limit_before_any_look_is_refused():
    """Nothing was asked, so that no limit is the one of a look."""
    case, _ = opened(lambda i: i % 5, lambda i: False)
    with pytest.raises(BadInput, match=r"case\.limit before the base was asked; read it inside the loop"):
        _ = case.limit


@pytest.mark.parametrize("looks", [True, False])
def test_a_second_loop_is_refused(looks):
    """Its looks would be paid for by nobody; the same with `--looks off`."""
    case, _ = opened(lambda i: i % 5, lambda i: False, looks=looks)
    checked(case)
    with pytest.raises(BadInput, match=r"asked before case\.looks; write one loop"):
        checked(case)


def test_a_loop_left_before_anything_is_settled_is_refused():
    """What 25 of 400 items leave open is no inconclusive claim."""
    case, ends = opened(lambda i: True, lambda i: i % 2)
    for base in case.looks({"hit": ["word_problems"]}):
        pruned = case.subject.evaluate("pruned", list(base), case.limit)
        evidence = case.weigh({"hit": case.scores("hit", pruned)})
        break
    with pytest.raises(BadInput, match=r"nothing is settled on the first 25 of 400 items per task .*let it end by"):
        case.decide(evidence, effect="e", results={"base": base, "pruned": pruned}, measurements={})
    assert ends == []


def test_a_look_is_one_however_often_it_is_weighed():
    """The last evidence of a look counts, and another one in `decide` is no further look."""
    case, ends = opened(lambda i: i % 5, lambda i: False)
    for base in case.looks({"hit": ["word_problems"]}):
        pruned = case.subject.evaluate("pruned", list(base), case.limit)
        for _ in range(3):
            case.weigh({"hit": case.scores("hit", pruned)})
    evidence = {"hit": case.scores("hit", pruned)}
    case.decide(evidence, effect="e", results={"base": base, "pruned": pruned}, measurements={})

    assert len(ends[0].measurements["looks"]["seen"]) == 1


def test_a_task_of_unknown_size_is_not_given_up_after_a_few_items():
    """lm-eval's: two of the first 25 right say nothing yet, where hundreds are still to come."""
    gap = replace(LOST, effect=gap_of("spared", "hit"), minimum=0.03, roles={"spared": "kept", "hit": "lost"})
    case, ends = opened(lambda i: i >= 25 or i in (1, 2), lambda i: False, design=gap)
    case.subject.questions = SimpleNamespace(
        planned=lambda tasks, limit=None: {task: limit or (1 if task == "arc_easy" else 400) for task in tasks}
    )
    for base in case.looks({"spared": ["arc_easy"], "hit": ["word_problems"]}):
        pruned = case.subject.evaluate("pruned", list(base), case.limit)
        evidence = case.weigh({role: case.scores(role, pruned) for role in ("spared", "hit")})
    case.decide(evidence, effect="e", results={"base": base, "pruned": pruned}, measurements={})

    assert case.subject.asked["pruned"] > 25
    assert ends[0].verdict == "contradicted"


def test_a_measurement_that_the_harness_writes_itself_is_refused():
    """A row whose looks are a claim's own number could not be read."""
    case, ends = opened(lambda i: i % 5, lambda i: False)
    with pytest.raises(BadInput, match="measurements has 'looks', which the harness writes itself"):
        case.decide({}, effect="e", results={}, measurements={"looks": 3})
    assert ends == []


def test_an_order_of_layers_is_looked_at_once():
    """A rank correlation has no interval that holds over several looks."""
    ordered = Design("example-order", "An example", share_lost("hit"), 0.5, "share", {"hit": "lost"}, ordered=True)
    case, ends = opened(lambda i: i % 5, lambda i: False, design=ordered)
    checked(case)

    assert case.subject.asked == {BASE: 400, "pruned": 400}
    assert ends[0].effect.confidence == 0.95


@pytest.mark.parametrize(
    ("weighs", "verdict", "said"),
    [
        (0, "inconclusive", "the time is over"),
        (1, "inconclusive", "the time is over; on the first 25 of 400 items per task, "),
    ],
)
def test_a_case_for_which_the_time_did_not_suffice_has_a_row(weighs, verdict, said):
    """With what was seen so far, where a look was weighed and did not settle the claim."""
    case, ends = opened(lambda _: True, lambda i: i % 2 == 0)
    for _ in case.looks({"hit": ["word_problems"]}):
        if weighs:
            case.weigh({"hit": case.scores("hit", case.subject.evaluate("pruned", ["word_problems"], case.limit))})
        break
    case.cut_short("the time is over")

    (ended,) = ends
    assert (ended.verdict, ended.cut_short) == (verdict, True)
    assert ended.reason.startswith(said)
    assert (ended.effect is None) == (weighs == 0)
    assert ended.n_items == 25
    assert ended.measurements["base_scores"] == {"word_problems": 1.0}


def test_a_claim_that_is_decided_stays_decided_when_the_time_is_over():
    """Only what is measured beside it lacks."""
    case, ends = opened(lambda _: True, lambda _: False)
    for _ in case.looks({"hit": ["word_problems"]}):
        case.weigh({"hit": case.scores("hit", case.subject.evaluate("pruned", ["word_problems"], case.limit))})
    case.cut_short("the time is over")

    (ended,) = ends
    assert (ended.verdict, ended.p_value is not None) == ("reproduced", True)
    assert ended.reason.endswith(
        "on the first 25 of 400 items per task; the time is over, so nothing was measured beside it"
    )
