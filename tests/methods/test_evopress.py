"""Evolutionary search over units."""

import random

import pytest

from harness.methods import evopress
from harness.methods.evopress import (
    first_candidate,
    generation_count,
    mutated,
    offspring_count,
    sample_rows,
    stage_tokens,
)
from harness.methods.rank import rank_layers


def kinds(candidate):
    return [sum(unit == kind for _, unit in candidate) for kind in ("attn", "mlp")]


def test_the_published_budget_at_32_layers():
    """32 offspring, 2,048 and 32,768 tokens, k(n-k)/1.5 generations; a tiny model gets fewer of the first two."""
    assert (offspring_count(32), stage_tokens(32), generation_count(32, 8)) == (32, (2048, 32768), 128)
    assert (offspring_count(12), stage_tokens(12), generation_count(12, 3)) == (12, (768, 12288), 18)
    assert generation_count(2, 1) == 1


def test_a_mutation_keeps_the_budget_of_each_kind():
    """One to three units are swapped with removed ones of their kind: one swap most often (5 of 9)."""
    draw = random.Random(0)
    parent = first_candidate(12, 3, draw)
    children = [mutated(parent, 12, draw) for _ in range(900)]

    assert kinds(parent) == [3, 3]
    assert all(kinds(child) == [3, 3] for child in children)
    swaps = [len(child - parent) for child in children]
    assert set(swaps) <= {0, 1, 2, 3}
    assert 400 < swaps.count(1) < 650


def test_samples_are_whole_texts_but_the_last():
    """Exactly the tokens asked for, no text twice; everything where the texts have fewer."""
    rows = [list(range(start, start + 5)) for start in range(0, 50, 10)]
    sample = sample_rows(rows, 12, random.Random(0))

    assert [len(row) for row in sample] == [5, 5, 2]
    assert len({row[0] for row in sample}) == 3
    assert sorted(map(tuple, sample_rows(rows, 1000, random.Random(0)))) == sorted(map(tuple, rows))
    assert [len(row) for row in sample_rows(rows, 11, random.Random(0))] == [5, 5]


@pytest.fixture
def planted(monkeypatch):
    """A divergence that counts the removed units that are not attentions of layers 1 and 3 and MLPs of 0 and 4."""
    asked = []

    def divergences(base, plans, rows):
        asked.append((len(plans), sum(map(len, rows))))
        gone = [
            {
                *((x, "attn") for x in (*p.without_attention, *p.removed)),
                *((x, "mlp") for x in (*p.without_mlp, *p.removed)),
            }
            for p in plans
        ]
        return [float(len(units - {(1, "attn"), (3, "attn"), (0, "mlp"), (4, "mlp")})) for units in gone]

    monkeypatch.setattr(evopress, "divergences", divergences)
    return asked


def counting(divergences, counts):
    """Another function of the same answers that notes how many plans it is asked about."""
    return lambda base, plans, rows: counts.append(len(plans)) or divergences(base, plans, rows)


def test_the_search_finds_a_planted_optimum(small, texts, planted):
    """Generation by generation the parent never gets worse, and the planted units are found."""
    ranking = rank_layers("evopress", small, 2, texts, seed=3)
    values = [value for _, value in ranking.trace]

    assert ranking.plan.describe() == "attn1,attn3,mlp0,mlp4"
    assert values == sorted(values, reverse=True)
    assert len(values) == generation_count(6, 2)


def test_stages_see_few_candidates_on_many_tokens(small, texts, planted, monkeypatch):
    """The first candidates, then per generation all offspring and at last two of them with the parent."""
    monkeypatch.setattr(evopress, "stage_tokens", lambda _: (10, 50))
    rank_layers("evopress", small, 2, texts, seed=3)

    assert planted[:5] == [(12, 10), (6, 10), (3, 50), (6, 10), (3, 50)]


def test_no_candidate_is_measured_on_all_texts_twice(small, texts, rows, planted, monkeypatch):
    """Neither in the second stage nor in a later generation; the search is the same."""
    ranking = rank_layers("evopress", small, 2, texts, seed=3)  # both stages ask for more than there is
    total = sum(map(len, rows))

    assert all(tokens == total for _, tokens in planted)
    assert sum(count for count, _ in planted) < 12 + generation_count(6, 2) * 6
    forgetful = []
    monkeypatch.setattr(evopress, "sample_rows", lambda rows, *arguments: [*sample_rows(rows, *arguments), [0]])
    monkeypatch.setattr(evopress, "divergences", counting(evopress.divergences, forgetful))
    assert rank_layers("evopress", small, 2, texts, seed=3).trace == ranking.trace
    assert sum(forgetful) == 12 + generation_count(6, 2) * (6 + 3)


def test_another_seed_searches_otherwise(small, texts):
    """The trace depends on the seed."""
    assert len({rank_layers("evopress", small, 1, texts[:2], seed=seed).trace for seed in range(3)}) > 1
