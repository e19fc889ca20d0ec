"""`harness store pull` and `sync`, and commands that are given a URL as their store."""

import argparse
from pathlib import Path

import pytest

from harness.__main__ import COMMANDS, main
from harness.commands.command import kept_store
from harness.errors import BadInput
from harness.exchange.place import MIRRORS, Remote
from harness.journal import Journal
from tests.commands.test_bad_options import PATHS, refused


@pytest.fixture
def url(tmp_path, monkeypatch):
    """A place, and a folder to be in."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return f"file://{tmp_path}/there"


def write(folder, key):
    row = {"key": key, "kind": "Generation", "answer": {"text": "1", "tokens": 1, "finish": "stop"}, "by": "x"}
    Journal(Path(folder) / "f00f.jsonl", lambda row: True).append([row], "writing")


def test_a_store_is_sent_and_brought_by_hand(url, capsys):
    """Sync both ways, pull one way; both may be given again."""
    write("one", "a")
    assert main(["store", "sync", url, "--store", "one"]) == 0
    assert capsys.readouterr().out == f"one: 1 lines and 0 files of trainings sent, 0 and 0 taken ({url})\n"
    write("two", "b")
    assert main(["store", "pull", url, "--store", "two"]) == 0
    assert capsys.readouterr().out == f"two: 0 lines and 0 files of trainings sent, 1 and 0 taken ({url})\n"
    assert main(["store", "sync", url, "--store", "two"]) == 0
    assert main(["store", "sync", url, "--store", "one"]) == 0
    assert Path("one/.gitignore").exists() is False  # a folder of somebody's is left as it is

    assert main(["store", "verify", "--store", "one"]) == 0
    assert capsys.readouterr().out.endswith("2 entries and 0 files of trainings are whole; 0 were damaged\n")


def test_what_a_place_holds_is_listed(url, capsys):
    """By way of its mirror."""
    write("one", "a")
    main(["store", "sync", url, "--store", "one"])
    assert main(["store", "ls", "--store", url]) == 0
    assert f" in {Remote(url).mirror}\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["pull"], "store pull takes a URL, such as s3://bucket/prefix; got none"),
        (["sync", "folder"], "store sync takes a URL, such as s3://bucket/prefix; got folder"),
        (["sync", "s3://"], "store sync: 's3://': names no bucket or folder"),
        (["sync", "abacus://x/y"], "--store abacus://x/y: no kind of place is called abacus"),
        (["pull", "file:///nowhere/x"], "file:///nowhere/x: holds no store; name a place that a run was given"),
        (["sync", "file:///x", "--store", "s3://b"], "--store s3://b: store sync is between a URL and a folder"),
        (["gc", "--store", "file:///x/y"], "--store file:///x/y: store gc clears folders, and what a place has comes"),
        (["ls", "--store", "file:///nowhere/x"], "file:///nowhere/x: holds no store"),
    ],
)
def test_what_cannot_be_exchanged_is_one_sentence(url, capsys, arguments, said):
    """And leaves no folder."""
    assert said in refused(capsys, "store", *arguments)
    assert list(Path().iterdir()) == []


def test_a_command_works_on_a_mirror_that_is_in_step_before_and_after(url, capsys):
    """Whatever ends it."""
    write("one", "a")
    main(["store", "sync", url, "--store", "one"])
    arguments = argparse.Namespace(store=Remote(url))
    with pytest.raises(KeyboardInterrupt), kept_store(arguments):  # noqa: PT012
        assert (arguments.store / "f00f.jsonl").exists()
        assert arguments.store.parent == MIRRORS
        write(arguments.store, "b")
        raise KeyboardInterrupt

    assert capsys.readouterr().err == f"store: 1 lines and 0 files of trainings sent, 1 and 0 taken ({url})\n"


@pytest.mark.parametrize("writes", [True, False])
def test_a_folder_is_made_where_it_is_written_to(tmp_path, writes):
    """As ever."""
    with kept_store(argparse.Namespace(store=tmp_path / "new"), writes=writes):
        assert (tmp_path / "new").exists() == writes


@pytest.mark.parametrize(
    "command", [name for name in COMMANDS if (name, "--store") in PATHS and name not in ("store", "doctor")]
)
def test_a_place_that_cannot_be_used_is_refused_before_a_model_is_loaded(command, url, capsys, monkeypatch):
    """By every command that keeps answers."""
    from tests.commands.test_bad_options import GOOD

    monkeypatch.setattr("harness.models.load.load_model", lambda *_, **__: pytest.fail("a model was loaded"))
    for folder in ("baselines", "docs"):
        Path(folder).mkdir()
    Path(url.removeprefix("file://")).write_text("a file")

    assert f"--store {url}: cannot be written (" in refused(capsys, command, *GOOD.get(command, ()), f"--store={url}")


def test_a_store_elsewhere_is_looked_at_by_doctor(url):
    """Whether it can be listed; nothing is written."""
    from harness.upkeep.folders import remote_refused
    from harness.upkeep.places import remote_finding

    assert remote_refused(Remote(url)) == ""
    assert not Path(url.removeprefix("file://")).exists()
    said = remote_refused(Remote("abacus://x/y"))
    assert (remote_finding(url, "").state, remote_finding("abacus://x/y", said).state) == ("ok", "missing")
    assert "no kind of place" in remote_finding("abacus://x/y", said).says


def test_only_a_store_takes_a_url(capsys):
    """Said by every other option that takes a path."""
    for command, option in PATHS:
        if option != "--store":
            with pytest.raises(SystemExit):
                main([command, f"{option}=s3://b/x"])
            assert f"argument {option}: a s3:// URL: expected a file or folder here; only --store takes a URL" in (
                capsys.readouterr().err
            )


def test_bad_input_is_refused_by_the_type_of_the_option(capsys):
    """Without its password."""
    with pytest.raises(SystemExit):
        main(["compare", "tiny", "tiny", "--store", "s3://me:hush@b/x"])
    assert "hush" not in capsys.readouterr().err.splitlines()[-1]
    with pytest.raises(BadInput), kept_store(argparse.Namespace(store=Remote("abacus://b"))):
        pass
