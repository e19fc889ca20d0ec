"""What a claim's page says beside the verdict, which it does not decide: fresh items. Pure."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.decide.bootstrap import Interval
    from harness.decide.published import Difference


def beside(measurements: Mapping[str, Any]) -> list[str]:
    """One sentence per finding; none where nothing was measured."""
    return [_fresh(task, found) for task, found in measurements.get("fresh", {}).items()]


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
