"""Greedy searches, which run what candidates share once and drop whoever can no longer win: against none of that.

Both sides are ours; the peer's is the search as it is published, every candidate of every step run whole and by itself.
"""

from collections.abc import Callable
from dataclasses import replace

from harness.bench.setting import Setting, row
from harness.bench.turns import Compared, Work, compare, together
from harness.methods.method import METHODS
from harness.methods.tools.calibration_loss import plan_nll
from harness.methods.tools.greedy import greedy_layers, one_by_one
from harness.prune.plan import LayerPlan
from harness.prune.ratio import layer_count
from harness.subject.selection import Selection

RATIO = 0.25
Layers = tuple[int, ...]
"""In the order in which they go."""


@row("greedy_selection")
def greedy_selection(setting: Setting) -> Compared:
    """The greedy searches by loss and by task scores for a quarter of the layers.

    On a real model, where each candidate writes for minutes, the one by task scores is for one layer.

    Raises:
        BadInput: there are no texts or items.
    """
    return together("greedy_selection", [_by_loss(setting), _by_scores(setting)])


def _by_loss(setting: Setting) -> Compared:
    loaded, texts = setting.loaded, setting.subject.choices.calibration()[: setting.few]
    count = layer_count(RATIO, loaded.depth)

    def ours() -> Layers:
        return METHODS["greedy_nll"](loaded, count, texts).layers  # type: ignore[no-any-return]

    def theirs() -> Layers:
        nll = plan_nll(loaded, texts)
        return _searched(range(1, loaded.depth - 1), count, loaded.depth, lambda plan: -nll(plan), smaller_goes=True)

    return _compared(setting, "by loss", f"{len(texts)} texts", ours, theirs)


def _by_scores(setting: Setting) -> Compared:
    loaded = setting.loaded
    count = layer_count(RATIO, loaded.depth) if setting.subject.tier == "tiny" else 1

    def selection() -> Selection:
        usual = replace(setting.subject).choices.selection  # of a subject that knows no answer yet
        return replace(usual, limit=min(usual.limit, setting.few))

    def ours() -> Layers:
        return METHODS["greedy_task"](loaded, count, selection().score).layers  # type: ignore[no-any-return]

    def theirs() -> Layers:
        return _searched(range(1, loaded.depth), count, loaded.depth, selection().kept)

    usual = selection()
    return _compared(setting, f"by {', '.join(usual.splits)}", f"{usual.limit} items", ours, theirs, writes=True)


def _searched(
    candidates: range, count: int, depth: int, score: Callable[[LayerPlan], float], *, smaller_goes: bool = False
) -> Layers:
    steps = greedy_layers(candidates, count, depth, one_by_one(score), smaller_goes=smaller_goes)
    return tuple(step.gone for step in steps)


def _compared(
    setting: Setting, name: str, size: str, ours: Callable[[], Layers], theirs: Callable[[], Layers], *,
    writes: bool = False,
) -> Compared:  # fmt: skip
    return compare(
        setting, name, "every candidate run whole", Work("shared, and dropped early", ours, writes=writes),
        [Work(size, theirs, writes=writes)],
        lambda one, other: "" if one == other else f"removes {one}, and the peer {other}",
    )  # fmt: skip
