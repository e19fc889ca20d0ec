"""A sweep as a race on the tiny model: what is asked of whom, and what decides."""

import pytest

from harness.decide.design import Design
from harness.decide.designs import DESIGNS
from harness.decide.effects import share_lost
from harness.errors import BadInput
from harness.prune.plan import LayerPlan
from harness.subject import Subject
from harness.subject.asking import Asking
from harness.subject.case import Case
from harness.subject.closing import NotTestable
from harness.subject.race import Race
from harness.tasks.outcome import Outcome, TaskResult, require_enough
from harness.tasks.source import Bundled

LOST = Design(
    "example-layer", "There is a layer that word problems need", share_lost("hit"), minimum=0.3, unit="share",
    roles={"hit": "lost"}, sweep=True,
)  # fmt: skip
LIMIT = 48


def checked(tiny, *, race, design=LOST):
    """What a check does: the row, its rounds of layers and evidence, and the subject that was asked."""
    subject, ends, rounds = Subject(tiny, "tiny", Bundled(), LIMIT, None, race=race), [], []
    case = Case(subject, design, (0,), lambda ended, _: ends.append(ended))
    for base in case.race({"hit": ["word_problems"]}, limit=LIMIT):
        pruned = case.without_each(list(base))
        evidence = case.weigh([{"hit": case.scores("hit", found)} for found in pruned.values()])
        rounds.append((tuple(pruned), base["word_problems"]))
    results = {"base": base} | {f"without {layer}": found for layer, found in pruned.items()}
    case.decide(evidence, effect="lost without {place}", results=results, measurements={})
    return ends[0], rounds, subject


@pytest.fixture(scope="module")
def raced(tiny):
    """The race."""
    return checked(tiny, race=True)


def test_a_claim_about_no_layer_has_no_race(tiny):
    """It would compare layers of which the claim says nothing; refused whether a race was asked for or not."""
    plain = Design("example-plain", "Word problems get worse", share_lost("hit"), 0.3, "share", {"hit": "lost"})
    case = Case(Subject(tiny, "tiny", Bundled(), LIMIT, None), plain, (0,), lambda ended, _: None)

    with pytest.raises(BadInput, match="its design says nothing of single layers; use case"):
        next(case.race({"hit": ["word_problems"]}))


def test_layers_whose_removal_helps_do_not_race(tiny):
    """Those whose removal costs most would enter."""
    helps = DESIGNS["one-layer-less-helps"]
    case = Case(Subject(tiny, "tiny", Bundled(), LIMIT, None, race=True), helps, (0,), lambda ended, _: None)

    with pytest.raises(BadInput, match=r"is about a layer whose removal helps, and .* enter a race; use case\.looks$"):
        next(case.race({"raised": ["events"]}))


def test_a_sweep_of_looks_pays_for_every_layer_whatever_races(tiny):
    """A check that looks at all layers is corrected for all of them, also where other checks of the run race."""
    case = Case(Subject(tiny, "tiny", Bundled(), LIMIT, None, race=True), LOST, (0,), lambda ended, _: None)
    next(case.looks({"hit": ["word_problems"]}, limit=24))

    assert case._asking.intervals == 12


def answers(subject, layer):
    """How many answers the variant without a layer has given."""
    return len(subject.variants.scorer(LayerPlan.without((layer,), 12)).store.answers)


def test_a_race_finds_what_the_sweep_finds(tiny, raced):
    """The same verdict as of every layer on all items."""
    whole, _, _ = checked(tiny, race=False)

    assert whole.verdict == raced[0].verdict == "reproduced"
    assert raced[0].measurements["clearest_layer"] in whole.measurements["layers_beyond_minimum"]
    assert [one["layer"] for one in whole.measurements["effects"]] == list(range(12))
    assert [one["layer"] for one in raced[0].measurements["effects"]] == [raced[0].measurements["clearest_layer"]]
    assert raced[0].effect.name == f"lost without {raced[0].measurements['clearest_layer']}"


def test_the_items_that_decide_chose_nothing(raced):
    """The first half of the draw chooses, in rounds of more items and fewer layers; the other half decides."""
    _, rounds, _ = raced
    *choosing, (layers, last) = [(layers, {o.item_id for o in base.outcomes}) for layers, base in rounds]

    assert [len(running) for running, _ in choosing] == [4, 2]
    assert [len(items) for _, items in choosing] == [LIMIT // 4, LIMIT // 2]
    assert len(layers) == 1
    assert len(last) == LIMIT // 2
    assert all(items.isdisjoint(last) for _, items in choosing)


def test_few_answers_are_asked_of_layers_that_do_not_lead(raced):
    """Two thirds of the layers write nothing, the winner answers all; in all less than five variants' worth."""
    end, _, subject = raced
    asked = [answers(subject, layer) for layer in range(12)]
    likelihoods = min(asked)  # of the base's own answers, which cost a pass and no writing
    written = [count - likelihoods for count in asked]

    assert sum(count == 0 for count in written) == 8
    assert max(written) == written[end.measurements["clearest_layer"]] == LIMIT
    assert sum(written) <= 5 * LIMIT


def test_the_interval_pays_for_no_other_layer(raced):
    """One interval of 95 %, since nobody looked at another layer on the items that decide."""
    assert raced[0].effect.confidence == 0.95
    assert raced[0].measurements["race"][-1] == [raced[0].measurements["clearest_layer"]]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """What one race asks, the next one reads."""
    return tmp_path_factory.mktemp("store")


@pytest.mark.parametrize("left_out", [0, 1, 24, 48])
def test_a_round_is_not_refused_where_the_whole_was_not(tiny, left_out):
    """Of 100 items up to half do not fit and may be drawn first: a round asks so many that half of them do."""
    race = Race(Asking(Subject(tiny, "tiny", Bundled(), 100, None, race=True), LOST))
    outcomes = tuple(Outcome(str(item), 1.0, "right", "") for item in range(left_out, 100))
    race.asking.asked["facts"] = TaskResult("facts", "choice", 0.25, outcomes, tuple(map(str, range(left_out))))
    for share in (0.125, 0.25, 0.5):
        asked = race._up_to(share)

        require_enough("facts", asked - left_out, left_out, 64)
        assert asked - left_out >= share * len(outcomes)


def raced_wrongly(tiny, store, use):
    """A check's race in which `use` is given the case and the evidence of every round."""
    case = Case(Subject(tiny, "tiny", Bundled(), LIMIT, store, race=True), LOST, (0,), lambda ended, _: None)
    for base in case.race({"hit": ["word_problems"]}):
        pruned = case.without_each(list(base))
        use(case, [{"hit": case.scores("hit", found)} for found in pruned.values()])


def decided_at_once(case, evidence):
    """What a loop that is left does."""
    case.decide(evidence, effect="lost", results={}, measurements={})


@pytest.mark.parametrize(
    ("use", "said"),
    [
        (decided_at_once, "and nothing is decided on the items that choose one; let the loop over case.race end"),
        (lambda *_: None, "and none of them was weighed; hand their evidence to case.weigh inside the loop"),
        (lambda case, evidence: case.weigh(evidence * 3), "and 12 evidences were weighed; expected one per layer"),
    ],
    ids=["decided while layers are chosen", "not weighed", "weighed with all layers"],
)
def test_a_race_that_is_not_run_to_its_end_decides_nothing(tiny, store, use, said):
    """On the items that choose, the layers that are left were looked for: a null would be reproduced there."""
    with pytest.raises(BadInput, match=f"^claim example-layer: layers 0, 1, 8, 11 are still in the race, {said}"):
        raced_wrongly(tiny, store, use)


def test_what_a_race_refuses_is_said_to_be_a_race(tiny):
    """Its half of the items may leave nothing to decide where the sweep has enough: it is no other sweep's row."""
    ends = []
    case = Case(Subject(tiny, "tiny", Bundled(), 2, None, race=True), LOST, (0,), lambda ended, _: ends.append(ended))

    with pytest.raises(NotTestable):
        next(case.race({"hit": ["word_problems"]}))
    assert ends[0].measurements["race"] == [list(range(12))]


def test_without_a_race_layers_are_asked_what_the_base_was(tiny):
    """Also where the check names no limit: both have the run's own, and can be paired."""
    case = Case(Subject(tiny, "tiny", Bundled(), 24, None), LOST, (0,), lambda ended, _: None)
    base = next(case.race({"hit": ["arithmetic_first_digit"]}))

    found = case.without_each([*base])
    assert [*found] == list(range(12))
    assert all(one["arithmetic_first_digit"].order == base["arithmetic_first_digit"].order for one in found.values())
