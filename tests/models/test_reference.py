"""What may be written after --model, and where it points."""

import pytest
from huggingface_hub.errors import (
    GatedRepoError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from harness.arguments import require_model
from harness.errors import BadInput
from harness.models.reference import of_mini_world, resolve


def test_two_revisions_of_a_model_have_two_labels():
    """Their rows, item files and baselines must not be taken for one another's."""
    labels = [resolve(f"org/model{revision}").label for revision in ("@abc", "@def", "")]

    assert len(set(labels)) == 3


REFUSED = {
    "": "'': names no model; expected `tiny`",
    " ": "names no model",
    "~nobody-here/x": "is no path .Could not determine home directory",
    "a\0b": "'a.x00b': no such folder",
    "x" * 5000: "is no path .File name too long.; expected",
    "gpt2": "gpt2: no such folder; .* a model of the hub has an owner: gpt2 is openai-community/gpt2",
    "./x": "no such folder",
    "owner/": "no such folder",
    "a/b c": "no such folder",
    "X.GGUF": "there is no such .gguf file",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_points_nowhere_is_refused(text):
    """Whatever is written, the answer is one sentence with the text in it."""
    with pytest.raises(BadInput, match=REFUSED[text]) as error:
        resolve(text)

    assert "\n" not in str(error.value)


def test_a_folder_that_is_no_model_is_told_what_it_is(tmp_path):
    """An adapter, a .gguf file beside nothing, a file instead of its folder, a folder with a revision."""
    adapter, lone = tmp_path / "adapter", tmp_path / "lone"
    for folder, name in ((adapter, "adapter_config.json"), (lone, "a.GGUF")):
        folder.mkdir()
        (folder / name).touch()
    cases = {
        str(adapter): "an adapter and no model .* python -m harness export --adapter .*adapter$",
        str(lone): "no config.json.* or the .gguf file itself: .*a.GGUF$",
        str(adapter / "adapter_config.json"): "is a file, expected the folder",
        f"{lone}@main": "a folder has no @revision",
    }
    for text, sentence in cases.items():
        with pytest.raises(BadInput, match=sentence):
            resolve(text)

    assert resolve(str(lone / "a.GGUF")).source == "gguf"


@pytest.mark.parametrize(
    ("card", "ours"),
    [
        ('{"world": "mini-world", "steps": 3}', True),
        ('{"steps": 3}', False),
        ("[]", False),
        ("{", False),
        (None, False),
    ],
)
def test_a_folder_that_our_training_made_is_of_the_mini_world(tmp_path, card, ours):
    """Its training.json says so; any other trainer's file does not, and none neither."""
    if card is not None:
        (tmp_path / "training.json").write_text(card)
    assert of_mini_world(str(tmp_path)) is ours


@pytest.mark.parametrize(
    ("text", "ours"), [("tiny", True), ("a\0b", False), ("~nobody-here/x", False), ("org/x", False)]
)
def test_what_is_no_folder_of_ours_is_not_of_the_mini_world(text, ours):
    """The bundled model is, by name."""
    assert of_mini_world(text) is ours


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RepositoryNotFoundError, "and the hub shows no model of that name; name either, or log in"),
        (OfflineModeIsEnabled, r"and the hub cannot be asked for a model of that name .HF_HUB_OFFLINE is set.; name a"),
        (
            RuntimeError,
            "and the hub cannot be asked for a model of that name .RuntimeError: no route.; name a folder that exists",
        ),
        (GatedRepoError, None),
        (RevisionNotFoundError, None),
        (None, None),
    ],
)
def test_a_name_that_may_be_a_folder_or_a_hub_id_is_looked_for_as_both(error, said, monkeypatch, tmp_path):
    """`fixtures/tiny` from elsewhere: one question to the hub; what it has, and how, is for loading to say."""
    asked = []

    def answer(url):
        asked.append(url)
        if error is not None:
            raise error.__new__(error, "no route")  # some want a response to be made of

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("huggingface_hub.get_hf_file_metadata", answer)
    if said is None:
        require_model("org/name@v1")
    else:
        with pytest.raises(BadInput, match=f"--model org/name@v1: there is no such folder in {tmp_path}, {said}"):
            require_model("org/name@v1")
    assert asked == ["https://huggingface.co/org/name/resolve/v1/config.json"]


def test_a_model_in_the_cache_is_not_asked_for(monkeypatch):
    """Without a network it is loaded from there."""
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *_, **__: "/cache/config.json")
    monkeypatch.setattr("huggingface_hub.get_hf_file_metadata", lambda *_: pytest.fail("asked"))

    require_model("org/name")
