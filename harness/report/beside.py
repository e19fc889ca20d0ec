"""What a page says beside the verdict: cost of the variant, rivals of a method, fresh items, what was read. Pure."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from harness.models.catalogue import recognised
from harness.report.record import ClaimRecord
from harness.report.verdicts import plain
from harness.sizes import size
from harness.tasks.released import released

if TYPE_CHECKING:
    from harness.decide.bootstrap import Interval
    from harness.decide.published import Difference
    from harness.score.cost import ModelCost

_MILLION = 1e6


def beside(record: ClaimRecord, tasks: Sequence[str]) -> list[str]:
    """One sentence per finding.

    Args:
        record: the decided claim; its measurements are as they were made, not read back.
        tasks: that were asked.
    """
    measured = record.measurements
    cost = dict(measured.get("cost_of_variants", {}))
    base = cost.pop("base", None)
    return [
        *(_cost(name, variant, base) for name, variant in cost.items()),
        *rival_lines(record),
        *(_fresh(task, found) for task, found in measured.get("fresh", {}).items()),
        *(_read_before(record.model, tasks) if record.tier != "tiny" else []),
    ]


def _cost(name: str, variant: "ModelCost", base: "ModelCost") -> str:
    sentence = (
        f"{name}: {variant.parameters / _MILLION:.4g} of {base.parameters / _MILLION:.4g} M parameters "
        f"({variant.parameters / base.parameters:.0%}), "
        f"{size(variant.bytes)} of {size(base.bytes)}"
    )
    for what, one, other in (("prefill", variant.prefill, base.prefill), ("decode", variant.decode, base.decode)):
        if one and other:
            sentence += f"; {what} {other:.4g} -> {one:.4g} tokens/s (x {one / other:.2f})"
    return sentence


def rival_lines(record: ClaimRecord) -> list[str]:
    """Of a method beside known ones: the difference of what they keep, and its verdict after Holm over all of them."""
    rivals: Mapping[str, Mapping[str, Any]] = plain(record.measurements.get("generation against", {}))
    return [
        f"generation - that of {rival}: {_signed(**found['difference'])}, {found['verdict']} "
        f"(p = {found['adjusted_p']:.2g} after Holm over them)"
        for rival, found in rivals.items()
    ]


def _signed(estimate: float, low: float, high: float, **_: object) -> str:
    return f"{estimate:+.3f} [{low:+.3f}, {high:+.3f}]"


def _read_before(model: str, tasks: Sequence[str]) -> list[str]:
    """Until when the training data reach, beside when the benchmarks were published; nothing where none was asked."""
    published = sorted({f"{task} {found.month}" for task in tasks if (found := released(task)) is not None})
    if not published:
        return []
    known = recognised(model)
    if known is None:
        until = "not known here (its card may say it)"
    else:
        until = f"{known.cutoff or 'not stated'} ({known.cutoff_source}), published {known.released}"
    return [f"training data until: {until}; benchmarks published: {', '.join(published)}"]


def _fresh(task: str, found: "Difference") -> str:
    published, fresh = found.published, found.fresh
    kept = _interval(found.retention) if found.retention else "undefined, since the base answers none of one of them"
    return (
        f"fresh items of {task}: {published.base:.3f} -> {published.after:.3f} on {published.items} published ones, "
        f"{fresh.base:.3f} -> {fresh.after:.3f} on {fresh.items} fresh ones; published - fresh: accuracy of the base "
        f"{_interval(found.base)}, retention {kept}"
    )


def _interval(interval: "Interval") -> str:
    return f"{interval.estimate:+.3f} [{interval.low:+.3f}, {interval.high:+.3f}]"
