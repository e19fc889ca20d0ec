"""What a run prints of its rows, and by which parameters it knows them."""

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
