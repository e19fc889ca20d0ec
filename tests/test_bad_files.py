"""Whatever a file holds that a user names: one sentence with its name, before any work, and nothing is written.

Every file that a command, a model folder or a data folder is read from, crossed with contents that are none of its own;
and an environment in which every variable that anybody reads is nonsense.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import harness.subject  # noqa: F401  # else it would keep the `load_model` of these tests
from harness.__main__ import COMMANDS, main
from harness.arguments import require_data
from harness.conform.measured import stored
from harness.errors import BadInput
from harness.export.adapter import with_adapter
from harness.foresee.rates import profile_of
from harness.models.load import load_model
from harness.models.reference import bundled
from harness.report import noise
from harness.report.baseline import read_baseline
from harness.tasks.layouts import LAYOUTS

ROOT = Path(__file__).parents[1]
CONTENTS = {
    "nothing": b"",
    "bytes": bytes(range(256)),
    "zeros": b"\0" * 64,
    "latin-1": "é,ü\n1,2\n".encode("latin-1"),
    "null": b"null",
    "a number": b"5",
    "a list": b"[[1], [2]]",
    "another object": b'{"schema": "three", "rows": 5, "claims": 4, "model_type": 7}',
    "cut short": b'{"a": [1, 2',
    "deep": b"[" * 100_000,
    "digits": b'{"a": ' + b"9" * 5000 + b"}",
}
NAMED = {
    "gate a table": ["gate", "new.csv"],
    "gate two results": ["gate", "new.json", "other.json"],
    "gate samples": ["gate", "samples_a.jsonl", "samples_b.jsonl"],
    "gate a log": ["gate", "new.eval", "other.eval"],
    "gate a parquet file": ["gate", "new.parquet", "other.parquet"],
    "report": ["report", "run/verdicts.json"],
    "report as latex": ["report", "run/verdicts.json", "--latex", "table.tex"],
    "merge": ["merge", "run/verdicts.json", "run2/verdicts.json", "--out", "new"],
    "ladder": ["ladder", "--report", "run/verdicts.json"],
    "power's table": ["power", "--table", "table.json"],
    "power's rates": ["power", "--root", str(ROOT), "--claim", "arithmetic-drop", "--from", "verdicts.json"],
    "export's plan": ["export", "--out", "new", "--plan", "plan.yaml"],
    "calibration rows": ["rank", "--method", "block_influence", "--calibration", "texts.jsonl"],
    "a gguf model": ["rank", "--method", "reverse", "--model", "model.gguf"],
}
"""Commands with the files that they are given; a report is its folder."""
KEPT = {
    "a stored measurement": ("reverse-0.25.json", lambda folder: stored(folder, "reverse", 0.25)),
    "a device profile": ("card.json", lambda folder: profile_of(str(folder / "card.json"), folder / "known")),
    "a baseline": ("claim--tiny.json", lambda folder: read_baseline(folder / "claim--tiny.json")),
    "noise rates": ("noise.json", lambda folder: noise._read(folder / "noise.json")),
}
"""Files of a checkout, each with what reads it from its folder."""
IN_A_MODEL = ("config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")
READ_ALL_THE_SAME = {("generation_config.json", "another object"), ("tokenizer_config.json", "another object")}
"""What is an object of settings, of which none is known."""


@pytest.fixture
def nothing_begins(monkeypatch, tmp_path):
    """Whatever loads or simulates fails the test, which runs in an empty folder."""
    for work in ("models.load.load_model", "selfcheck.simulated.power.rates"):
        monkeypatch.setattr(f"harness.{work}", lambda *_, work=work, **__: pytest.fail(f"{work} was called"))
    monkeypatch.chdir(tmp_path)


def laid_out(arguments, content):
    """Writes the files that are named, and says how the command names them."""
    given = []
    for word in arguments:
        path = Path(word)
        if not path.suffix or path.suffix == ".tex":
            given.append(word)
            continue
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        given.append(str(path.parent) if path.parent.name else word)
    return given


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("name", NAMED)
def test_a_file_that_a_command_cannot_read_is_one_sentence(name, content, nothing_begins, capsys):
    """With the file's name; the exit code of bad input, no traceback, and no file more than before."""
    arguments = laid_out(NAMED[name], CONTENTS[content])
    before = sorted(Path().rglob("*"))
    code = main(arguments)
    said = capsys.readouterr()

    assert code == COMMANDS[arguments[0]].bad_input
    assert said.out == ""
    (sentence,) = said.err.splitlines()
    assert any(word in sentence for word in arguments[1:] if Path(word).exists())
    assert sorted(Path().rglob("*")) == before
    for path in Path().rglob("verdicts.json"):  # tests leave none that is not as published
        path.unlink()


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("name", LAYOUTS)
def test_a_data_file_that_cannot_be_read_is_one_sentence(name, content, tmp_path):
    """Before a model is loaded; what is not gzip and what is, both."""
    import gzip

    path = tmp_path / name
    path.parent.mkdir()
    for written in (CONTENTS[content], gzip.compress(CONTENTS[content])):
        path.write_bytes(written)
        with pytest.raises(BadInput) as refusal:
            require_data(tmp_path)
        assert name in str(refusal.value)
        assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("name", IN_A_MODEL)
def test_a_model_file_that_cannot_be_read_is_one_sentence(name, content, tmp_path):
    """No model is made of what is left."""
    if (name, content) in READ_ALL_THE_SAME:
        return
    folder = tmp_path / "model"
    shutil.copytree(bundled("tiny"), folder)
    (folder / name).write_bytes(CONTENTS[content])
    with pytest.raises(BadInput, match="--model ") as refusal:
        load_model(str(folder))
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("what", KEPT)
def test_a_kept_file_that_cannot_be_read_is_one_sentence(what, content, tmp_path):
    """As where a merge of a checkout was not finished; with the file's name and what to do."""
    name, read = KEPT[what]
    (tmp_path / name).write_bytes(CONTENTS[content])
    with pytest.raises(BadInput, match=re.escape(name)) as refusal:
        read(tmp_path)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("name", ["adapter_config.json", "adapter_model.safetensors"])
def test_an_adapter_that_cannot_be_read_is_one_sentence(name, content, tiny, tmp_path):
    """Nothing is folded in."""
    for other in ("adapter_config.json", "adapter_model.safetensors"):
        (tmp_path / other).write_bytes(b"{}")
    (tmp_path / name).write_bytes(CONTENTS[content])
    with pytest.raises(BadInput, match="--adapter ") as refusal:
        with_adapter(tiny, tmp_path)
    assert "\n" not in str(refusal.value)


def test_a_python_without_docstrings_is_one_sentence(tmp_path):
    """Before transformers stumbles over it."""
    done = subprocess.run(
        [sys.executable, "-OO", "-m", "harness", "rank", "--method", "reverse"], cwd=tmp_path, capture_output=True,
        text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip

    assert done.returncode == 2
    assert done.stderr.startswith("python -m harness rank: python -OO (PYTHONOPTIMIZE=2) takes docstrings away")


NONSENSE = {
    "HOME": "/nowhere", "TMPDIR": "/nowhere", "LANG": "xx_YY", "LC_ALL": "xx_YY", "TERM": "nonsense", "COLUMNS": "wide",
    "LINES": "x", "PATH": "", "OMP_NUM_THREADS": "many", "CUDA_VISIBLE_DEVICES": "99", "HF_HOME": "/dev/null",
    "HF_ENDPOINT": "nonsense", "HF_HUB_OFFLINE": "maybe", "MPLBACKEND": "nonsense", "MPLCONFIGDIR": "/proc",
    "PYTEST_XDIST_WORKER": "x", "PYTEST_XDIST_WORKER_COUNT": "x", "PYTHONIOENCODING": "ascii", "FORCE_COLOR": "x",
    "PYTHONWARNINGS": "error", "PYTHONHASHSEED": "7",
}  # fmt: skip
"""Variables that we or our libraries read, with values that nobody can use."""


@pytest.mark.parametrize("arguments", [("gate", "t.csv"), ("rank", "--method", "reverse"), ("store", "ls")])
def test_a_nonsensical_environment_changes_no_word(arguments, tmp_path):
    """A command decides, ranks, refuses as it does elsewhere."""
    (tmp_path / "t.csv").write_text("item,task,score,base\n" + "".join(f"{i},a,1,1\n" for i in range(40)))

    def said(**more):
        usual = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
        done = subprocess.run(
            [sys.executable, "-m", "harness", *arguments], cwd=tmp_path, capture_output=True, check=False,
            env={**usual, **more},
        )  # fmt: skip
        words = [line for line in done.stdout.splitlines() if b"cost" not in line]
        return done.returncode, words, b"Traceback" in done.stderr

    assert said(**NONSENSE) == said()
