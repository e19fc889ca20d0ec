"""Many plans at once, of which every beginning that some share is run once: against the same plans one after the other.

Both sides are ours, asked in the same batches, so that what differs is the sharing alone.
"""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from harness.bench.items import choices
from harness.bench.setting import Setting, row
from harness.bench.sweeps import Requests, Scores, all_differing, shared
from harness.bench.turns import Compared, Work, compare
from harness.errors import BadInput
from harness.methods.rank import registered
from harness.prune.apply import apply_plan
from harness.prune.plan import LayerPlan
from harness.prune.ratio import layer_count

RATIO = 0.25


@row("scoreboard")
def scoreboard(setting: Setting) -> Compared:
    """What every method that looks at the texts at most once keeps at a quarter of the layers.

    Raises:
        BadInput: the task's items cannot be had.
    """
    count, plans = layer_count(RATIO, setting.loaded.depth), list[LayerPlan]()
    for name, method in registered().items():
        quick = method.needs == "nothing" or (method.passes is not None and method.passes(12, 3) == 1)
        with suppress(BadInput):  # some are of one model only
            plans += [setting.subject.plan_without(name, count)] if quick else []
    return _together(setting, "scoreboard", list(dict.fromkeys(plans)))


@row("depth_curve")
def depth_curve(setting: Setting) -> Compared:
    """Without the last k layers, of every k.

    Raises:
        BadInput: the task's items cannot be had.
    """
    depth = setting.loaded.depth
    return _together(setting, "depth_curve", [LayerPlan(tuple(range(kept)), depth) for kept in range(depth - 1, 0, -1)])


def _together(setting: Setting, name: str, plans: Sequence[LayerPlan]) -> Compared:
    requests = choices(setting, setting.tasks[0], 0, setting.few)
    return compare(
        setting, name, "plan by plan", Work(f"{len(plans)} plans at once", partial(shared, setting, requests, plans)),
        [Work(f"{len(plans)} plans", partial(_alone, setting, requests, plans))],
        partial(all_differing, requests, setting.loaded.dtype),
    )  # fmt: skip


def _alone(setting: Setting, requests: Requests, plans: Sequence[LayerPlan]) -> Scores:
    everyone = [LayerPlan.full(setting.loaded.depth), *plans]
    return [setting.scorer(apply_plan(setting.loaded.model, plan)).log_likelihoods(requests) for plan in everyone]
