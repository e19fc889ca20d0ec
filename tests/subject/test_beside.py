"""What is measured beside the scores that decide."""

from dataclasses import replace

import pytest

from harness import load_model
from harness.prune.apply import apply_plan
from harness.prune.plan import parse_plan
from harness.recover.recipe import recipe_named
from harness.recover.recover import recover
from harness.score.scorer import Scorer
from harness.subject import Subject
from harness.subject.beside import cost_beside, flip_rates, rise_by_merging, share_of_pretraining
from harness.tasks.source import Bundled

ASKED = ("facts", "word_problems")


@pytest.fixture(scope="module")
def subject(tiny):
    """The tiny model on sixteen items a task."""
    return Subject(tiny, "tiny", Bundled(), 16, None)


def test_numerics_flip_few_scores_of_the_tiny_model(subject):
    """Asked one at a time nothing flips; bfloat16 may flip some."""
    rates = flip_rates(subject, subject.evaluate(subject.whole, ASKED))

    assert rates.keys() == set(ASKED)
    for task in ASKED:
        assert rates[task].keys() == {"one at a time", "bfloat16"}
        assert rates[task]["one at a time"] == 0.0
        assert rates[task]["bfloat16"] <= 0.25


def test_noise_is_of_the_model_as_it_is_loaded_in_the_other_dtype(tiny, tmp_path, monkeypatch):
    """Not of one whose rotary frequencies were rounded too; what is answered is kept, one at a time apart."""
    asked = []

    class Noted(Scorer):
        def __init__(self, model, *arguments, **options):
            asked.append(model)
            super().__init__(model, *arguments, **options)

    monkeypatch.setattr("harness.subject.variants.Scorer", Noted)
    subject = Subject(tiny, "tiny", Bundled(), 2, tmp_path)
    flip_rates(subject, subject.evaluate(subject.whole, ["facts"]))

    _, recast, _ = asked
    assert (str(recast.dtype), str(recast.model.rotary_emb.inv_freq.dtype)) == ("torch.bfloat16", "torch.float32")
    other = load_model("tiny", dtype="bfloat16").fingerprint
    files = (path.relative_to(tmp_path) for path in tmp_path.rglob("*.jsonl"))
    kept = {path.as_posix() for path in files if "judged" not in path.parts}
    assert kept == {f"{tiny.fingerprint}.jsonl", f"{other}.jsonl", f"one-at-a-time/{tiny.fingerprint}.jsonl"}


def test_a_score_that_differs_is_a_flip(subject):
    """Answers that say the opposite of every item flip all of them."""
    base = subject.evaluate(subject.whole, ("facts",))
    turned = replace(base["facts"], outcomes=tuple(replace(o, score=1 - o.score) for o in base["facts"].outcomes))

    assert flip_rates(subject, {"facts": turned})["facts"]["one at a time"] == 1.0


def test_what_variants_cost_is_said_of_one_of_each_size(tiny):
    """The base and those asked since the check began; of equal ones the first. Without timing nothing has a speed."""
    subject = Subject(tiny, "tiny", Bundled(), 2, None)
    for text in ("3,4", "5,6", "1-4"):
        subject.evaluate(parse_plan(text, subject.loaded.depth), ["facts"])
    subject.evaluate(subject.whole, ["facts"])
    found = cost_beside(subject, timed=False)

    assert found.keys() == {"base", f"without {parse_plan('3,4', 12).describe()}", "without 1-4"}
    assert found["base"].parameters == tiny.model.num_parameters()
    assert all(cost.decode is None for cost in found.values())
    timed = cost_beside(subject, timed=True)
    assert all(cost.prefill > 0 and cost.decode > 0 for cost in timed.values())
    subject.plans_asked.clear()
    assert cost_beside(subject, timed=False).keys() == {"base"}


def test_merging_is_measured_for_adapters_only(subject, tiny):
    """In float32 folding the adapter changes no score; recipes without one have nothing to fold."""
    plan = subject.plan("reverse", 0.25)
    corpus = subject.recoveries.corpus("gold-word-problems")
    short = replace(recipe_named("tiny"), epochs=0.1, warmup_steps=1)
    (recovered,) = subject.recoveries.recover(plan, corpus, 0, recipe=short)

    assert rise_by_merging(subject, recovered, ("word_problems",))["word_problems"].estimate == pytest.approx(
        0, abs=0.07
    )
    pruned = replace(tiny, model=apply_plan(tiny.model, plan))
    scaled = recover(pruned, corpus, recipe_named("norm"), 0, base=tiny.model)
    assert rise_by_merging(subject, scaled, ("word_problems",)) == {}


@pytest.mark.parametrize(
    "content", ['{"epochs": 3}', "[]", "{", '{"tokens": null}', '{"tokens": 0}', '{"tokens": "9"}']
)
def test_training_notes_of_another_trainer_say_nothing(tiny, tmp_path, content):
    """A training.json without tokens is no error; the share is simply not known."""
    (tmp_path / "training.json").write_text(content)
    elsewhere = replace(tiny, reference=replace(tiny.reference, location=str(tmp_path)))

    assert share_of_pretraining(elsewhere, 5) is None
    assert share_of_pretraining(tiny, 5) > 0
