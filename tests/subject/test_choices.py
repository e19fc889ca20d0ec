"""Which layers a method chooses, and on what."""

import copy
import io
import re
import sys
from dataclasses import replace

import pytest

from harness.errors import BadInput
from harness.methods.rank import rank_layers
from harness.prune.plan import LayerPlan
from harness.subject import Subject
from harness.subject.hands import Hands
from harness.subject.variants import Variants
from harness.tasks.calibration import Calibration
from harness.tasks.outcome import Outcome, TaskResult
from harness.tasks.source import Bundled, source_of
from harness.tasks.suite import TASKS


@pytest.fixture(scope="module")
def subject(tiny):
    """The tiny model on sixteen items a task."""
    return Subject(tiny, "tiny", Bundled(), 16, None)


def test_a_method_is_asked_once_a_run(subject):
    """Its ranking is the same for every check, and a search may take hours."""
    asked = []
    mine = replace(subject, hands=Hands(rank=lambda *given: asked.append(given) or rank_layers(*given)))
    plans = [Subject.plan(of, "random", 0.4) for of in (mine, mine)]

    assert plans[0] == plans[1]
    assert len(asked) == 1


def test_a_ranking_shows_its_passes(tiny):
    """A method that looks at texts for hours says how long; one that looks at none says nothing."""
    shown = io.StringIO()
    subject = Subject(tiny, "tiny", Bundled(), None, None, progress=shown, shown=Calibration("gsm8k", 3))
    subject.ranking("magnitude_l1", 3)
    assert shown.getvalue() == ""

    subject.ranking("perplexity", 3)
    assert re.search(r"tiny perplexity forward passes: +0%.* 0/39 ", shown.getvalue())


def test_the_unpruned_model_keeps_its_selection_score(subject):
    """Its retention is one, and a plan without the first layer keeps next to nothing."""
    assert subject.choices.selection.score(subject.whole) == 1.0
    assert subject.choices.selection.score(LayerPlan.without((0,), 12)) < 0.5


def test_selection_items_are_no_test_items(subject):
    """Under the sound protocol every item comes from the selection split."""
    chosen = subject.choices.selection.base

    assert {len(result.outcomes) for result in chosen.values()} == {40}
    for task, result in chosen.items():
        tested = {str(item["id"]) for item in TASKS[task].load(Bundled(), "test")}
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
        return {names[0]: TaskResult(names[0], "number", 0.0, (Outcome("a", score, "right", ""),))}

    monkeypatch.setattr(Variants, "scorer", lambda self, plan: "base" if plan.changes_nothing else "pruned")
    hands = Hands(evaluate=evaluate)
    subject = Subject(tiny, tier, source_of(tier, None), None, None, protocol=protocol, hands=hands)

    assert subject.choices.selection.score(LayerPlan.without((3,), 12)) == pytest.approx(
        0.5 if len(expected) == 3 else 1.0
    )
    assert asked == {(task, {"gpu": 100, "small": 25}[tier]): split for task, split in expected.items()}


@pytest.mark.parametrize("fails", [False, True])
def test_a_method_that_changes_the_base_ends_the_run_before_anything_is_stored(tiny, monkeypatch, fails):
    """Answers of a broken base must not be filed as the base's, in this check or a later one, failing method or not."""
    import types

    import torch

    subject, weight = Subject(tiny, "tiny", Bundled(), 16, None), tiny.model.lm_head.weight

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
    subject = Subject(loaded, "tiny", Bundled(), 16, None)
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
    plan = Subject(loaded, "tiny", Bundled(), 16, None).plan("eager_method:looks", 0.25)

    assert len(plan.removed) == 3
    assert loaded.model.config._attn_implementation == kernel != "eager"


@pytest.mark.parametrize(
    ("switch", "back", "named"),
    [
        ("set_grad_enabled(False)", "set_grad_enabled(True)", "gradient mode"),
        ("set_default_dtype(torch.float64)", "set_default_dtype(torch.float32)", "default dtype"),
        ("set_float32_matmul_precision('medium')", "set_float32_matmul_precision('highest')", "precision of float32"),
    ],
)
def test_a_method_that_leaves_a_switch_of_torch_turned_ends_the_run(tiny, tmp_path, monkeypatch, switch, back, named):
    """Trainings and answers after it would be others, or a traceback."""
    import torch

    (tmp_path / "switching_method.py").write_text(
        f"import torch\ndef switches(n):\n    torch.{switch}\n    return range(n)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "switching_method", raising=False)
    subject = Subject(tiny, "tiny", Bundled(), 16, None)
    try:
        with pytest.raises(BadInput, match=f"changed the base model .*torch's {named}"):
            subject.plan("switching_method:switches", 0.25)
    finally:
        exec(f"torch.{back}", {"torch": torch})
