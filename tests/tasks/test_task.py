"""Asking a task: what cannot be paired is not asked."""

import pytest

from harness.errors import BadInput
from harness.tasks.task import Task, run_task


@pytest.mark.parametrize(
    ("names", "message"), [([], "task t has no items"), (["a", "b", "a"], "task t: 2 items are called 'a'")]
)
def test_items_without_names_of_their_own_are_refused_before_a_model_is_asked(names, message):
    """No items give no mean, and two of one name no pairs."""
    task = Task("t", "probe", 0.0, lambda _, __: [{"id": name} for name in names], lambda _: [], lambda _, __: [])
    with pytest.raises(BadInput, match=message):
        run_task(task, None, None, None, 0)
