"""The model under test: what it measures about itself."""

import copy
import io
import json
import re
import shutil
import sys
from dataclasses import replace

import pytest

import harness.subject
from harness import load_model
from harness.errors import BadInput
from harness.models.reference import bundled
from harness.models.vocabulary import asked_with
from harness.prune.plan import LayerPlan, parse_plan
from harness.recover.corpora import DEFAULTS
from harness.recover.corpus import sample
from harness.recover.recipe import recipe_named
from harness.recover.recover import recover
from harness.score.scorer import Scorer
from harness.subject import Subject
from harness.tasks.calibration import Calibration
from harness.tasks.outcome import Outcome, TaskResult
from harness.tasks.suite import TASKS, several_digits
from harness.text.encode import rendered
from harness.text.requests import GenerationRequest
from harness.text.thoughts import Thinking

ASKED = ("facts", "word_problems")


@pytest.fixture(scope="module")
def subject(tiny):
    """The tiny model on sixteen items a task."""
    return Subject(tiny, "tiny", None, 16, None)


def test_numerics_flip_few_scores_of_the_tiny_model(subject):
    """Asked one at a time nothing flips; bfloat16 may flip some."""
    rates = subject.flip_rates(subject.evaluate(subject.whole, ASKED))

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

    monkeypatch.setattr(harness.subject, "Scorer", Noted)
    subject = Subject(tiny, "tiny", None, 2, tmp_path)
    subject.flip_rates(subject.evaluate(subject.whole, ["facts"]))

    _, recast, _ = asked
    assert (str(recast.dtype), str(recast.model.rotary_emb.inv_freq.dtype)) == ("torch.bfloat16", "torch.float32")
    other = load_model("tiny", dtype="bfloat16").fingerprint
    kept = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.jsonl")}
    assert kept == {f"{tiny.fingerprint}.jsonl", f"{other}.jsonl", f"one-at-a-time/{tiny.fingerprint}.jsonl"}


def test_a_score_that_differs_is_a_flip(subject):
    """Answers that say the opposite of every item flip all of them."""
    base = subject.evaluate(subject.whole, ("facts",))
    turned = replace(base["facts"], outcomes=tuple(replace(o, score=1 - o.score) for o in base["facts"].outcomes))

    assert subject.flip_rates({"facts": turned})["facts"]["one at a time"] == 1.0


def test_what_variants_cost_is_said_of_one_of_each_size(tiny):
    """The base and those asked since the check began; of equal ones the first. Without timing nothing has a speed."""
    subject = Subject(tiny, "tiny", None, 2, None)
    for text in ("3,4", "5,6", "1-4"):
        subject.evaluate(parse_plan(text, subject.loaded.depth), ["facts"])
    subject.evaluate(subject.whole, ["facts"])
    found = subject.cost_beside(timed=False)

    assert found.keys() == {"base", f"without {parse_plan('3,4', 12).describe()}", "without 1-4"}
    assert found["base"].parameters == tiny.model.num_parameters()
    assert all(cost.decode is None for cost in found.values())
    timed = subject.cost_beside(timed=True)
    assert all(cost.prefill > 0 and cost.decode > 0 for cost in timed.values())
    subject.plans_asked.clear()
    assert subject.cost_beside(timed=False).keys() == {"base"}


def test_merging_is_measured_for_adapters_only(subject, tiny):
    """In float32 folding the adapter changes no score; recipes without one have nothing to fold."""
    plan = subject.plan("reverse", 0.25)
    corpus = subject.corpus("gold-word-problems")
    short = replace(recipe_named("tiny"), epochs=0.1, warmup_steps=1)
    (recovered,) = subject.recover(plan, corpus, 0, recipe=short)

    assert subject.rise_by_merging(recovered, ("word_problems",))["word_problems"].estimate == pytest.approx(
        0, abs=0.07
    )
    scaled = recover(replace(tiny, model=recovered.model), corpus, recipe_named("norm"), 0, base=tiny.model)
    assert subject.rise_by_merging(scaled, ("word_problems",)) == {}


def test_a_run_inside_its_warm_up_is_no_recovery(subject):
    """Too few examples for the recipe are refused before anything is trained."""
    few = sample(subject.corpus("gold-word-problems"), 64, 0)

    with pytest.raises(BadInput, match=r"64 examples is over after 2 steps, .* use at least 512 examples"):
        subject.recover(subject.plan("reverse", 0.25), few, 0, recipe=recipe_named("last-layers"))


@pytest.mark.parametrize("on", [False, True])
def test_a_recovery_learns_after_the_prompts_that_are_asked(tiny, monkeypatch, on):
    """A model that is told to think is told so in training, too."""
    tokenizer = copy.deepcopy(tiny.tokenizer)
    tokenizer.chat_template += "{% if enable_thinking %} tom has {% endif %}"
    subject = Subject(replace(tiny, tokenizer=tokenizer), "tiny", None, 4, None, thinking=Thinking(on=on))
    corpus = sample(subject.corpus("gold"), 200, 0)
    seen = []
    monkeypatch.setattr("harness.recover.recover._trained", lambda _, examples, *__: seen.extend(examples) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        subject.recover(subject.plan("reverse", 0.25), corpus, 0)
    scorer = subject._scorer(subject.whole)
    requests = [scorer._thinking(GenerationRequest(example.prompt, 4)) for example in corpus.examples]

    assert [example.ids[: example.prompt_tokens] for example in seen] == [
        rendered(request, tokenizer)[0] for request in requests
    ]
    assert ("<assistant> tom has " in tokenizer.decode(seen[0].ids)) is on


def test_a_corpus_is_refused_before_anything_is_generated(subject, tmp_path):
    """Too few examples, and prompts that are test items, are known from the file alone."""
    few = replace(subject, recovery=replace(subject.recoveries, examples=5))
    with pytest.raises(BadInput, match="recipe tiny on 5 examples is over after 1 steps, before it has warmed up; use"):
        few.corpus("gold-word-problems")

    (prompt, *_), path = subject._test_prompts(), tmp_path / "c.jsonl"
    rows = [{"question": f"what is {n} + 1 ?", "answer": "2"} for n in range(200)] + [
        {"question": prompt, "answer": "2"}
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(BadInput, match=r"corpus c: 1 of its 201 prompts are test items \(first: 200\)"):
        subject.corpus(str(path))


@pytest.fixture
def cramped(monkeypatch):
    """A machine that cannot hold the training of all weights, even of the tiny model."""
    monkeypatch.setattr("harness.recover.memory.memory_of", lambda device: 40_000_000)


def test_a_model_that_cannot_be_trained_whole_is_refused_before_anything_is_generated(subject, cramped):
    """The numbers are in the sentence, and the corpus is asked for before any answer is."""
    whole = replace(subject, recovery=replace(subject.recoveries, recipe="tiny-full"))
    with pytest.raises(
        BadInput, match=r"recipe tiny-full trains all weights, and 1.8 M take 0.046\d GB .* cpu has 0.04 GB"
    ):
        whole.corpus("gold-word-problems", ratio=0.25)


def test_the_aligned_run_trains_all_weights_where_it_can(subject):
    """As in the paper since its version 4, on every tier."""
    recipe, said = subject.aligned_recipe(0.25)

    assert (recipe.name, said) == ("tiny-full", "tiny-full")
    assert {recipe_named(defaults.aligned_recipe).trains for defaults in DEFAULTS.values()} == {"full"}


def test_the_aligned_run_says_why_it_trains_something_else(subject, cramped):
    """A machine too small for all weights does not end the check: the row says what was done instead."""
    recipe, said = subject.aligned_recipe(0.25)

    assert recipe == recipe_named("tiny")
    assert said.startswith("tiny, since recipe tiny-full trains all weights, and 1.8 M take ")


def test_one_recovered_model_is_held_at_a_time(subject, tiny):
    """Recovered variants have weights of their own, and there are many in a run; pruned ones share the base's."""
    plan = subject.plan("reverse", 0.25)
    subject.evaluate(plan, ("facts",))
    for scale in (0.5, 0.25):
        model = copy.deepcopy(tiny.model)
        model.lm_head.weight.mul_(scale)
        subject.evaluate(replace(tiny, model=model, fingerprint=f"scaled by {scale}"), ("facts",))

    assert [key for key in subject._scorers if isinstance(key, str)] == ["scaled by 0.25"]
    assert plan in subject._scorers


def test_a_method_is_asked_once_a_run(subject, monkeypatch):
    """Its ranking is the same for every check, and a search may take hours."""
    asked = []
    real = harness.subject.rank_layers
    monkeypatch.setattr(harness.subject, "rank_layers", lambda *given: asked.append(given) or real(*given))
    plans = [Subject.plan(of, "random", 0.4) for of in (subject, subject)]

    assert plans[0] == plans[1]
    assert len(asked) == 1


def test_a_ranking_shows_its_passes(tiny):
    """A method that looks at texts for hours says how long; one that looks at none says nothing."""
    shown = io.StringIO()
    subject = Subject(tiny, "tiny", None, None, None, progress=shown, shown=Calibration("gsm8k", 3))
    subject.ranking("magnitude_l1", 3)
    assert shown.getvalue() == ""

    subject.ranking("perplexity", 3)
    assert re.search(r"tiny perplexity forward passes: +0%.* 0/39 ", shown.getvalue())


def test_batches_can_be_made_smaller(tiny):
    """`--batch-tokens` bounds the batches of every variant, and never makes them larger."""
    few, many = (Subject(tiny, "tiny", None, 4, None, batch_tokens=n)._budgets() for n in (100, 10**9))

    assert few == (100, 100)
    assert many == Subject(tiny, "tiny", None, 4, None)._budgets()


def test_the_unpruned_model_keeps_its_selection_score(subject):
    """Its retention is one, and a plan without the first layer keeps next to nothing."""
    assert subject.selection_score(subject.whole) == 1.0
    assert subject.selection_score(LayerPlan.without((0,), 12)) < 0.5


def test_selection_items_are_no_test_items(subject):
    """Under the sound protocol every item comes from the selection split."""
    chosen = subject._selected(subject.whole)

    assert {len(result.outcomes) for result in chosen.values()} == {40}
    for task, result in chosen.items():
        tested = {str(item["id"]) for item in TASKS[task].load(None, "test")}
        assert not {outcome.item_id for outcome in result.outcomes} & tested


@pytest.mark.parametrize(
    ("tier", "protocol", "expected"),
    [
        ("gpu", "paper", {"gsm8k": "selection", "human_eval_plus": "test", "xsum": "selection"}),
        ("gpu", "sound", {"gsm8k": "selection"}),
        ("small", "paper", {"gsm8k": "selection"}),
    ],
)
def test_the_papers_protocol_selects_on_the_papers_tasks(tiny, monkeypatch, tier, protocol, expected):
    """HumanEval+ problems, which are test items too, are looked at only there; retention is a mean over tasks."""
    asked = {}

    def evaluate(names, scorer, data, limit, seed, split):
        asked.update({(name, limit): split for name in names})
        score = 0.5 if scorer == "base" else {"gsm8k": 0.5, "human_eval_plus": 0.25, "xsum": 0.0}[names[0]]
        return {names[0]: TaskResult(names[0], "generative", 0.0, (Outcome("a", score, "right", ""),))}

    monkeypatch.setattr(harness.subject, "evaluate", evaluate)
    monkeypatch.setattr(Subject, "_scorer", lambda self, plan: "base" if plan.changes_nothing else "pruned")
    subject = Subject(tiny, tier, None, None, None, protocol=protocol)

    assert subject.selection_score(LayerPlan.without((3,), 12)) == pytest.approx(0.5 if len(expected) == 3 else 1.0)
    assert asked == {(task, {"gpu": 100, "small": 25}[tier]): split for task, split in expected.items()}


def test_several_digits_need_a_folder(real_data):
    """Without one there is no copy to read; with one the four files are tasks."""
    assert several_digits(None) == ()
    assert len(several_digits(real_data)) == 4


def test_selection_never_looks_at_test_items(subject):
    """What a searching method is scored on is in no test set, and the unpruned model keeps all of its score."""
    chosen = subject._selected(subject.whole)

    assert subject.selection_score(subject.whole) == 1.0
    assert 0.0 < subject.selection_score(LayerPlan.without(range(4, 12), 12)) < 0.5
    for task, result in chosen.items():
        assert not {o.item_id for o in result.outcomes} & {item["id"] for item in TASKS[task].load(None, "test")}


def test_scores_of_a_plan_with_units_are_its_own(subject):
    """A variant without an attention is another variant than one without the whole layer."""
    plans = [parse_plan(text, 12) for text in ("4", "attn4", "mlp4")]
    assert len({subject.fingerprint(plan) for plan in plans}) == 3
    assert all(subject.evaluate(plan, ("facts",))["facts"].outcomes for plan in plans)


@pytest.mark.parametrize("fails", [False, True])
def test_a_method_that_changes_the_base_ends_the_run_before_anything_is_stored(tiny, monkeypatch, fails):
    """Answers of a broken base must not be filed as the base's, in this check or a later one, failing method or not."""
    import types

    import torch

    subject, weight = Subject(tiny, "tiny", None, 16, None), tiny.model.lm_head.weight

    def breaks(loaded, n, calibration, seed):
        loaded.model.lm_head.weight.data.neg_()
        return range(n) if not fails else 1 / 0

    module = types.ModuleType("breaking_method")
    module.breaks = breaks
    monkeypatch.setitem(__import__("sys").modules, "breaking_method", module)
    before = weight.clone()
    with pytest.raises(BadInput, match=r"method breaking_method:breaks changed the base model .weights of "):
        subject.plan("breaking_method:breaks", 0.25)
    with pytest.raises(BadInput, match="nothing after it can be trusted"):
        subject.evaluate(subject.whole, ("facts",))
    weight.data.neg_()
    assert torch.equal(weight, before)


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


@pytest.mark.parametrize(
    "content", ['{"epochs": 3}', "[]", "{", '{"tokens": null}', '{"tokens": 0}', '{"tokens": "9"}']
)
def test_training_notes_of_another_trainer_say_nothing(tiny, tmp_path, content):
    """A training.json without tokens is no error; the share is simply not known."""
    (tmp_path / "training.json").write_text(content)
    elsewhere = replace(tiny, reference=replace(tiny.reference, location=str(tmp_path)))

    assert Subject(elsewhere, "tiny", None, 16, None).share_of_pretraining(5) is None
    assert Subject(tiny, "tiny", None, 16, None).share_of_pretraining(5) > 0


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ("tokenizer.add_tokens(['[PAD]'])", "vocabulary of the tokenizer"),
        ("tokenizer.bos_token = None", "special tokens of the tokenizer"),
        ("tokenizer.chat_template = ''", "chat template of the tokenizer"),
        ("tokenizer.padding_side = 'no'", "padding side of the tokenizer"),
        ("model.generation_config.eos_token_id = 9", "generation_config.eos_token_id"),
        ("model.model.rotary_emb.inv_freq.mul_(2)", "weights of model.rotary_emb.inv_freq"),
        ("model.train()", "training mode of the model"),
    ],
)
def test_a_method_that_changes_what_answers_depend_on_ends_the_run(tiny, tmp_path, monkeypatch, change, part):
    """The tokenizer, the generation config, buffers and modes as well as the weights."""
    loaded = replace(tiny, model=copy.deepcopy(tiny.model), tokenizer=copy.deepcopy(tiny.tokenizer))
    (tmp_path / "tampering_method.py").write_text(
        f"def tampers(loaded, n, calibration, seed):\n    loaded.{change}\n    return range(n)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "tampering_method", raising=False)
    subject = Subject(loaded, "tiny", None, 16, None)
    with pytest.raises(BadInput, match=f"method tampering_method:tampers changed the base model .*{part}"):
        subject.plan("tampering_method:tampers", 0.25)
    with pytest.raises(BadInput, match="nothing after it can be trusted"):
        subject.evaluate(subject.whole, ("facts",))


def test_another_attention_kernel_is_put_back(tiny, tmp_path, monkeypatch):
    """Attention weights need the eager kernel; a method that asked for it decides, and the run goes on as it was."""
    loaded = replace(tiny, model=copy.deepcopy(tiny.model))
    (tmp_path / "eager_method.py").write_text(
        "def looks(loaded, n, calibration, seed):\n"
        "    loaded.model.set_attn_implementation('eager')\n"
        "    ids = loaded.tokenizer('tom', return_tensors='pt').input_ids\n"
        "    return sorted(range(loaded.depth), key=lambda i: float(\n"
        "        loaded.model(ids, output_attentions=True).attentions[i].std()))[:n]\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    kernel = loaded.model.config._attn_implementation
    plan = Subject(loaded, "tiny", None, 16, None).plan("eager_method:looks", 0.25)

    assert len(plan.removed) == 3
    assert loaded.model.config._attn_implementation == kernel != "eager"
