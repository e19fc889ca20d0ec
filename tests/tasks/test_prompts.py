"""What each item asks, by task and item."""

import pytest

from harness.tasks.source import Bundled
from harness.tasks.suite import TASKS, prompts_by_item
from harness.tiers import TIERS


@pytest.mark.parametrize("task", [*TIERS["tiny"].classification, *TIERS["tiny"].generative, "arithmetic"])
def test_every_item_has_a_prompt(task):
    """By the name that outcomes have."""
    prompts = prompts_by_item([task], Bundled())
    names = {(task, str(item["id"])) for item in TASKS[task].load(Bundled(), "test")}

    assert prompts.keys() == names
    assert all(text.strip() for text in prompts.values())


def test_tasks_of_lm_eval_are_left_out():
    """What they ask is made by lm-eval while it runs."""
    assert prompts_by_item(["arc_easy"], Bundled()) == {}
