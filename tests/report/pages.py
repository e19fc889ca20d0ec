"""A report folder with one claim, for tests of its page."""

import json
import re

from harness.report.items import write_items
from harness.report.names import record_name
from harness.report.record import ClaimRecord, Effect, Kept, PaperFigure, Score
from harness.report.verdicts import write_verdicts
from harness.score.ledger import Cost
from harness.tasks.outcome import Outcome, TaskResult

HOSTILE = '</script><script>document.title="owned"</script><img src=x onerror=alert(1)> **bold** {{ 7 * 7 }}'
ENVIRONMENT = {
    "versions": {"layer-pruning-checks": "0.1.0"}, "platform": "p", "processor": "c", "device": "cpu", "threads": 1,
    "git": None, "command": "pytest checks/", "time": "2026-11-27T00:00:00+00:00",
}  # fmt: skip
RECORD = ClaimRecord(
    "a-claim", "A claim", "tiny", "tiny", "abc", {"method": "reverse", "ratio": 0.25}, "reproduced", "because",
    Effect("gap", 0.4, 0.3, 0.5, 0.95, "fraction"), 0.03, 10, (0,), PaperFigure("x", "y"), Cost(1.0, 2, 3, 4, 5),
    {"removed": "9-11", "retention": {"facts": {"estimate": 0.8, "low": 0.7, "high": 0.9}}},
    dtype="float32",
    scores=(Score("facts", "classification", "hit", 3, 0.25, 1.0, 0.0, Kept(0.05, 0.04, 0.06, 0.95), decides=True),),
)  # fmt: skip


def results(pruned="wrong", items=3, variant="pruned"):
    """A base that is right everywhere, and a variant that answers `pruned`."""

    def task(score, text):
        outcomes = tuple(
            Outcome(f"facts|{i} {HOSTILE}", score, "right" if score else "wrong", text) for i in range(items)
        )
        return {"facts": TaskResult("facts", "choice", 0.25, outcomes)}

    return {"base": task(1.0, "right"), variant: task(0.0, pruned)}


def folder_of(path, *rows):
    """A report folder with these (record, results)."""
    write_verdicts(path, [record for record, _ in rows], ENVIRONMENT)
    for record, answered in rows:
        write_items(path, record_name(record), answered)
    return path


def items_in(page):
    """What the page's script reads."""
    return json.loads(re.search(r'<script type="application/json" id="items">(.*?)</script>', page, re.DOTALL)[1])
