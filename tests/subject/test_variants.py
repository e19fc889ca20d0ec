"""The base and its variants, each ready to answer."""

import copy
import json
import shutil
from dataclasses import replace

import pytest

from harness import load_model
from harness.models.reference import bundled
from harness.models.vocabulary import asked_with
from harness.prune.plan import parse_plan
from harness.subject import Subject
from harness.tasks.source import Bundled

ASKED = ("facts", "word_problems")


@pytest.fixture(scope="module")
def subject(tiny):
    """The tiny model on sixteen items a task."""
    return Subject(tiny, "tiny", Bundled(), 16, None)


def test_one_recovered_model_is_held_at_a_time(subject, tiny):
    """Recovered variants have weights of their own, and there are many in a run; pruned ones share the base's."""
    plan = subject.plan("reverse", 0.25)
    subject.evaluate(plan, ("facts",))
    for scale in (0.5, 0.25):
        model = copy.deepcopy(tiny.model)
        model.lm_head.weight.mul_(scale)
        subject.evaluate(replace(tiny, model=model, fingerprint=f"scaled by {scale}"), ("facts",))

    assert [key for key in subject.variants._scorers if isinstance(key, str)] == ["scaled by 0.25"]
    assert plan in subject.variants._scorers


def test_batches_can_be_made_smaller(tiny):
    """`--batch-tokens` bounds the batches of every variant, and never makes them larger."""
    few, many = (Subject(tiny, "tiny", Bundled(), 4, None, batch_tokens=n).variants.budgets() for n in (100, 10**9))

    assert few == (100, 100)
    assert many == Subject(tiny, "tiny", Bundled(), 4, None).variants.budgets()


def test_scores_of_a_plan_with_units_are_its_own(subject):
    """A variant without an attention is another variant than one without the whole layer."""
    plans = [parse_plan(text, 12) for text in ("4", "attn4", "mlp4")]
    assert len({subject.variants.fingerprint(plan) for plan in plans}) == 3
    assert all(subject.evaluate(plan, ("facts",))["facts"].outcomes for plan in plans)


@pytest.fixture(scope="module")
def reordered(tmp_path_factory):
    """The tiny model with its words in another order: the same function of text, with a tokenizer of its own."""
    from safetensors.torch import load_file, save_file

    folder = tmp_path_factory.mktemp("reordered") / "model"
    shutil.copytree(bundled("tiny"), folder)
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    first, size = len(tokenizer["added_tokens"]), len(tokenizer["model"]["vocab"])
    place = [*range(first), *reversed(range(first, size))]  # where an id goes; its own inverse
    words = tokenizer["model"]["vocab"]
    tokenizer["model"]["vocab"] = {word: index for index, word in sorted((place[i], word) for word, i in words.items())}
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    tensors = load_file(folder / "model.safetensors")
    tensors["model.embed_tokens.weight"] = tensors["model.embed_tokens.weight"][place].contiguous()
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    return load_model(str(folder))


def test_another_checkpoint_is_asked_with_its_own_tokenizer(subject, reordered):
    """The same function with another order of its vocabulary scores the same, item by item."""
    own, theirs = (subject.evaluate(variant, ASKED) for variant in (subject.whole, reordered))

    assert {task: result.scores for task, result in theirs.items()} == {
        task: result.scores for task, result in own.items()
    }
    assert sum(sum(result.scores) for result in own.values()) > 16  # half of all at least, so equal zeros prove nothing


def test_equal_weights_with_another_tokenizer_are_another_variant(subject, tiny, reordered):
    """A variant is not answered for by one of the same weights that is asked in other words."""
    mixed = replace(tiny, tokenizer=reordered.tokenizer)
    right, wrong = (subject.evaluate(variant, ASKED)["word_problems"].mean for variant in (tiny, mixed))

    assert right > 0.5 > wrong


def test_whose_words_a_checkpoint_is_asked_in_is_said(tiny, reordered):
    """The row names tokenizer and template, each apart."""
    base = replace(tiny, tokenizer=copy.deepcopy(tiny.tokenizer))
    base.tokenizer.chat_template = "{{ messages[0].content }}"

    assert asked_with(tiny, tiny) == "the same tokenizer, the same chat template"
    assert asked_with(reordered, tiny) == "tokenizer of its own, the same chat template"
    assert asked_with(base, tiny) == "the same tokenizer, chat template of its own"
