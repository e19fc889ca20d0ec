"""What each item asks and what a right answer says, by task and item."""

import pytest

from harness.tasks.source import Bundled
from harness.tasks.suite import TASKS, texts_by_item
from harness.tiers import TIERS

EVERY = [*TIERS["tiny"].classification, *TIERS["tiny"].generative, "arithmetic", "arithmetic_first_digit",
         "facts_generated", "calculations_choice"]  # fmt: skip


@pytest.mark.parametrize("task", EVERY)
def test_every_item_has_a_prompt_and_a_right_answer(task):
    """By the name that outcomes have."""
    texts = texts_by_item([task], Bundled())
    names = {(task, str(item["id"])) for item in TASKS[task].load(Bundled(), "test")}

    assert texts.keys() == names
    assert all(said["prompt"].strip() and said["expected"].strip() for said in texts.values())


def test_tasks_of_lm_eval_are_left_out():
    """What they ask is made by lm-eval while it runs."""
    assert texts_by_item(["arc_easy"], Bundled()) == {}
