import pytest

from harness.report.compare import borderline, compare, differences, sign_test

IDS = {"facts": [f"f{place}" for place in range(100)], "summary": [f"s{place}" for place in range(100)]}


def stored(**cells):
    """A baseline with these scores of one set of items; `pruned_facts` is the cell `pruned | facts`."""
    return {"verdict": "reproduced", "items": "a", "scores": {},
            "item_scores": {name.replace("_", " | "): scores for name, scores in cells.items()}}  # fmt: skip


def flipped(count):
    """100 right answers, the last `count` of them now wrong."""
    return "1" * (100 - count) + "0" * count


@pytest.mark.parametrize(("lost", "count"), [(0, 0), (2, 0), (5, 0), (8, 1)])
def test_a_regression_is_significant_and_beyond_the_noise_floor(lost, count):
    """5 lost of 100 may be chance (p = .06), 2 are noise, 8 (p = .008) are neither."""
    assert count == len(differences(stored(pruned_facts=flipped(0)), stored(pruned_facts=flipped(lost)), IDS))


def test_the_sentence_names_task_items_and_p():
    """The difference says what was lost and gained, how sure that is, and the worst items by id."""
    (sentence,) = differences(stored(pruned_facts="0" + "1" * 99), stored(pruned_facts=flipped(20)), IDS)

    assert sentence == (
        "pruned | facts: 20 of 100 items lost and 1 gained, total 99.0 -> 80.0, p = 2.1e-05 (Holm over 1 comparisons); "
        "worst items: f80, f81, f82"
    )


def test_a_significant_change_inside_the_noise_floor_is_forgiven():
    """Of 10000 items 60 lost are beyond chance, but not 2 %."""
    old, new = stored(base_facts="1" * 10000), stored(base_facts="1" * 9940 + "0" * 60)

    assert differences(old, new) == []
    assert len(differences(old, new, floor=0.001)) == 1


def test_many_comparisons_are_corrected_together():
    """A p of .004 alone is a difference; among ten comparisons it is not."""
    others = {f"v{number}_facts": flipped(0) for number in range(9)}

    assert len(differences(stored(pruned_facts=flipped(0)), stored(pruned_facts=flipped(9)))) == 1
    assert differences(stored(pruned_facts=flipped(0), **others), stored(pruned_facts=flipped(9), **others)) == []


@pytest.mark.parametrize(("each", "count"), [(0, 0), (1, 0), (2, 1), (3, 1)])
def test_what_costs_every_task_a_little_is_seen_together(each, count):
    """Twenty tasks that lose three of a hundred each: none shows it alone, all do together, and the sentence counts."""
    old, new = ({f"v{place}_facts": flipped(50 + moved) for place in range(20)} for moved in (0, each))
    found = differences(stored(**old), stored(**new))

    assert len(found) == count
    if each == 3:
        assert found[0].startswith(
            "all right-or-wrong answers together: 60 of 1000 right ones lost and 0 of 1000 others gained, more than "
            "numerics explain (p = "
        )


def test_measured_noise_is_the_floor_of_its_task():
    """A task that is known to flip a tenth of its answers may lose a tenth."""
    old, new = stored(pruned_facts=flipped(0)), stored(pruned_facts=flipped(10))

    assert len(differences(old, new)) == 1
    assert differences(old | {"flip_rates": {"facts": {"bfloat16": 0.1, "one at a time": 0.0}}}, new) == []


def effect(low, estimate, high):
    """An effect as a baseline stores it."""
    return {"estimate": estimate, "low": low, "high": high}


INSIDE = {"claim": "c", "minimum": 0.1, "verdict": "inconclusive", "effect": effect(0.095, 0.17, 0.25)}


@pytest.mark.parametrize(
    ("verdict", "found", "lost", "forgiven"),
    [
        ("reproduced", effect(0.101, 0.175, 0.25), 1, True),
        ("reproduced", effect(0.101, 0.175, 0.25), 10, False),  # the scores differ
        ("reproduced", effect(0.125, 0.19, 0.26), 1, False),  # .025 past the minimum, of .065 to the estimate
        ("contradicted", effect(0.0, 0.05, 0.09), 1, False),  # the other end was far
        ("not testable", effect(0.0, 0.05, 0.09), 1, False),
        ("not testable", None, 1, False),
        ("reproduced", None, 1, False),
    ],
)
def test_a_verdict_that_turns_by_a_hair_is_no_difference(verdict, found, lost, forgiven):
    """Both ends that decide lie within a quarter of their distance to the estimate, and no score differs."""
    old = stored(pruned_facts=flipped(0)) | INSIDE
    new = stored(pruned_facts=flipped(lost)) | {"claim": "c", "minimum": 0.1, "verdict": verdict, "effect": found}

    for one, other in ((old, new), (new, old)):
        assert bool(differences(one, other)) is not forgiven
        assert bool(borderline(one, other)) is forgiven


def test_a_hair_needs_one_minimum_and_is_said():
    """Of another minimum it is another claim; the sentence names both verdicts, the end and the minimum."""
    old = stored(pruned_facts=flipped(0)) | INSIDE
    new = old | {"verdict": "reproduced", "effect": effect(0.101, 0.175, 0.25)}

    assert borderline(old, old) is None
    assert differences(old | {"minimum": 0.09}, new) == ["verdict: was 'inconclusive', is 'reproduced'"]
    assert borderline(old, new) == (
        "c: was inconclusive in the baseline and is reproduced by a hair: the low end of the interval went from 0.0950 "
        "to 0.1010, past the minimum 0.1, while the scores agree within the noise; more items would settle it"
    )


def test_a_gain_is_a_difference_too():
    """With equal weights and items, better answers mean that the harness changed."""
    (sentence,) = differences(stored(base_facts=flipped(20)), stored(base_facts=flipped(0)))

    assert "0 of 100 items lost and 20 gained" in sentence
    assert "worst" not in sentence


def test_real_scores_are_compared_by_a_sign_test():
    """Scores that are no 0/1 lose and gain by any amount; the largest losses lead."""
    old = [0.9] * 100
    new = [0.9] * 60 + [0.5] * 39 + [0.1]
    comparison = compare("pruned | summary", old, new)

    assert (comparison.lost, comparison.gained, comparison.worst[0]) == (40, 0, 99)
    assert comparison.p_value == sign_test(40, 0) == 2 * 0.5**40
    assert "worst items: s99, s60, s61" in differences(stored(pruned_summary=old), stored(pruned_summary=new), IDS)[0]


def test_real_scores_that_happen_to_be_whole_meet_the_others():
    """A task whose scores are all 0 or 1 by chance is stored as digits and compared with numbers."""
    assert compare("a | b", "11", [1.0, 0.5]).lost == 1


def test_undefined_scores_are_left_out():
    """An item without a score on either day tells nothing."""
    comparison = compare("a | b", [0.5, None, 0.5], [0.25, 0.5, None])

    assert (comparison.n, comparison.lost, comparison.gained) == (1, 1, 0)


def test_other_items_are_named_and_not_compared():
    """Scores of other items cannot be paired."""
    assert differences(stored(base_facts="11"), stored(base_facts="00") | {"items": "b"}) == [
        "items: was 'a', is 'b'",
        "the items differ, so their scores were not compared",
    ]


@pytest.mark.parametrize("key", ["claim", "model_fingerprint", "params", "verdict"])
def test_what_must_be_equal_is_named_with_both_values(key):
    """Another fingerprint, other parameters, another verdict."""
    assert differences({key: "a"}, {key: "b"}) == [f"{key}: was 'a', is 'b'"]


def test_seeds_matter_where_the_baseline_has_them():
    """A baseline of the first format has none."""
    assert differences({"seeds": [0]}, {"seeds": [0, 1]}) == ["seeds: was [0], is [0, 1]"]
    assert differences({}, {"seeds": [0, 1]}) == []


def test_new_gone_and_resized_cells_are_named():
    """What cannot be paired is said."""
    found = differences(stored(a_x="11", b_x="1", c_x="111"), stored(b_x="1", c_x="11", d_x="1"))

    assert found == ["a | x: gone", "c | x: had 3 items, has 2", "d | x: new"]


@pytest.mark.parametrize(("moved", "count"), [(0.0, 0), (2.0, 0), (3.0, 1)])
def test_a_baseline_of_the_first_format_is_compared_by_totals(moved, count):
    """Without item scores, a mean score may move by 2 % of the items (2 of 100), no more."""
    old = {"verdict": "reproduced", "scores": {"base | facts": [90.0, 100]}}
    new = {"verdict": "reproduced", "scores": {"base | facts": [90.0 - moved, 100]}, "item_scores": {}}

    assert count == len(differences(old, new))


def test_other_layers_are_named_where_they_explain_a_change():
    """First of all; alone they are no change, since other layers may do as well."""
    old = {"claim": "c", "verdict": "reproduced", "removed": "3,5-6", "scores": {}}
    new = old | {"removed": "0-1,11"}

    assert differences(old, new) == []
    assert differences(old, new | {"verdict": "contradicted"})[0] == "removed: was 3,5-6, is 0-1,11"
    assert differences(old | {"removed": None}, new | {"verdict": "x"})[0].startswith("verdict")
