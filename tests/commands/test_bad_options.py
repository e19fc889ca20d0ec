"""Every option of every command, with values that cannot be used: one sentence, before anything is loaded."""

import argparse
import shutil
from pathlib import Path

import pytest

import harness.subject  # noqa: F401  # else it would keep the `load_model` of these tests
from harness.__main__ import COMMANDS, main
from harness.models.reference import bundled

ROOT = Path(__file__).parents[2]
MANY = "9" * 20
MODEL = (
    ("", "--model '': names no model; expected"),
    ("nowhere/", "--model nowhere/: no such folder; expected"),
    ("empty", "--model empty: the folder holds no config.json; expected"),
    ("file", "--model file: is a file, expected the folder"),
    ("a.gguf", "--model a.gguf: there is no such .gguf file; give"),
    ("begun.gguf", "--model begun.gguf: begins with b'x', and a .gguf file with b'GGUF'; fetch"),
    ("cut", "--model cut: model.safetensors cannot be read, as where a download broke off"),
    ("bare", "--model bare: the folder holds no model.safetensors; expected all weights"),
)
NEITHER = "is neither a corpus (gsm8k, wikitext2, c4) nor a file; write NAME or FILE"
BAD = {
    "--model": MODEL,
    "--data": (
        ("nowhere", "--data nowhere: there is no such folder; expected one laid out as docs/data.md says"),
        ("wrong", "wrong/math/gsm8k_test.jsonl.gz is truncated or no gzip file"),
    ),
    "--dtype": (("fp8", "invalid choice: 'fp8'"),),
    "--device-profile": (("abacus", "--device-profile abacus: times of another machine are planned; add --plan"),),
    "--budget": (("soon", "--budget soon: expected minutes or hours, such as 20, 90m or 2h"), (MANY, "at most a year")),
    "--cards": (
        ("0", "--cards 0: expected a number of GPUs of at least 1"),
        ("2", "in a new process; or leave it out"),
    ),
    "--limit": (("0", "--limit 0: expected a number of items of at least 1"), (MANY, "at most 1,000,000")),
    "--ratio": (
        ("25", "ratio 25.0 is not between 0 and 1; write"),
        ("nan", "ratio nan is not between 0 and 1"),
        ("25%", "argument --ratio: '25%': expected a share between 0 and 1, such as 0.25"),
        (".01", "ratio 0.01 of 12 layers removes none; use at least 0.09"),
    ),
    "--method": (
        ("magic", "--method magic: unknown; use one of"),
        ("no:f", "--method no:f: cannot be imported (No module named 'no'); expected package.module:function"),
    ),
    "--calibration": (("pile:3", NEITHER), (f"c4:{MANY}", "texts; expected at most 1,000,000")),
    "--texts": (("0", "--texts 0: expected a number of texts of at least 1"), (MANY, "at most 1,000,000")),
    "--thinking": (("maybe", "invalid choice: 'maybe'"),),
    "--thinking-tokens": (("0", "--thinking-tokens 0: expected a number of tokens of at least 1"), (MANY, "at most")),
    "--chat-template": (
        ("nowhere", "--chat-template nowhere: there is no such file; expected `plain` or a file with a Jinja template"),
        ("empty", "--chat-template empty: there is no such file"),
    ),
    "--seed": (("-1", "--seed -1: expected a whole number from 0 to 4294967295"), (MANY, "expected a whole number")),
    "--store": (
        ("file", "--store file: cannot be written (Not a directory); name another folder"),
        ("s3://", "argument --store: 's3://': names no bucket or folder; expected one, such as s3://bucket/prefix"),
        ("sftp://me:x@host/y", "a sftp:// URL with a password in it would stand in logs; leave it out"),
    ),
    "--root": (("empty", "expected"), ("nowhere", "expected")),
    "--json": (
        ("empty", "--json empty: expected a file, and this is a folder; name one in it"),
        ("nowhere/x", "--json nowhere/x: cannot be written (No such file or directory"),
    ),
    "--protocol": (("loose", "invalid choice: 'loose'"),),
    "--tier": (("large", "invalid choice: 'large'"),),
    # rank, noise, scoreboard
    "--task": (("nothing", "task 'nothing' is unknown; known are"),),
    # export
    "--drop": (
        ("99", "layer 99 does not exist; the model has layers 0 to 11"),
        ("9-3", "'9-3' in '9-3' is no layer or range; write layers like 22-29,31"),
        ("0-11", "all 12 layers are to be removed; at least one must stay"),
        ("3,3", "is named twice; name each"),
    ),
    "--plan": (
        ("nowhere", "--plan nowhere: there is no such file; expected a mergekit YAML"),
        ("file", "merge_method is 'str', expected 'passthrough'"),
    ),
    "--repair": (
        ("glue", "repair 'glue' is unknown; use one of bias, linear_patch, low_rank, norm, prune_and_comp, replace_me"),
        ("linear_patch", "cannot be exported: repair linear_patch puts a module of its own behind a layer"),
    ),
    "--adapter": (("empty", "--adapter empty: expected a peft folder with adapter_config.json"),),
    "--out": (
        ("full", "--out full exists and is not empty; name a new folder"),
        ("file", "--out file exists and is not empty"),
        ("file/x", "--out file/x: cannot be written (Not a directory"),
        ("/proc/x", "/proc is on no disk, and a folder cannot be made there; name another folder"),
    ),
    "--pdf": (("file", "--pdf file: cannot be written (Not a directory)"),),
    "--every-eval-ever": (("file", "--every-eval-ever file: cannot be written (Not a directory)"),),
    "--to": (("neptune", "invalid choice: 'neptune'"),),
    "--project": (("", "--project '': names no project; expected a name"),),
    "--scores": (("-1", "--scores -1: expected a number of items of at most 1,000,000, or 0 for none"),),
    # gpu-check
    "--part": (("all", "invalid choice: 'all'"),),
    "--minutes": (("0", "--minutes 0.0: expected more than 0"), ("inf", "--minutes inf: expected more than 0")),
    "--processes": (("0", "--processes 0: expected a number of processes of at least 1"), (MANY, "at most")),
    "--only": (("gap and", "--only gap and: expected not OR left parenthesis OR identifier; got end of input"),),
    # power
    "--claim": (("x", "claim 'x' has no design; known are"),),
    "--kind": (("x", "invalid choice: 'x'"),),
    "--looks": (("often", "invalid choice: 'often'"),),
    "--race": (("fast", "invalid choice: 'fast'"),),
    "--runs": (("0", "--runs 0: expected a number of runs of at least 1"), ("99999999999999", "of at most 1,000,000")),
    "--again": ((MANY, "of at most 1,000,000"), ("2", "--again 2: expected more runs than the 200 of --runs")),
    "--table": (("nowhere", "--table nowhere: expected a file that --json wrote"), ("file", "--table file: expected")),
    "--from": (("nowhere", "--from nowhere: expected a verdicts.json or a baseline"),),
    "--items": (("0", "--items 0: expected a number of items of at least 1"), (MANY, "of at most 1,000,000")),
    "--base": (("0", "--base 0.0: expected a share between 0 and 1"), ("nan", "--base nan: expected a share")),
    "--seeds": (("0", "--seeds 0: expected a number of training runs of at least 1"), (MANY, "of at most 1,000")),
    "--spread": (
        ("nan", "--spread nan: expected a standard deviation of retention, from 0 to 1"),
        ("9", "from 0 to 1"),
    ),
    # gate
    "--keeps": (
        ("0", "--keeps 0.0: expected a share above 0 and at most 1"),
        ("nan", "--keeps nan: expected a share"),
        ("95%", "argument --keeps: '95%': expected a share between 0 and 1"),
    ),
    "--metric": (("no", "--metric no: task 'a' has score; name"),),
    "--chance": (("x", "--chance x: expected"), ("a=2", "--chance a=2")),
    "--markdown": (("empty", "--markdown empty: expected a file, and this is a folder"),),
    "--junit": (("empty", "--junit empty: expected a file, and this is a folder"),),
    # depth
    "--most": (
        ("0", "--most 0: expected a number of layers of at least 1"),
        ("12", "--most 12: the model has 12 layers"),
    ),
    # bench
    "--row": (("nothing", "--row nothing: expected one of adapters, classification, "),),
    # machines
    "--methods": (("0", "--methods 0: expected a number of methods of at least 1"), (MANY, "of at most 10,000")),
    "--machines": (("0", "--machines 0: expected a number of machines of at least 1"), (MANY, "of at most 10,000")),
    "--price": (("nan", "--price nan: expected what a machine costs per hour"), ("-1", "--price -1.0: expected what")),
    # store
    "--item": (("3", "store show takes one --model REF, one --task NAME and one --item ID together"),),
    # ladder
    "--report": (("nowhere", "--report nowhere: holds no verdicts.json"), ("file", "--report file: holds no")),
    "--latex": (("empty", "--latex empty: expected a file, and this is a folder"),),
    "--html": (("empty", "--html empty: expected a file, and this is a folder"),),
    "--picture": (("empty", "--picture empty: expected a file, and this is a folder"),),
}
"""Option -> values that cannot be used, and what is said of each."""
OTHERWISE = {
    ("gpu-check", "--model"): (("gpt-2", "--model gpt-2: expected one of qwen2.5-7b, llama-3.1-8b"),),
    ("gate", "--task"): (("no", "'no'"),),
    # what is wrong with these is what was asked for (tests/upkeep)
    **{("doctor", option): () for option in ("--model", "--data", "--store")},
    ("store", "--store"): (("nowhere", "--store nowhere: there is no such folder"), ("empty", "holds no answers")),
}
GOOD = {
    "rank": ["--method", "greedy_task"],
    "scoreboard": ["--method", "reverse"],
    "export": ["--drop", "3", "--out", "new"],
    "gpu-check": ["--root", str(ROOT)],
    "power": ["--root", str(ROOT)],
    "ladder": ["--report", "empty"],
    "gate": ["table.csv"],
    "compare": ["tiny", "tiny"],
    "depth": ["tiny"],
    "merge": ["empty"],
    "machines": ["file"],
    "store": ["show"],
}
"""What each command needs or is given beside."""
GOOD_BESIDE = {("store", "--store"): ["ls"], ("store", "--json"): ["ls"], ("store", "--out"): ["export"]}
"""What some option needs instead."""


def valued(command):
    """The options of a command that take a value, each with whether that is a path."""
    parser = argparse.ArgumentParser(add_help=False)
    COMMANDS[command].add_arguments(parser)
    return {a.option_strings[0]: a.type for a in parser._actions if a.option_strings and a.nargs != 0}


CASES = [
    (command, option, value, sentence)
    for command in COMMANDS
    for option in valued(command)
    for value, sentence in OTHERWISE.get((command, option), BAD.get(option, ()))
]
PATHS = [
    (command, option)
    for command in COMMANDS
    for option, kind in valued(command).items()
    if getattr(kind, "__name__", "") in ("as_path", "as_store")
]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with everything that is wrong; whatever loads, measures or simulates fails the test."""
    for folder in ("empty", "baselines", "docs", "full/x", "wrong/math"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "file").write_text("x")
    (tmp_path / "table.csv").write_text("item,task,score,base\n1,a,1,1\n")
    (tmp_path / "begun.gguf").write_text("x")
    (tmp_path / "wrong/math/gsm8k_test.jsonl.gz").write_text("x")
    for name in ("cut", "bare"):
        shutil.copytree(bundled("tiny"), tmp_path / name)
    weights = tmp_path / "cut" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1_000_000])
    (tmp_path / "bare" / "model.safetensors").unlink()
    for work in ("models.load.load_model", "selfcheck.machine.measure_machine", "selfcheck.simulated.power.rates"):
        monkeypatch.setattr(f"harness.{work}", lambda *_, work=work, **__: pytest.fail(f"{work} was called"))
    monkeypatch.chdir(tmp_path)


def refused(capsys, *arguments):
    """What a command says of its arguments, which it must refuse."""
    try:
        code = main(arguments)
    except SystemExit as ended:  # argparse's own
        code = ended.code
    said = capsys.readouterr()
    assert code == COMMANDS[arguments[0]].bad_input
    assert said.out == ""
    return said.err.splitlines()[-1]


@pytest.mark.parametrize(("command", "option", "value", "sentence"), CASES)
def test_a_value_that_cannot_be_used_is_one_sentence(command, option, value, sentence, place, capsys):
    """It names the value and what was expected; nothing is loaded, measured or simulated before."""
    given = [*GOOD_BESIDE.get((command, option), GOOD.get(command, ())), f"{option}={value}"]
    if option == "--plan":
        given = ["--out", "new", f"--plan={value}"]

    assert sentence in refused(capsys, command, *given)


@pytest.mark.parametrize(("command", "option"), PATHS)
def test_an_empty_path_is_not_the_current_folder(command, option, place, capsys):
    """A variable of a script that was never set would have it written there."""
    assert f"{option}: '' names no file or folder; write . for the current one" in refused(
        capsys, command, *GOOD.get(command, ()), f"{option}="
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_has_a_value_that_cannot_be_used(command):
    """A new one is given its own in this table."""
    assert sorted(option for option in valued(command) if option not in BAD) == []
