"""What may be written after --model, and where it points."""

import pytest

from harness.errors import BadInput
from harness.models.reference import resolve


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
