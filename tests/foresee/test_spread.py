"""A field study dealt out over machines."""

import itertools
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.foresee.spread import Cell, Plan, Planned, cells_of, left_out, read_plan, spread

LENGTHS = st.lists(st.integers(1, 50), min_size=1, max_size=6)


def cells(*seconds):
    """Cells of these lengths."""
    return [Cell(str(place), float(each)) for place, each in enumerate(seconds)]


def check(claim, seconds, beside=0.0, **params):
    """A planned check."""
    return Planned(claim, {name: str(value) for name, value in params.items()}, seconds, beside, refused=False)


def written(seconds=1.0, total=1.0, claim="drop", **other):
    """A plan of one check, as a file has it."""
    one = {"claim": claim, "params": {}, "work": {"seconds": seconds}, "beside_the_model": 0.0, **other}
    return json.dumps({"tiny": {"checks": [one], "total": {"seconds": total}}})


def test_one_machine_does_everything():
    """And is never idle."""
    found = spread(cells(3, 5, 4), 1)

    assert (found.makespan, found.busy, found.idle) == (12, 12, 0)
    assert found.cost(2.5) == pytest.approx(2.5 * 12 / 3600)


def test_more_machines_than_cells_wait_for_the_longest():
    """Which is named, and below which nothing gets."""
    found = spread(cells(3, 5, 4), 8)

    assert found.makespan == found.bound == found.longest.seconds == 5
    assert found.idle == pytest.approx(1 - 12 / 40)


@given(LENGTHS, st.integers(1, 4))
def test_the_time_is_at_most_four_thirds_of_the_shortest_there_is(lengths, machines):
    """Against every way to deal the cells out."""
    best = min(
        max(
            sum(length for length, where in zip(lengths, dealt, strict=True) if where == one) for one in range(machines)
        )
        for dealt in itertools.product(range(machines), repeat=len(lengths))
    )
    found = spread(cells(*lengths), machines)

    assert found.bound <= best <= found.makespan <= 4 / 3 * best + 1e-9
    assert found.busy == sum(lengths)


def test_checks_that_take_a_method_are_run_with_each():
    """At the mean of the planned ones; the others once per model."""
    checks = [
        check("drop", 10.0, method="reverse", ratio=0.25), check("drop", 30.0, method="random", ratio=0.25),
        check("sweep", 40.0, beside=1.0),
    ]  # fmt: skip
    plan = Plan(checks, 80.0)
    found = cells_of({"one": plan, "two": plan}, 3)

    assert [cell.name for cell in found[:4]] == [
        "one drop 0.25, method 1", "one drop 0.25, method 2", "one drop 0.25, method 3", "one sweep",
    ]  # fmt: skip
    assert [cell.seconds for cell in found[:4]] == [20, 20, 20, 41]
    assert len(found) == 8


def test_what_the_base_answers_is_paid_with_the_first_method():
    """Of the others it is read; a check without a method pays for its own."""
    checks = [replace(check("drop", 30.0, method="reverse"), base=20.0), replace(check("sweep", 5.0), base=5.0)]
    found = cells_of({"one": Plan(checks, 35.0)}, 3)

    assert [cell.seconds for cell in found] == [30, 10, 10, 5]


def test_what_checks_share_is_paid_once():
    """Each bears its part of the plan's total."""
    plan = Plan([check("drop", 10.0), check("sweep", 30.0)], 20.0)

    assert [cell.seconds for cell in cells_of({"one": plan}, 1)] == [5, 15]


@pytest.mark.parametrize(
    "content",
    [
        "{", "[]", "{}", '{"tiny": {}}', '{"tiny": {"checks": [], "total": {"seconds": 1}}}',
        '{"tiny": {"checks": [{}]}}',
        written("3"), written(-1.0), written(float("nan")), written(10**400), written(total=True), written(params=3),
        written(notes=3),
    ],
)  # fmt: skip
def test_what_is_no_plan_is_refused(tmp_path, content):
    """In one sentence that names the file and the command that writes one."""
    (tmp_path / "plan.json").write_text(content)

    with pytest.raises(BadInput, match=r"plan\.json: expected a plan\.json, which `pytest checks/ --plan` writes"):
        read_plan(tmp_path / "plan.json")


def test_a_plan_is_read_whole(tmp_path):
    """What a terminal would take for a command is none; a check that was refused is known by its note."""
    (tmp_path / "plan.json").write_text(written(claim="drop\x1b[2J", notes=["refused: no corpus"]))

    (plan,) = read_plan(tmp_path / "plan.json").values()
    assert plan == Plan([Planned("drop?[2J", {}, 1.0, 0.0, refused=True)], 1.0)
    assert left_out({"tiny": plan}) == ["tiny drop?[2J"]
    assert cells_of({"tiny": plan}, 1) == []
