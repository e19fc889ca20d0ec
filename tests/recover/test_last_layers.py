"""Training the last layers, as Lu et al. do."""

import dataclasses

import pytest

from harness.recover.corpus import Corpus, Example
from harness.recover.recipe import recipe_named, with_last_layers
from harness.recover.recover import recover, recover_along
from harness.recover.watch import Watch


@pytest.fixture
def rates(monkeypatch):
    """The learning rate of every step that is trained while the test runs."""
    seen = []
    between = Watch.between

    def noting(watch, trained, steps):
        if steps + watch.course.done < watch.course.steps:
            seen.append(trained.schedule.get_last_lr()[0])
        between(watch, trained, steps)

    monkeypatch.setattr(Watch, "between", noting)
    return seen


def test_the_published_last_layers_fall_to_nothing(variant, corpus, short, rates):
    """Lu et al. use the Trainer's default: up over the warm-up, then down in a line over the rest of the run."""
    recover(variant, corpus, short("last-layers", learning_rate=1.0, warmup_share=1.0, accumulation=1), 0)

    assert rates == pytest.approx([0.0, 1.0, 0.8, 0.6, 0.4, 0.2])


def test_a_falling_rate_goes_on_where_a_stopped_run_was(variant, corpus, short, tmp_path, rates, monkeypatch):
    """The schedule is the whole run's, not that of the steps left to the second process."""
    recipe = short("last-layers", warmup_share=1.0, accumulation=1, epochs=4.0)
    whole = recover(variant, corpus, recipe, 0)
    expected, rates[:] = list(rates), []
    monkeypatch.setattr("harness.recover.watch.EVERY_SECONDS", 0.0)

    def stop(step, *_):
        if step == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recover(variant, corpus, recipe, 0, store=tmp_path, progress=stop)
    resumed = recover(variant, corpus, recipe, 0, store=tmp_path)

    assert resumed.fingerprint == whole.fingerprint
    assert rates == pytest.approx([*expected[:7], *expected[5:]])


def test_runs_of_unlike_length_with_a_falling_rate_are_no_beginnings(variant, corpus, short, tmp_path):
    """Half of a long run is not the short run, so neither is read for the other."""
    one, two = (
        dataclasses.replace(short("last-layers", warmup_share=1.0, accumulation=1), epochs=epochs)
        for epochs in (1.0, 2.0)
    )
    recover_along(variant, corpus, two, 0, at=(0.5, 1.0), store=tmp_path)

    assert recover(variant, corpus, one, 0).fingerprint == recover(variant, corpus, one, 0, store=tmp_path).fingerprint


def test_the_published_last_layers_run_on_the_small_tiers_corpus(variant, short):
    """A third of its examples is longer than 256 tokens; they are cut, as published, and the record counts them."""
    long = Example("l", "what is 3 + 4 ?", "seven " * 300)
    texts = Corpus("c", tuple(Example(str(n), f"what is {n} + 4 ?", f"{n + 4}") for n in range(8)) + (long,) * 4)
    recovered = recover(variant, texts, short("last-layers", accumulation=1), 0)

    assert (recovered.recovery.examples, recovered.recovery.left_out, recovered.recovery.cut) == (12, 0, 4)


def test_the_last_layers_train_on_the_same_schedule():
    """`with_last_layers` changes what is trained and nothing else; the tiny one is the recipe of that name."""
    assert with_last_layers(recipe_named("tiny")) == recipe_named("tiny-last-layers")
    assert with_last_layers(recipe_named("paper")).learning_rate == recipe_named("paper").learning_rate
