"""Answers whose truth is known: they are what they are said to be."""

from dataclasses import replace

import numpy as np
import pytest

from harness.decide.designs import DESIGNS
from harness.decide.effects import losses_by_layer
from harness.selfcheck.simulated.halves import Halves
from harness.selfcheck.simulated.orders import Agreement, Votes, alike, evenly, everything, gained, mostly_little
from harness.selfcheck.simulated.setting import Asked, Setting
from harness.selfcheck.simulated.worlds import RARELY, Answers, Arm, items_of

MANY = 20_000
GAP, CEILING = DESIGNS["classification-vs-generative-gap"], DESIGNS["recovery-ceiling"]
SETTING = Setting({"spared": (Asked("c", MANY, 0.6, 4),), "hit": (Asked("g", MANY, 0.5),)})


def drawn(world, design=GAP, setting=SETTING):
    """What the base and its variants answered."""
    rng = np.random.default_rng(0)
    started = world.start(rng, design, setting)
    kept = {role: [asked.task for asked in tasks] for role, tasks in setting.roles.items()}
    return started, world.evidence(rng, design, setting, started, kept)


def test_base_and_variant_score_what_they_should():
    """The base its rate; the variant so much of it as is kept, net of guessing in a choice."""
    _, evidence = drawn(Answers({"spared": Arm(0.5), "hit": Arm(0.2)}))
    (choice,), (open_,) = evidence["spared"], evidence["hit"]

    assert np.mean(choice.base) == pytest.approx(0.6, abs=0.02)
    assert np.mean(choice.runs[0]) == pytest.approx(0.25 + 0.5 * 0.35, abs=0.02)
    assert (np.mean(open_.base), np.mean(open_.runs[0])) == pytest.approx((0.5, 0.1), abs=0.02)
    assert (choice.chance, open_.chance) == (0.25, 0.0)


def test_two_variants_agree_on_hard_items():
    """At the same accuracy they answer most items alike, and a fifth or so otherwise."""
    _, evidence = drawn(Answers({"spared": Arm(), "hit": Arm()}))
    (open_,) = evidence["hit"]

    assert np.mean(np.equal(open_.base, open_.runs[0])) == pytest.approx(0.795, abs=0.02)


def test_a_guesser_is_right_by_chance_and_on_other_items():
    """A quarter of the choices, whether the base knew them or not; no open answer."""
    _, evidence = drawn(Answers({"spared": Arm(way="guesses"), "hit": Arm(way="guesses")}))
    (choice,), (open_,) = evidence["spared"], evidence["hit"]

    assert np.mean(choice.runs[0]) == pytest.approx(0.25, abs=0.02)
    assert np.corrcoef(choice.base, choice.runs[0])[0, 1] == pytest.approx(0, abs=0.02)
    assert not any(open_.runs[0])


def test_letters_that_change_sides_share_no_item():
    """The base always says A and the variant B: both score a quarter, and never the same one."""
    world = Answers({"spared": Arm(way="another letter"), "hit": Arm(0.0)}, base={"spared": "one letter"})
    _, evidence = drawn(world)
    (choice,) = evidence["spared"]

    assert (np.mean(choice.base), np.mean(choice.runs[0])) == pytest.approx((0.25, 0.25), abs=0.02)
    assert not np.dot(choice.base, choice.runs[0])
    assert world.possible(GAP, SETTING)
    assert not world.possible(
        GAP, replace(SETTING, roles={"spared": SETTING.roles["hit"], "hit": SETTING.roles["hit"]})
    )


def test_a_mute_model_names_no_option_but_wins_a_comparison():
    """Written choices: nothing, and nothing that guessing would score; compared ones: chance."""
    written = replace(SETTING, roles={**SETTING.roles, "spared": (Asked("c", MANY, 0.6, 4, written=True),)})
    world = Answers({"spared": Arm(way="mute"), "hit": Arm(way="mute")})
    (said,), (compared,) = drawn(world, GAP, written)[1]["spared"], drawn(world)[1]["spared"]

    assert not any(said.runs[0])
    assert said.run_chances == (0.0,)
    assert np.mean(compared.runs[0]) == pytest.approx(0.25, abs=0.02)
    assert compared.run_chances == ()


def test_a_base_at_chance_guesses_choices_and_hardly_answers():
    """What is open is right in RARELY of its items."""
    started, _ = drawn(Answers({"spared": Arm(), "hit": Arm()}, base={"spared": "guesses", "hit": "guesses"}))

    assert np.mean(started.scores["spared"]["c"][0]) == pytest.approx(0.25, abs=0.02)
    assert np.mean(started.scores["hit"]["g"][0]) == pytest.approx(RARELY, abs=0.01)


def test_trainings_differ_by_the_spread_and_share_it_with_their_earlier_budget():
    """Retention of a seed deviates by as much as the setting says; a training that does nothing does not."""
    design = DESIGNS["more-training-does-not-restore"]
    setting = Setting({"hit": (Asked("g", MANY, 0.5),)}, seeds=40, spread=0.1)
    arms = {"hit": Arm(0.6, trained=True), "earlier": Arm(0.5, trained=True), "before": Arm(0.3)}
    _, evidence = drawn(Answers(arms), design, setting)
    last, earlier = ([np.mean(run) / 0.5 for run in evidence[role][0].runs] for role in ("hit", "earlier"))
    _, same = drawn(Answers({**arms, "hit": Arm(0.6, trained=True, alike=True)}), design, setting)

    assert np.std(last, ddof=1) == pytest.approx(0.1, abs=0.03)
    assert np.corrcoef(last, earlier)[0, 1] > 0.95
    assert len(evidence["before"][0].runs) == 1
    assert np.std([np.mean(run) / 0.5 for run in same["hit"][0].runs]) < 0.02


def test_a_sweep_has_one_evidence_a_layer():
    """The first layer is another than the rest, where it is said so."""
    design = DESIGNS["degeneration-is-not-the-cause"]
    setting = Setting({"hit": (Asked("g", MANY, 0.5),)}, layers=3)
    world = Answers({"hit": Arm(0.2), "answered": Arm()}, {"hit": Arm(), "answered": Arm()})
    _, layers = drawn(world, design, setting)

    assert [np.mean(layer["hit"][0].runs[0]) for layer in layers] == pytest.approx([0.1, 0.5, 0.5], abs=0.02)
    assert len({layer["answered"][0].base for layer in layers}) == 1


@pytest.mark.parametrize(
    ("claim", "role", "items"),
    [
        ("recovery-ceiling", "before", "hit"),
        ("self-generated-beats-external", "before", "second"),
        ("width-keeps-what-depth-loses", "before first", "first"),
        ("low-ratios-are-viable", "before", "hit"),
        ("brackets-break", "answered", "broken"),
        ("recovery-ceiling", "spared", "spared"),
    ],
)
def test_further_roles_are_asked_the_items_of_one_that_may_fall(claim, role, items):
    """What conditions look at has no tasks of its own."""
    assert items_of(DESIGNS[claim], role) == items


@pytest.mark.parametrize("losses", [evenly, mostly_little])
@pytest.mark.parametrize("above", [True, False])
def test_layers_come_in_orders_that_correlate_as_wanted(losses, above):
    """Of the true losses, on the side that was asked for; the answers follow them."""
    design = DESIGNS["layer-importance-is-invariant"]
    setting = Setting({role: (Asked("g", MANY, 0.8),) for role in design.roles}, layers=10)
    _, evidence = drawn(Agreement(0.5, losses, above=above), design, setting)
    one, other = (np.mean(losses_by_layer(evidence[role]), axis=1) for role in design.roles)

    assert sorted(one) == pytest.approx(0.8 * losses(10), abs=0.02)
    if losses is evenly:  # far enough apart that the answers have the true order
        found = np.corrcoef(one.argsort().argsort(), other.argsort().argsort())[0, 1]
        assert (0.5 <= found < 0.521) if above else (0.479 < found <= 0.5)


def test_without_any_layer_all_may_be_lost():
    """No order then."""
    design = DESIGNS["layer-importance-is-invariant"]
    setting = Setting({role: (Asked("g", 50, 0.8),) for role in design.roles}, layers=10)
    _, evidence = drawn(Agreement(0.0, everything), design, setting)

    assert not any(any(layer.runs[0]) for layer in evidence["one"])


def test_layers_that_cost_the_same_have_no_order():
    """And the choices among them lose what they have above guessing."""
    design = DESIGNS["likelihood-spares-other-layers"]
    setting = Setting({"likelihood": (Asked("c", MANY, 0.8, 4),), "generation": (Asked("g", MANY, 0.8),)}, layers=4)
    _, evidence = drawn(Agreement(0.0, alike), design, setting)
    kept = {role: [np.mean(layer.runs[0]) for layer in evidence[role]] for role in design.roles}

    assert kept["likelihood"] == pytest.approx([0.25 + 0.7 * 0.55] * 4, abs=0.02)
    assert kept["generation"] == pytest.approx([0.7 * 0.8] * 4, abs=0.02)


def test_a_criterion_has_no_luck():
    """It says of each layer what is true, to every item."""
    design = DESIGNS["cosine-is-a-poor-proxy"]
    setting = Setting({"removed": (Asked("g", 60, 0.8),)}, layers=10)
    _, evidence = drawn(Agreement(0.9), design, setting)

    assert sorted(layer.base[0] for layer in evidence["cosine"]) == pytest.approx(evenly(10).tolist())
    assert all(len(set(layer.base)) == 1 and not any(layer.runs[0]) for layer in evidence["cosine"])
    assert len(evidence["cosine"][0].base) == len(evidence["removed"][0].base) == 60


@pytest.mark.parametrize("uneven", [0.0, 0.3])
def test_halves_keep_what_they_should_on_average(uneven):
    """Each item's mean over six layers, whether those are alike or not; the base answers both halves once."""
    design = DESIGNS["second-half-costs-less"]
    setting = Setting({role: (Asked("g", MANY, 0.8),) for role in design.roles}, layers=12)
    _, evidence = drawn(Halves(0.3, 0.6, uneven), design, setting)
    (first,), (second,) = evidence["first"], evidence["second"]

    assert np.mean(first.runs[0]) == pytest.approx(0.3 * 0.8, abs=0.02)
    assert np.mean(second.runs[0]) == pytest.approx(0.6 * 0.8, abs=0.02)
    assert first.base == second.base
    assert {round(score * 6, 9) for score in first.runs[0]} <= set(range(7))


def test_a_vote_that_is_to_gain_less_must_have_gained():
    """With a quarter of its accuracy a model gains less where it gained most, and more where it was nearly right."""
    design, world = DESIGNS["test-time-scaling-shrinks"], Votes(0.25, shrinks=True)
    settings = [Setting({"unpruned": (Asked("g", 10, base),)}) for base in (0.3, 0.6, 0.9, 1.0)]

    assert [world.possible(design, setting) for setting in settings] == [True, True, False, False]
    assert gained(0.5) == pytest.approx(0.28, abs=0.01)


def test_votes_gain_most_in_the_middle():
    """Half of the drawn answers right: a vote gains .28; none right, none to gain."""
    design = DESIGNS["test-time-scaling-shrinks"]
    setting = Setting({"unpruned": (Asked("g", MANY, 0.5),)})
    _, evidence = drawn(Votes(0.0), design, setting)
    (before,), (after,) = evidence["unpruned"], evidence["pruned"]

    assert np.mean(before.base) == pytest.approx(0.5, abs=0.02)
    assert np.mean(before.runs[0]) - np.mean(before.base) == pytest.approx(0.28, abs=0.02)
    assert not any(after.base)
    assert not any(after.runs[0])
