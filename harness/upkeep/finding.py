"""What is found of a machine, one line each, and what follows from all of it. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

State = Literal["ok", "missing", "cannot"]
"""`ok`; `missing`: something is not there or not right, and a command mends it; `cannot`: this machine will not."""


@dataclass(frozen=True)
class Finding:
    """One thing about a machine."""

    about: str
    state: State
    says: str
    """One sentence, without its full stop."""
    mend: str = ""
    """The command, or the step, that mends it; empty where there is none or nothing to mend."""
    needed: bool = False
    """Whether the tiny tier does not run without it."""


def can_run(findings: Iterable[Finding]) -> bool:
    """Whether the tiny tier runs here."""
    return all(finding.state == "ok" for finding in findings if finding.needed)


def tier_tiny(findings: Sequence[Finding]) -> Finding:
    """What follows for the tiny tier."""
    wrong = [finding.about for finding in findings if finding.needed and finding.state != "ok"]
    if not wrong:
        untrained = any(finding.about == "extra recover" and finding.state != "ok" for finding in findings)
        but = ", but for the checks that train, which are skipped without the extra recover" if untrained else ""
        return Finding("tier tiny", "ok", f"runs{but}: pytest checks/, or make verify in a checkout")
    return Finding("tier tiny", "cannot", f"does not run before this is mended: {', '.join(wrong)}")


def page(findings: Sequence[Finding]) -> str:
    """All lines, each with the command that mends it below."""
    wide = max(len(finding.about) for finding in findings)
    lines = []
    for finding in findings:
        lines.append(f"{finding.state:<7}  {finding.about:<{wide}}  {finding.says}")
        if finding.mend:
            lines.append(f"{'':<7}  {'':<{wide}}  -> {finding.mend}")
    return "\n".join(lines) + "\n"


def content(findings: Sequence[Finding]) -> dict[str, Any]:
    """As `--json` writes it."""
    return {"tiny": can_run(findings), "findings": [asdict(finding) for finding in findings]}
