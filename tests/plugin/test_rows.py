"""What a run prints of its rows, and by which parameters it knows them."""

import shutil

from safetensors.torch import load_file, save_file

from harness.models.reference import bundled
from tests.plugin.projects import REPRODUCED, baseline

pytest_plugins = ["pytester"]


def test_a_quiet_run_prints_the_table_alone(project):
    """And draws no bars; a row's scores and the way to repeat it are in the report."""
    loud, quiet = project(REPRODUCED).stdout.str(), project(REPRODUCED, "-q").stdout.str()

    assert "example-drop [tiny, method reverse, limit 60]" in loud
    assert "example-drop [tiny" not in quiet
    assert "reproduced" in quiet.split("layer pruning claims")[1]


def test_a_row_names_the_form_that_was_asked_in(project, pytester):
    """Its baseline has a name of its own: other prompts are another measurement."""
    project(REPRODUCED, "--chat-template", "plain", "--update-baseline", "base models")
    path, content = baseline(pytester)

    assert content["params"]["chat_template"] == "plain"
    assert path.stem.endswith("--chat-template-plain")


SECOND = """
def test_second(subject, {fixture}):
    one = {fixture}["25 %"].loaded if isinstance({fixture}, dict) else {fixture}
    assert one.form == subject.loaded.form == "plain"
"""


def test_earlier_states_of_a_model_are_asked_as_it_is(pytester, monkeypatch):
    """In the form that was given."""
    monkeypatch.setenv("PY_COLORS", "0")
    pytester.makepyfile(SECOND.format(fixture="earlier"))
    found = pytester.runpytest_inprocess("-p", "no:cacheprovider", "--store", "s", "--chat-template", "plain")

    assert found.parseoutcomes() == {"passed": 1}


def test_a_healed_checkpoint_that_lost_its_template_is_refused(pytester, monkeypatch):
    """Its parent is asked as it was trained; both in one form is well."""
    monkeypatch.setenv("PY_COLORS", "0")
    shutil.copytree(bundled("tiny"), pytester.path / "healed")
    (pytester.path / "healed" / "chat_template.jinja").unlink()
    pytester.makepyfile(SECOND.format(fixture="healed"))
    given = ("-p", "no:cacheprovider", "--store", "s", "--healed", "healed")

    assert "--healed healed: its tokenizer has no chat template, and that of tiny has one" in str(
        pytester.runpytest_inprocess(*given).stdout
    )
    stirred = load_file(pytester.path / "healed" / "model.safetensors")
    stirred["model.layers.0.self_attn.q_proj.weight"][0, 0] += 1
    save_file(stirred, pytester.path / "healed" / "model.safetensors", {"format": "pt"})
    assert pytester.runpytest_inprocess(*given, "--chat-template", "plain").parseoutcomes() == {"passed": 1}


def test_a_checkpoint_that_nobody_trained_is_not_healed(pytester, monkeypatch):
    """What more training does not restore cannot be seen on it."""
    monkeypatch.setenv("PY_COLORS", "0")
    shutil.copytree(bundled("tiny"), pytester.path / "cut")
    pytester.makepyfile(SECOND.format(fixture="healed"))
    found = pytester.runpytest_inprocess("-p", "no:cacheprovider", "--store", "s", "--healed", "cut")

    assert "--healed cut: its layers read what tiny's read with the same weights, bit for bit" in str(found.stdout)
    assert "python -m harness compare tiny cut" in str(found.stdout)
