"""What `harness store` prints, writes and exits with."""

import json
from pathlib import Path

import pytest

from harness.__main__ import main
from harness.score.scorer import Scorer
from harness.tasks.source import Bundled
from harness.tasks.suite import TASKS


@pytest.fixture
def asked(tiny, tmp_path, monkeypatch):
    """A store with answers to two word problems, and the folder of the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("harness.models.load.load_model", lambda *_, **__: tiny)
    items = TASKS["word_problems"].load(Bundled(), "test")[:2]
    scorer = Scorer(tiny.model, tiny.tokenizer, Path("S"), label="tiny")
    scorer.generations([request for item in items for request in TASKS["word_problems"].ask(item)])
    return items


def said(capsys, *arguments, code=0):
    """What a command prints."""
    assert main(["store", *arguments, "--store", "S"]) == code
    return capsys.readouterr().out


def test_a_run_is_listed_by_model(asked, capsys, tiny):
    """With its entries and code; in a file too."""
    out = said(capsys, "ls", "--json", "rows.json")
    (row,) = json.loads(Path("rows.json").read_text())

    assert (row["name"], row["fingerprint"], row["entries"]) == ("tiny", tiny.fingerprint, 2)
    assert out.splitlines()[1].split()[:3] == ["answers", "tiny", "2"]
    assert out.endswith(" in S\n")


def test_an_item_is_shown_with_every_answer_to_it(asked, capsys):
    """Its prompt, its token ids, and what the store has; then by the key that was printed."""
    out = said(capsys, "show", "--model", "tiny", "--task", "word_problems", "--item", str(asked[0]["id"]))
    key = out.split()[1]

    assert f"asked   {asked[0]['question']!r}" in out or asked[0]["question"] in out
    assert "today's, so it is read" in out
    assert said(capsys, "show", key[:8]) in out


def test_the_prompt_of_an_entry_is_found_by_its_key(asked, capsys):
    """A key is a hash; the items of the model's tasks are looked through for it."""
    of = ("--model", "tiny", "--task", "word_problems")
    key = said(capsys, "show", *of, "--item", str(asked[1]["id"])).split()[1]

    out = said(capsys, "show", key[:8], "--model", "tiny")
    assert f"item {asked[1]['id']} of word_problems\nquestion {key}\n" in out
    assert f"asked   {asked[1]['question']!r}" in out or asked[1]["question"] in out
    assert "no item of these tasks asks this first" in said(capsys, "show", key, "--model", "tiny", "--task", "facts")


def test_an_item_that_nobody_asked_is_said_to_have_no_answer(asked, capsys):
    """The question is shown all the same."""
    other = TASKS["word_problems"].load(Bundled(), "test")[5]
    assert "nothing in this store answers it" in said(
        capsys, "show", "--model", "tiny", "--task", "word_problems", "--item", str(other["id"])
    )


def test_damage_is_1_and_then_known(asked, capsys):
    """As a CI asks it."""
    assert said(capsys, "verify") == "2 entries and 0 files of trainings are whole; 0 were damaged\n"
    (path,) = Path("S").glob("*.jsonl")
    path.write_bytes(path.read_bytes().replace(b'"finish"', b'"finisj"', 1))

    out = said(capsys, "verify", code=1)
    assert "is damaged: set aside" in out
    assert out.endswith("1 entries and 0 files of trainings are whole; 1 were damaged\n")
    assert said(capsys, "verify").endswith("1 entries and 0 files of trainings are whole; 0 were damaged\n")


def test_nothing_is_removed_unless_it_is_said(asked, capsys):
    """--delete says it."""
    assert said(capsys, "gc") == "nothing to remove\n"
    (path,) = Path("S").glob("*.jsonl")
    path.write_bytes(path.read_bytes().replace(b'"finish"', b'"finisj"', 1))
    before = path.read_bytes()

    assert "that nobody reads; nothing was removed: add --delete" in said(capsys, "gc")
    assert path.read_bytes() == before
    assert "that nobody read are removed" in said(capsys, "gc", "--delete")
    assert b"finisj" not in path.read_bytes()


def test_a_copy_is_gone_on_from(asked, capsys, tiny):
    """Without a question asked again."""
    assert "answers of 1 variants; go on with --store new" in said(capsys, "export", "--out", "new", "--model", "tiny")
    scorer = Scorer(tiny.model, tiny.tokenizer, Path("new"))
    scorer.generations(TASKS["word_problems"].ask(asked[1]))
    assert scorer.ledger.generated_tokens == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["ls", "a" * 32], "KEY is of store show; leave it out of store ls"),
        (["ls", "--delete"], "--delete is of store gc; leave it out of store ls"),
        (["gc", "--out", "x"], "--out is of store export; leave it out of store gc"),
        (["verify", "--model", "tiny"], "--model is of store show and store export; leave it out of store verify"),
        (["show", "abc"], "entry 'abc': expected a key, or at least 6 of its first digits"),
        (["show"], "store show takes a KEY, or --model REF --task NAME --item ID"),
        (["show", "abcdef", "--item", "3"], "store show KEY takes --model REF, and --task NAME beside it"),
        (["show", "abcdef", "--task", "facts"], "store show KEY takes --model REF, and --task NAME beside it"),
        (["show", "abcdef", "--model", "tiny", "--model", "tiny"], "store show KEY takes one --model REF"),
        (["show", "--model", "tiny"], "store show takes one --model REF, one --task NAME and one --item ID together"),
        (["show", "--model", "tiny", "--task", "piqa", "--item", "3"], "--task piqa: lm-eval asks its items; expected"),
        (["export"], "store export needs --out DIR: a new folder for the copy"),
        (["export", "--out", "S"], "--out S exists and is not empty; name a new folder"),
        (
            ["export", "--out", "new", "--model", "gpt"],
            "--model gpt: the store has no answers of it; expected tiny, or",
        ),
    ],
)
def test_what_an_action_does_not_take_is_one_sentence(asked, capsys, arguments, sentence):
    """It is named with the action that takes it."""
    assert main(["store", *arguments, "--store", "S"]) == 2
    assert f"python -m harness store: {sentence}" in capsys.readouterr().err


@pytest.mark.parametrize("folder", ["nowhere", "."])
def test_a_folder_that_is_no_store_is_one_sentence(asked, capsys, folder):
    """A slip of the name is no empty store."""
    Path("S").rename("elsewhere.d")
    for path in Path("elsewhere.d").glob("*"):
        path.unlink()
    assert main(["store", "ls", "--store", folder]) == 2
    assert "name one that a run was given with --store" in capsys.readouterr().err
