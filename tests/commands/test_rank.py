"""`python -m harness rank`."""

import argparse
import re
import subprocess
import sys

import pytest

import harness.__main__
from harness import load_model
from harness.__main__ import main
from harness.commands.command import Command
from harness.commands.rank import rendered
from harness.errors import BadInput
from harness.methods.method import METHODS, Method, Ranking, declare
from harness.models.passes import Passes
from harness.models.reference import bundled
from harness.prune.plan import LayerPlan
from harness.score.ledger import Cost
from harness.text.thoughts import Thinking


def with_template(loaded, template):
    """A model whose tokenizer has another template."""
    loaded.tokenizer.chat_template = template
    return loaded


COST = Cost(seconds=12.34, peak_memory_bytes=3 * 2**29)


def test_scores_plan_and_cost_are_printed(capsys, tmp_path):
    """One line a layer with its score and its turn, the plan, and what it took."""
    assert main(["rank", "--method", "block_influence", "--ratio", "0.25", "--store", str(tmp_path)]) == 0
    printed = capsys.readouterr().out

    title, scores, plan, cost = printed.strip().split("\n\n")
    assert title == "tiny, block_influence: 3 of 12 layers, seed 0"
    assert scores.splitlines()[0].split() == ["layer", "score", "goes"]
    assert [line.split()[0] for line in scores.splitlines()[1:]] == [str(layer) for layer in range(12)]
    assert sorted(line.split()[2] for line in scores.splitlines() if len(line.split()) == 3) == ["1", "2", "3", "goes"]
    assert plan.startswith("plan: ")
    # the peak is of the process, whose other tests may have needed more
    assert re.search(r" 64 forward passes over 4,808 tokens, peak memory [\d.]+ (MB|GB)\b", cost)


def test_a_search_prints_its_steps():
    """One line a step; layers in the order in which they went."""
    ranking = Ranking((7, 2), None, "m", LayerPlan.without((7, 2), 12), (("7", 0.98765432), ("2,7", 0.5)))

    assert rendered("title", ranking, Passes(1234, 56789), COST) == (
        "title\n\n"
        "step  without     score\n"
        "   1        7  0.987654\n"
        "   2      2,7       0.5\n\n"
        "plan: 2,7 (in the order 7, 2)\n\n"
        "cost: 12.3 s, 1,234 forward passes over 56,789 tokens, peak memory 1.61 GB\n"
    )


def test_texts_can_be_chosen_and_are_named(capsys, tmp_path):
    """A file of the user's: 4 texts of 10 tokens, each once; the output says which, and what was in them."""
    notes = tmp_path / "notes.txt"
    notes.write_text("the capital of north velland is kabra . " * 20)
    command = ["rank", "--method", "block_influence_pooled", "--store", str(tmp_path / "store"), "--calibration"]
    assert main([*command, f"{notes}:4x10"]) == 0

    printed = capsys.readouterr().out
    assert re.search(r"^plan: .*\ncalibrated on: notes\.txt@[0-9a-f]{8}:4x10 [0-9a-f]{8}$", printed, re.MULTILINE)
    assert " 4 forward passes over 40 tokens" in printed
    assert main([*command, f"{notes}:40x10"]) == 2
    assert "40 texts of 10 tokens are asked for" in capsys.readouterr().err


def test_a_search_may_be_given_fewer_texts(capsys, tmp_path):
    """Each of the 2 texts once whole, and once without each of the 12 layers."""
    assert main(["rank", "--method", "perplexity", "--texts", "2", "--store", str(tmp_path)]) == 0

    assert " 26 forward passes over " in capsys.readouterr().out


def test_a_method_that_runs_nothing_ran_nothing(capsys, tmp_path, monkeypatch):
    """The base is looked at before and after a method of another package; that is none of its cost."""
    (tmp_path / "runs_nothing.py").write_text("def first(loaded, n, calibration, seed):\n    return range(n)\n")
    monkeypatch.syspath_prepend(tmp_path)

    assert main(["rank", "--method", "runs_nothing:first", "--store", str(tmp_path)]) == 0
    assert " 0 forward passes over 0 tokens" in capsys.readouterr().out


@pytest.mark.parametrize(("tier", "expected"), [((), "small"), (("--tier", "gpu"), "gpu")])
def test_a_real_model_gets_the_texts_of_its_tier(monkeypatch, tmp_path, tier, expected):
    """Those of the small tier on a CPU; `--tier` asks for the others on any machine."""
    seen = []

    def ranking(subject, *_):
        seen.append(subject.tier)
        raise BadInput("that is enough")

    monkeypatch.setattr("harness.subject.Subject.ranking", ranking)
    main(["rank", "--method", "reverse", "--model", str(bundled("tiny")), "--store", str(tmp_path), *tier])

    assert seen == [expected]


@pytest.mark.parametrize(("method", "said"), [("mine", "thinking: on (7 tokens)\n"), ("reverse", "")])
def test_a_model_thinks_over_selection_items_where_it_is_told_to(capsys, tmp_path, monkeypatch, method, said):
    """The switch reaches the scorer that rates plans, and the output says it where that decided."""
    seen = []

    def rated(selection, plan):
        seen.append(selection.variants.scorer(plan).thinking)
        return 1.0

    monkeypatch.setitem(
        METHODS,
        "mine",
        declare("task_scores")(lambda loaded, n, _, __, score: range(int(score(LayerPlan.full(loaded.depth))) * n)),
    )
    monkeypatch.setattr("harness.subject.selection.Selection.kept", rated)
    template = "{{ messages[0].content }}{% if enable_thinking %}<think>{% endif %}"
    monkeypatch.setattr(
        "harness.models.load.load_model", lambda *_, load=load_model, **__: with_template(load("tiny"), template)
    )
    command = ["rank", "--method", method, "--store", str(tmp_path), "--thinking", "on", "--thinking-tokens", "7"]
    assert main(command) == 0

    assert said in capsys.readouterr().out
    assert seen == [Thinking(on=True, tokens=7)] * bool(said)


@pytest.mark.parametrize(
    "command",
    [
        ["rank", "--method", "reverse", "--store", "{}"],
        ["scoreboard", "--root", "{}"],
        ["export", "--drop", "3", "--out", "{}/out", "--scores", "1"],
    ],
)
@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--thinking", "on"], "--thinking on: the chat template of tiny has no switch"),
        (["--thinking-tokens", "0"], "--thinking-tokens 0: expected a number of tokens of at least 1"),
    ],
)
def test_a_model_that_knows_no_thoughts_is_told_so_by_every_command(capsys, tmp_path, command, options, sentence):
    """In a sentence, before anything is asked."""
    for folder in ("baselines", "docs"):
        (tmp_path / folder).mkdir()
    assert main([part.format(tmp_path) for part in command] + options) == 2
    assert sentence in capsys.readouterr().err


def test_the_dtype_of_the_weights_may_be_named(capsys, tmp_path, monkeypatch):
    """`--dtype` reaches the model that the method is given."""
    seen = []
    noted = Method("noted", lambda loaded: seen.append(loaded.model.dtype) or [1, 2, 3], needs="nothing")
    monkeypatch.setitem(METHODS, "noted", noted)
    assert main(["rank", "--method", "noted", "--dtype", "bfloat16", "--store", str(tmp_path)]) == 0

    assert [str(dtype) for dtype in seen] == ["torch.bfloat16"]


def test_a_plan_of_units_has_no_order():
    """Units and blends are named in the plan."""
    plan = LayerPlan.without_units([(1, "attn"), (4, "mlp")], 6)

    assert "plan: attn1,mlp4\n" in rendered("title", Ranking((), None, "m", plan), Passes(), COST)


def test_methods_that_look_at_nothing_need_no_texts(capsys, tmp_path, monkeypatch):
    """A position is known without calibration data, which a real model would need a folder or the hub for."""
    monkeypatch.setattr("harness.subject.choices.calibration_texts", lambda *_: pytest.fail("texts were asked for"))
    assert main(["rank", "--method", "reverse", "--ratio", "0.2", "--store", str(tmp_path)]) == 0

    assert "plan: 10-11 (in the order 11, 10)\n\ncost: " in capsys.readouterr().out


def test_what_a_method_refuses_is_one_sentence_and_exit_code_2(capsys):
    """No traceback, nothing on stdout."""
    assert main(["rank", "--method", "perplexity_guarded", "--ratio", "0.6"]) == 2

    out, err = capsys.readouterr()
    assert out == ""
    assert "perplexity_guarded keeps the first 4 and the last 2" in err
    assert err.startswith("python -m harness rank: ")
    assert "Traceback" not in err


@pytest.mark.parametrize("arguments", [[], ["--help"], ["rank", "--help"], ["rank"]])
def test_help_and_usage_import_no_torch(arguments):
    """Asking how to use it answers at once."""
    code = (
        "import sys, harness.__main__ as m\n"
        f"try: m.main({arguments})\n"
        "except SystemExit as stop: print(stop.code, 'torch' in sys.modules, 'transformers' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == f"{0 if '--help' in arguments else 2} False False"


def test_another_command_is_one_more_entry(monkeypatch, capsys):
    """A command brings its summary, arguments and what it does."""

    def run(arguments: argparse.Namespace) -> None:
        if arguments.where == "nowhere":
            raise BadInput("there is no nowhere")
        sys.stdout.write(f"to {arguments.where}\n")

    command = Command("Say where.", lambda parser: parser.add_argument("where"), run)
    monkeypatch.setitem(harness.__main__.COMMANDS, "go", command)

    assert main(["go", "there"]) == 0
    assert main(["go", "nowhere"]) == 2
    assert capsys.readouterr() == ("to there\n", "python -m harness go: there is no nowhere\n")
