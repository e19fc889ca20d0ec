"""Splits: an item that a method looks at while it chooses is none that it is tested on."""

from itertools import combinations
from typing import get_args

import pytest

from harness.errors import BadInput
from harness.tasks import xsum
from harness.tasks.source import Bundled, Folder
from harness.tasks.suite import TASKS
from harness.tasks.task import Split
from tests.whole_folder import whole_folder


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """The mini-world, and a data folder with every file that a task may read."""
    return Bundled(), Folder(whole_folder(tmp_path_factory.mktemp("data")))


def splits(task, source):
    """The ids of each split that a source has; of the others, why there are none."""
    for split in get_args(Split):
        try:
            yield split, {str(item["id"]) for item in task.load(source, split)}
        except BadInput as error:
            yield split, str(error)


@pytest.mark.parametrize("name", TASKS)
def test_splits_share_no_item(name, sources, monkeypatch):
    """Whichever source they come from: a split that would hold test items is refused."""
    rows = [{"id": str(number), "document": "a report", "summary": "a summary"} for number in range(8)]
    monkeypatch.setattr(xsum, "hub_rows", lambda *_: rows)  # of the hub's validation split
    for source in sources:
        if TASKS[name].reads.may_be_in(source):
            found = dict(splits(TASKS[name], source))
            ids = {split: items for split, items in found.items() if isinstance(items, set)}
            assert ids.get("test")
            assert all(one.isdisjoint(other) for one, other in combinations(ids.values(), 2))
            assert all("are for testing" in found[split] for split in found.keys() - ids.keys())


def test_several_digits_are_all_for_testing(sources):
    """What is asked for as a selection is refused with the file's name."""
    with pytest.raises(BadInput, match=r"arithmetic/two_digit_addition\.jsonl has no selection items: all of its"):
        TASKS["two_digit_addition"].load(sources[1], "selection")
