"""What simulated runs came to, in a table. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from harness.selfcheck.simulated.power import ALLOWED
from harness.selfcheck.simulated.truth import Kind

KINDS: tuple[Kind, ...] = get_args(Kind)


def summary(rows: Sequence[Mapping[str, Any]]) -> str:
    """The shares in a table of Markdown, and every cell in which a wrong decision comes too often. Pure.

    Of a claim's nulls and minima the worst wrong decision counts, of what it should see the least.
    """
    tiers = list(dict.fromkeys(row["tier"] for row in rows))
    lines = [
        "",
        f"| claim | nulls decided: {' / '.join(tiers)} | minimum decided | paper's effect seen | untruth seen |",
        "|---|---|---|---|---|",
    ]
    for claim in dict.fromkeys(row["claim"] for row in rows):
        cells = []
        for kind in KINDS:
            of = [[row for row in rows if (row["claim"], row["kind"], row["tier"]) == (claim, kind, t)] for t in tiers]
            cells.append(" / ".join(_share(each) for each in of))
        lines.append(f"| `{claim}` | {' | '.join(cells)} |")
    counts = Counter(row["runs"] for row in rows)
    each = ", ".join(f"{cells} of {runs} runs each" for runs, cells in sorted(counts.items()))
    lines += ["", f"{len(rows)} truths and sizes: {each}"]
    for kind, allowed in ALLOWED.items():
        beyond = [f"  {row['claim']}, {row['truth']}, {row['tier']}" for row in rows
                  if row["kind"] == kind and row["errors"]]  # fmt: skip
        lines += [f"{kind}: a wrong decision in more than {allowed:.0%} of the runs", *beyond] if beyond else []
    return "\n".join([*lines, ""])


def _share(rows: Sequence[Mapping[str, Any]]) -> str:
    """The worst of some rows of one kind, in percent."""
    if not rows:
        return "-"
    seen = {"paper": "reproduced", "untrue": "contradicted"}.get(rows[0]["kind"])
    share = min(row[seen] for row in rows) if seen else max(row[wrong] for row in rows for wrong in row["wrong"])
    return f"{100 * share:.1f}"
