"""A run within a stated time, on a clock that a test winds."""

from dataclasses import replace

import pytest

from harness.errors import BadInput
from harness.foresee.budget import SPENT, Budget, Within, cheapest_first, parse_budget
from harness.foresee.case import Foreseen
from harness.foresee.face import Notes
from harness.foresee.hands import Counting
from harness.foresee.session import Session, Walked
from harness.foresee.work import Model, Piece, Rates, Training
from harness.prune.plan import LayerPlan
from harness.recover.recipe import recipe_named
from harness.score.jobs import generation_jobs
from harness.score.ledger import Ledger
from harness.score.sampling import Drawer
from harness.subject import Subject
from harness.subject.closing import OutOfTime
from harness.subject.hands import Hands
from harness.tasks.source import Bundled
from harness.text.requests import GenerationRequest

MODEL = Model(layers=12, body=400, head=30, vocabulary=10, weights=1720, bytes=4, cache_bytes=8, attention=0.0)
RATES = Rates(pass_seconds=1.0, token_seconds=0.0, step_seconds=0.0, row_seconds=0.0)


class Clock:
    """Stands still until it is told."""

    now = 0.0

    def __call__(self):
        """The time that it was set to."""
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def session():
    return Session(MODEL, RATES, Counting("tiny"))


@pytest.mark.parametrize(("said", "seconds"), [("20", 1200), ("90m", 5400), ("2h", 7200), ("0.5", 30), ("1.5 h", 5400)])
def test_a_time_is_read(said, seconds):
    """Minutes, unless it says hours."""
    assert parse_budget(said) == seconds


@pytest.mark.parametrize("said", ["", "0", "-3", "2d", "h", "9" * 20])
def test_a_time_that_is_none_is_refused(said):
    """In one sentence."""
    with pytest.raises(BadInput, match=f"--budget {said}: expected minutes or hours, such as 20, 90m or 2h"):
        parse_budget(said)


def test_nothing_is_begun_that_would_end_too_late(clock):
    """A share of the time is kept for rows and pages."""
    budget = Budget("1", 100.0, clock, 0.0)
    budget.require(100 * SPENT)
    with pytest.raises(OutOfTime):
        budget.require(100 * SPENT + 1)
    clock.now = 100 * SPENT
    with pytest.raises(OutOfTime):
        budget.require()


def walked(name, passes, keys="", trainings=(), ended=""):
    """A check whose one job takes as many passes, and so as many seconds; and costs as much by its keys."""
    piece = Piece("facts", 1, 0, passes, 0, 0, 12, (), "base", {("v", key) for key in keys or [name]})
    return Walked(name, name, Foreseen(name, {}), Notes([piece], list(trainings)), 0.0, ended)


def test_the_cheapest_check_comes_first_given_what_is_paid(session):
    """The dearest of three shares its answers with the cheapest but one, and so comes second."""
    walks = [walked("far", 50), walked("near", 10, "ab"), walked("shared", 60, "ab"), walked("free", 0, "")]
    assert [walk.name for walk in cheapest_first(walks, session)] == ["free", "near", "shared", "far"]


def test_a_training_is_paid_once_and_a_check_that_is_not_known_comes_last(session):
    """Two checks that train the same run; one whose walk ended early."""
    run, other = Training("run", 10, 100, 12, 1.0), Training("other", 10, 20, 12, 1.0)
    walks = [
        walked("unknown", 0, ended="refused: no"), walked("long", 1, trainings=[run]),
        walked("also", 30, trainings=[run]), walked("short", 1, trainings=[other]),
    ]  # fmt: skip
    names = [walk.name for walk in cheapest_first(walks, session)]
    assert names == ["short", "long", "also", "unknown"]


@pytest.fixture
def within(tiny, tmp_path, clock, session):
    """A subject with a hundred seconds, and what looks at the clock for it."""
    watching = Within(Budget("2", 100 / SPENT, clock, 0.0))
    watching.session = session
    subject = Subject(tiny, "tiny", Bundled(), 4, tmp_path / "store")
    return replace(subject, hands=watching.hands, ledger=Ledger()), session


def test_what_fits_is_answered_and_kept(within, clock):
    """A job that would take longer than what is left is not begun; what was answered before is read."""
    subject, session = within
    subject.evaluate(subject.whole, ["facts"])
    asked = subject.ledger.layer_forwards
    session.rates = replace(RATES, pass_seconds=101.0)

    subject.evaluate(subject.whole, ["facts"])
    with pytest.raises(OutOfTime):
        subject.evaluate(subject.whole, ["kinds"])
    clock.now = 101
    with pytest.raises(OutOfTime):
        subject.evaluate(LayerPlan.without((3,), 12), ["facts"])
    assert subject.ledger.layer_forwards == asked > 0


def test_a_job_that_joins_another_is_charged_with_what_is_left_of_it(within, clock):
    """Two of 60 of 100 seconds: the second is not begun beside the first, but behind it where that took less."""
    subject, session = within
    session.rates = replace(RATES, pass_seconds=60.0)
    scorer = subject.variants.scorer(subject.whole)
    asked = [GenerationRequest(f"tom has {count} apples", 20, chat=False) for count in range(2)]
    first, second = generation_jobs(asked, replace(scorer.desk, generation_budget=1))

    first.begin(scorer.model, True)
    for clock.now in (0.0, 35.0):
        with pytest.raises(OutOfTime):
            second.begin(scorer.model, False)
    clock.now = 40.0
    second.begin(scorer.model, True)


def test_variants_together_and_methods_look_at_the_clock(within, clock):
    """One batch of several variants; a method between its passes."""
    subject, _ = within
    clock.now = 101
    with pytest.raises(OutOfTime):
        subject.ask_together([LayerPlan.without((layer,), 12) for layer in (3, 4)], ["word_problems"])
    with pytest.raises(OutOfTime):
        subject.plan("block_influence", 0.25)
    assert subject.plan("reverse", 0.25) == LayerPlan.without((9, 10, 11), 12)
    assert subject.ledger.layer_forwards == 0


def test_a_training_stops_between_steps(within, clock):
    """And the steps that were told are done."""
    subject, _ = within
    corpus = replace(subject, recovery=replace(subject.recoveries.settings, examples=32)).recoveries
    learned = replace(corpus.corpus("gold", epochs=16.0))
    steps = []

    class Told:
        """Winds the clock at the second step."""

        def __call__(self, done, *_):
            steps.append(done)
            clock.now = 101.0 if done == 2 else 0.0

    recipe = replace(recipe_named("tiny"), warmup_steps=0)
    pruned = subject.variants.pruned(LayerPlan.without((3,), 12))
    with pytest.raises(OutOfTime):
        subject.hands.recover(
            pruned, learned, recipe, 0, base=subject.loaded.model, store=subject.store, progress=Told()
        )
    assert steps == [1, 2]


@pytest.mark.parametrize("together", [False, True])
def test_what_takes_longer_than_expected_is_stopped_at_the_whole_time(within, clock, together, monkeypatch):
    """Between two steps of a batch; what has finished by then is kept, and read another time."""
    subject, _ = within
    drawn, alone = Drawer.choose, replace(subject, store=None, hands=Hands(), ledger=Ledger())
    wanted = alone.evaluate(subject.whole, ["word_problems"])
    lengths = sorted(outcome.tokens for outcome in wanted["word_problems"].outcomes)
    assert lengths[0] < lengths[-1]

    def choose(self, *given):
        clock.now += 105.0 / lengths[0]  # the time is over once the shortest answer is written
        return drawn(self, *given)

    monkeypatch.setattr(Drawer, "choose", choose)
    variants = [subject.whole, *([LayerPlan.without((3,), 12)] if together else [])]
    with pytest.raises(OutOfTime):
        subject.evaluate_all(variants, ["word_problems"])
    assert 105.0 <= clock.now <= 106.0 + 105.0 / lengths[0]

    clock.now = 0.0
    monkeypatch.setattr(Drawer, "choose", drawn)
    again = replace(subject, hands=Within(Budget("2", 1e9, clock, 0.0)).hands, ledger=Ledger())
    assert again.evaluate(subject.whole, ["word_problems"]) == wanted
    assert again.ledger.generated_tokens < alone.ledger.generated_tokens
