"""What may be written on pytest's command line, and which tier a model is of."""

import argparse
import shutil
from types import SimpleNamespace

import pytest

import harness.subject  # noqa: F401  # else it would keep the `load_model` of these tests
from harness.errors import BadInput
from harness.models.reference import bundled
from harness.plugin.options import PREFIX, _add_all, tier_of
from harness.plugin.refusals import check_options

MANY = "9" * 20
BAD = {
    "--model": (
        ("nowhere/", "no such folder"),
        ("", "--model '': names no model"),
        ("cut", "--model cut: model.safetensors cannot be read, as where"),
    ),
    "--healed": (("nowhere/", "--healed nowhere/: no such folder"), ("cut", "--healed cut: model.safetensors cannot")),
    "--related": (("cut", "--related cut: model.safetensors cannot be read"),),
    "--data": (("nowhere", "--data nowhere: there is no such folder"),),
    "--cards": (("0", "--cards 0: expected a number of GPUs of at least 1"), ("2", "in a new process")),
    "--limit": (("0", "--limit 0: expected a number of items of at least 1"), (MANY, "at most 1,000,000")),
    "--tasks": (
        ("nothing", "--tasks nothing: task 'nothing' is unknown; known are"),
        ("facts,,code", "--tasks 'facts,,code': expected names of tasks with commas between them"),
    ),
    "--batch-tokens": (("0", "--batch-tokens 0: expected a number of tokens of at least 1"), (MANY, "at most")),
    "--thinking-tokens": (("0", "--thinking-tokens 0: expected a number of tokens of at least 1"), (MANY, "at most")),
    "--chat-template": (("nowhere", "--chat-template nowhere: there is no such file; expected `plain` or a file"),),
    "--method": (
        ("magic", "--method magic: unknown"),
        ("", "--method '': unknown"),
        ("drop:6-4", "--method drop:6-4: '6-4' in '6-4' is no layer or range"),
        ("drop:absent.yaml", "--method drop:absent.yaml: absent.yaml cannot be read (No such file or directory)"),
    ),
    "--ratio": (("25", "ratio 25.0 is not between 0 and 1"), (".01", "ratio 0.01 of 12 layers removes none")),
    "--calibration": (("pile", "'pile' is neither a corpus"), (f"c4:8x{MANY}", "tokens; expected at most 1,000,000")),
    "--report": (("file", "--report file: cannot be written (Not a directory)"),),
    "--store": (("file", "--store file: cannot be written (Not a directory)"),),
    "--corpus": (("nothing", "nothing"),),
    "--recipe": (("nothing", "nothing"),),
    "--training-seeds": (("0", "--training-seeds 0: expected a number of training runs of at least 1"),),
    "--recovery-examples": (("0", "--recovery-examples 0: expected a number of examples of at least 1"),),
    "--responses": (("0", "--responses 0: expected a number of answers of at least 1"),),
    "--drop-responses": (("nothing", "nothing"),),
    "--ray-address": (("10.0.0.1:6379", "--ray-address 10.0.0.1:6379: no Ray is used; add --executor ray"),),
    "--fresh": (("0", "0"), ("x", "x")),
    "--budget": (("soon", "--budget soon: expected minutes or hours, such as 20, 90m or 2h"),),
    "--device-profile": (("nowhere", "times of another machine are planned; add --plan"),),
    "--update-baseline": ((" ", "expected the reason in words"),),
}  # fmt: skip
"""Option -> values that cannot be used, and what is said of each."""
CHOSEN = {"--executor", "--dtype", "--looks", "--race", "--protocol", "--inconclusive", "--not-testable", "--thinking"}
"""Which argparse refuses by itself."""


def options():
    """Everything that pytest takes of ours."""
    parser = argparse.ArgumentParser()
    _add_all(parser.add_argument)
    return parser


@pytest.mark.parametrize(("option", "value", "said"), [(o, *row) for o, rows in BAD.items() for row in rows])
def test_a_value_that_cannot_be_used_is_refused_before_collection(option, value, said, tmp_path, monkeypatch):
    """It is named, and no model is loaded."""
    monkeypatch.setattr("harness.models.load.load_model", lambda *_, **__: pytest.fail("a model was loaded"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("x")
    shutil.copytree(bundled("tiny"), "cut")
    weights = tmp_path / "cut" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1_000_000])
    given = {PREFIX + name: found for name, found in vars(options().parse_args([f"{option}={value}"])).items()}
    config = SimpleNamespace(option=argparse.Namespace(**given, markexpr="", update_snapshots=False))

    with pytest.raises(BadInput) as refusal:
        check_options(config)
    assert said in str(refusal.value)
    assert value in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_share_is_no_percentage(capsys):
    """It says how to write one."""
    with pytest.raises(SystemExit):
        options().parse_args(["--ratio=25%"])
    assert "'25%': expected a share between 0 and 1, such as 0.25" in capsys.readouterr().err


def test_every_option_has_a_value_that_cannot_be_used():
    """A new one is given its own in this table."""
    valued = {action.option_strings[0] for action in options()._actions if action.nargs != 0}
    assert valued - CHOSEN == BAD.keys()


@pytest.mark.parametrize("asked", ["", "gpu", "small"])
def test_a_rung_of_the_ladder_is_of_the_tiny_tier(tmp_path, asked):
    """Whatever -m says: it knows no word of any other tier's tasks."""
    (tmp_path / "training.json").write_text('{"world": "mini-world"}')
    config = SimpleNamespace(option=SimpleNamespace(markexpr=asked))
    assert tier_of(config, str(tmp_path)) == "tiny"


@pytest.mark.parametrize(("asked", "tier"), [("", "small"), ("gpu", "gpu"), ("small", "small"), ("not gpu", "small")])
def test_any_other_folder_is_of_the_tier_that_is_asked_for(tmp_path, asked, tier):
    """A card that another trainer wrote changes nothing."""
    (tmp_path / "training.json").write_text('{"steps": 3}')
    config = SimpleNamespace(option=SimpleNamespace(markexpr=asked))
    assert tier_of(config, str(tmp_path)) == tier


@pytest.mark.parametrize(
    ("option", "given"),
    [("--plan", {"plan": True}), ("--budget", {"budget": "2h"}), ("--dry-run", {"dry_run": True}), ("-n", {})],
)
def test_what_a_cluster_cannot_do_is_refused(option, given):
    """A sentence says why, and what to leave out."""
    values = vars(options().parse_args(["--executor=ray"])) | given
    named = {PREFIX + name: value for name, value in values.items()}
    more = {"markexpr": "gpu", "update_snapshots": False, "numprocesses": 2 if option == "-n" else None}
    with pytest.raises(BadInput, match=f"--executor ray with {option}: .*, or leave --executor out"):
        check_options(SimpleNamespace(option=argparse.Namespace(**named, **more)))
