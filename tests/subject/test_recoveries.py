"""How a pruned variant is trained again."""

import copy
import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from harness.decide.designs import DESIGNS
from harness.errors import BadInput
from harness.prune.plan import LayerPlan
from harness.recover.corpus import sample
from harness.recover.recipe import recipe_named
from harness.subject import Subject
from harness.subject.asking import Asking
from harness.tasks.source import Bundled
from harness.text.encode import rendered
from harness.text.requests import GenerationRequest
from harness.text.thoughts import Thinking
from harness.tiers import TIERS


@pytest.fixture(scope="module")
def subject(tiny):
    """The tiny model on sixteen items a task."""
    return Subject(tiny, "tiny", Bundled(), 16, None)


def test_a_run_inside_its_warm_up_is_no_recovery(subject):
    """Too few examples for the recipe are refused before anything is trained."""
    few = sample(subject.recoveries.corpus("gold-word-problems"), 64, 0)

    with pytest.raises(BadInput, match=r"64 examples is over after 2 steps, .* use at least 512 examples"):
        subject.recoveries.recover(subject.plan("reverse", 0.25), few, 0, recipe=recipe_named("last-layers"))


def test_a_recipe_that_trains_nothing_has_one_seed_and_is_none_for_claims_about_training(subject):
    """Three runs of it would be one run, counted three times."""
    mended = replace(subject, recovery=replace(subject.recoveries.settings, recipe="bias"))

    assert (mended.recoveries.seeds, subject.recoveries.seeds) == (range(1), range(3))
    subject.recoveries.require_training("a-claim")
    decided, design = SimpleNamespace(verdict="reproduced"), DESIGNS["recovery-ceiling"]
    assert "another seed was not tried" in Asking(subject, design).more(decided, {}, (0,))
    assert Asking(mended, design).more(decided, {}, (0,)) == ""
    with pytest.raises(BadInput, match="--recipe bias: trains nothing, and a-claim is a claim about training; name"):
        mended.recoveries.require_training("a-claim")


@pytest.mark.parametrize("on", [False, True])
def test_a_recovery_learns_after_the_prompts_that_are_asked(tiny, monkeypatch, on):
    """A model that is told to think is told so in training, too."""
    tokenizer = copy.deepcopy(tiny.tokenizer)
    tokenizer.chat_template += "{% if enable_thinking %} tom has {% endif %}"
    subject = Subject(replace(tiny, tokenizer=tokenizer), "tiny", Bundled(), 4, None, thinking=Thinking(on=on))
    corpus = sample(subject.recoveries.corpus("gold"), 200, 0)
    seen = []
    monkeypatch.setattr("harness.recover.recover._trained", lambda _, examples, *__: seen.extend(examples) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        subject.recoveries.recover(subject.plan("reverse", 0.25), corpus, 0)
    scorer = subject.variants.scorer(subject.whole)
    requests = [scorer.as_set(GenerationRequest(example.prompt, 4)) for example in corpus.examples]

    assert [example.ids[: example.prompt_tokens] for example in seen] == [
        rendered(request, tokenizer)[0] for request in requests
    ]
    assert ("<assistant> tom has " in tokenizer.decode(seen[0].ids)) is on


def test_a_corpus_is_refused_before_anything_is_generated(subject, tmp_path):
    """Too few examples, and prompts that are test items, are known from the file alone."""
    few = replace(subject, recovery=replace(subject.recoveries.settings, examples=5))
    with pytest.raises(BadInput, match="recipe tiny on 5 examples is over after 1 steps, before it has warmed up; use"):
        few.recoveries.corpus("gold-word-problems")

    (prompt, *_), path = subject.questions.prompts, tmp_path / "c.jsonl"
    rows = [{"question": f"what is {n} + 1 ?", "answer": "2"} for n in range(200)] + [
        {"question": prompt, "answer": "2"}
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(BadInput, match=r"corpus c: 1 of its 201 prompts are test items \(first: 200\)"):
        subject.recoveries.corpus(str(path))


@pytest.fixture
def cramped(monkeypatch):
    """A machine that cannot hold the training of all weights, even of the tiny model."""
    monkeypatch.setattr("harness.recover.memory.memory_of", lambda device: 40_000_000)


def test_a_model_that_cannot_be_trained_whole_is_refused_before_anything_is_generated(subject, cramped):
    """The numbers are in the sentence, and the corpus is asked for before any answer is."""
    whole = replace(subject, recovery=replace(subject.recoveries.settings, recipe="tiny-full"))
    with pytest.raises(
        BadInput, match=r"recipe tiny-full trains all weights, and 1.8 M take 46\.\d MB .* cpu has 40 MB"
    ):
        whole.recoveries.corpus("gold-word-problems", ratio=0.25)


def test_the_aligned_run_trains_all_weights_where_it_can(subject):
    """As in the paper since its version 4, on every tier."""
    recipe, said = subject.recoveries.aligned_recipe(0.25)

    assert (recipe.name, said) == ("tiny-full", "tiny-full")
    assert {recipe_named(tier.recovery.aligned_recipe).trains for tier in TIERS.values()} == {"full"}


def test_the_aligned_run_says_why_it_trains_something_else(subject, cramped):
    """A machine too small for all weights does not end the check: the row says what was done instead."""
    recipe, said = subject.recoveries.aligned_recipe(0.25)

    assert recipe == recipe_named("tiny")
    assert said.startswith("tiny, since recipe tiny-full trains all weights, and 1.8 M take ")


def test_recoveries_are_evaluated_as_one_batch(tiny, tmp_path):
    """Two seeds write as one, and are read as if each had been evaluated by itself; a third kind is asked alone."""
    together, alone = (Subject(tiny, "tiny", Bundled(), 6, tmp_path / name) for name in "ab")
    small = replace(together.recoveries.settings, examples=176)
    plan = LayerPlan.without(range(2, 10), 12)

    def made(subject):
        recoveries = replace(subject, recovery=small, store=tmp_path / "runs").recoveries
        corpus = recoveries.corpus("gold-word-problems")
        return [recoveries.recover(plan, corpus, seed)[-1] for seed in (0, 1)]

    variants, tasks = made(together), ["word_problems", "facts", "facts_chain"]
    found = together.evaluate_all([*variants, plan], tasks)
    assert found == [alone.evaluate(one, tasks) for one in [*variants, plan]]
    assert together.ledger.generated_tokens == alone.ledger.generated_tokens
    assert together.ledger.layer_forwards < alone.ledger.layer_forwards

    before = together.ledger.layer_forwards
    assert together.evaluate_all(variants, tasks) == found[:2]
    assert together.ledger.layer_forwards == before
