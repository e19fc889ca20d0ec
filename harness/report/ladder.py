"""The ladder of worlds: what claims found on models of several sizes, side by side. The reading and the table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.decide.designs import design_of
from harness.decide.digits import in_words
from harness.decide.slope import FEWEST, Slope, slope
from harness.errors import BadInput
from harness.report.record import ClaimRecord
from harness.report.rungs import CLAIMS, Step


@dataclass(frozen=True)
class Climb:
    """One claim with one set of parameters, along the ladder."""

    claim: str
    how: str
    """Method and ratio, or `every layer`."""
    minimum: float
    steps: tuple[Step, ...]
    """By parameters."""

    @property
    def slope(self) -> Slope | None:
        """Over the rungs on which the claim was testable; None where these are too few.

        A tenfold may change an effect that stays by no more than the smallest effect that counts.
        """
        known = [step for step in self.steps if step.effect is not None]
        if len({step.parameters for step in known}) < FEWEST:
            return None
        return slope(
            [step.parameters for step in known],
            [step.effect[0] for step in known if step.effect],
            [step.error for step in known],
            self.minimum,
        )


def climbs(steps: Sequence[Step]) -> list[Climb]:
    """Claims along the ladder, in the order of CLAIMS; the same claim of another method or ratio is another. Pure.

    Raises:
        BadInput: a claim has two rows of one model, of different runs, or rows of models that were asked differently.
    """
    found: dict[tuple[str, str], list[Step]] = {}
    for step in steps:
        found.setdefault((step.record.claim, _how(step.record)), []).append(step)
    for (claim, how), of_claim in found.items():
        models = [step.model for step in of_claim]
        twice = next((model for model in models if models.count(model) > 1), None)
        if twice:
            raise BadInput(
                f"--report: {claim} ({how}) has {models.count(twice)} rows of {twice}; expected one, of the same "
                f"--limit, --dtype and recovery on every rung: name one report a rung"
            )
        _require_alike(f"{claim} ({how})", of_claim)
    return [
        Climb(claim, how, design_of(claim).minimum, tuple(sorted(of_claim, key=lambda step: step.parameters)))
        for (claim, how), of_claim in sorted(found.items(), key=lambda item: (CLAIMS.index(item[0][0]), item[0][1]))
    ]


def _require_alike(who: str, steps: Sequence[Step]) -> None:
    """Refuse rungs that differ in more than their size: a slope over them would be of what was asked.

    Raises:
        BadInput: two differ in their tier, or in an option of the run.
    """
    first = steps[0]
    for step in steps[1:]:
        one, other = ({"tier": each.record.tier, **each.record.params} for each in (first, step))
        for name in [*one, *(name for name in other if name not in one)]:
            if one.get(name) != other.get(name):
                raise BadInput(
                    f"--report: {who} has {name} {one.get(name)} on {first.model} and {other.get(name)} on "
                    f"{step.model}; expected the same on every rung: run the checks of one again"
                )


def _how(record: ClaimRecord) -> str:
    named = [str(record.params[name]) for name in ("method", "ratio") if name in record.params]
    return " ".join(named) or "every layer"


def table(found: Sequence[Climb]) -> str:
    """Markdown: a row per claim and rung, and a sentence per claim. Pure."""
    lines = ["| claim | method | model | parameters | effect [95 %] | verdict |", "|---|---|---|---|---|---|"]
    lines += [
        f"| `{climb.claim}` | {climb.how} | {step.model} | {step.parameters / 1e6:.3g} M "
        f"| {_shown(step, climb.minimum)} | {step.record.verdict} |"
        for climb in found
        for step in climb.steps
    ]
    return "\n".join([*lines, "", *(f"- {told(climb)}" for climb in found)])


def _shown(step: Step, minimum: float) -> str:
    if step.effect is None:
        return "not testable"
    return in_words(*step.effect, minimum, sign="+")


def told(climb: Climb) -> str:
    """What a claim does with size, in one sentence. Pure."""
    found, testable = climb.slope, [step for step in climb.steps if step.effect is not None]
    who = f"`{climb.claim}`, {climb.how}:"
    left = [step.model for step in climb.steps if step.effect is None]
    without = f"; not testable on {', '.join(left)}" if left else ""
    if found is None:
        return f"{who} measured on {len(testable)} of the rungs, and a trend needs {FEWEST} sizes{without}"
    said = {"grows": "grows with size", "shrinks": "shrinks with size", "stays": "stays", "cannot say": "cannot say"}
    between = f", scatter about the line beyond the items' {found.between:.3f}" if found.between else ""
    return (
        f"{who} **{said[found.trend]}**, {found.estimate:+.3f} [{found.low:+.3f}, {found.high:+.3f}] per tenfold "
        f"({found.sizes} rungs{between}; stays: within {climb.minimum:.2f}){without}"
    )


def as_json(found: Sequence[Climb]) -> list[Mapping[str, Any]]:
    """The table's figures, for a file."""
    from harness.report.verdicts import plain

    return [
        {
            "claim": climb.claim,
            "how": climb.how,
            "minimum": climb.minimum,
            "slope": plain(climb.slope) if climb.slope else None,
            "rungs": [
                {
                    "model": step.model,
                    "parameters": step.parameters,
                    "fingerprint": step.record.model_fingerprint,
                    "verdict": step.record.verdict,
                    "reason": step.record.reason,
                    "effect": plain(step.record.effect),
                    "base_scores": plain(step.record.measurements.get("base_scores")),
                }
                for step in climb.steps
            ],
        }
        for climb in found
    ]
