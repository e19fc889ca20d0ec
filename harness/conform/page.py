"""The scoreboard as a page: methods x ratios x what is kept."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.conform.comparison import kept, ruined
from harness.conform.measured import RATIOS, Measured, equally_calibrated, stored
from harness.decide.conditions import RUIN
from harness.markdown import table
from harness.methods.rank import resolve_method
from harness.prune.ratio import layer_count
from harness.tasks.calibration import default_calibration
from harness.tasks.suite import ARITHMETIC, tasks_of
from harness.tiers import TIERS

if TYPE_CHECKING:
    from harness.subject import Subject
    from harness.tasks.outcome import TaskResult
    from harness.tiers import TierName

INTRODUCTION = """\
Share of the unpruned score that is kept, in {dtype}{thinking}, with its 95 % interval over items{draws}.
Methods that look at texts were all calibrated on the same: `{calibration}`.{worked}
Sorted by generation. Made by `python -m harness scoreboard --method NAME`; item scores are in
`baselines/{tier}/{folder}/`.

- classification: {classification}
- generation: {generative}
- arithmetic: {arithmetic}{recovery}"""
WORKED = """
Checks calibrate {methods} as the source does, on worked answers (`{answers}`), unless `--calibration` says otherwise,
so there other layers may go than here."""
OLDER = """\
Measured by earlier versions of the code that answers and judges, so perhaps judged a little otherwise: {methods}."""
RUINED = """\
The recovery may have taken {most:.2f} or more of the generation that was there before it, so what is left says nothing
of the method: {methods}."""
LOOKS = ("forward", "gradients")
"""What methods need that look at texts; the others get none, or items of their own."""
RECOVERY = """
- recovered: after training on the unpruned model's own answers, the tier's recipe, one seed; of `random` three draws"""
NOTES: "Mapping[TierName, str]" = {
    "tiny": """\
It ranks methods on the tiny model only, which predicts question text badly: criteria by loss on texts (`perplexity`,
`greedy_nll`, `block_pruner`, `evopress`, `taylor`) say little here. `paper_*` are layer sets of the paper's own models,
and `tale_best` and `tale_bsba` refuse where no layer can go for nothing: none of these is ever measured here.""",
}
HEAD = ("method", "without", "classification", "generation", "arithmetic")
RECOVERED_HEAD = "generation, recovered"


def page(subject: "Subject", folder: Path, methods: Sequence[str]) -> str:
    """Markdown of every stored measurement of `folder` that belongs to the subject's model, items and calibration."""
    tier, subject = subject.tier, equally_calibrated(subject)
    base = subject.evaluate(subject.whole, tasks_of(tier))
    mine = {
        ratio: [found for name in methods if (found := stored(folder, name, ratio)) and found.is_of(subject, base)]
        for ratio in RATIOS
    }
    everything = [found for several in mine.values() for found in several]
    recovered = any(found.after for found in everything)
    parts = [
        f"# Scoreboard: {subject.loaded.label}",
        INTRODUCTION.format(
            draws=" (and over the ten draws of `random`)" if any(len(found.plans) > 1 for found in everything) else "",
            classification=_tasks(base, TIERS[tier].classification),
            generative=_tasks(base, TIERS[tier].generative),
            arithmetic=_tasks(base, ARITHMETIC),
            recovery=RECOVERY if recovered else "",
            tier=tier,
            dtype=subject.loaded.dtype,
            thinking=(f", thinking {subject.thinks}" if subject.thinks else "")
            + (f", asked in the form `{subject.loaded.form}`" if subject.loaded.form else ""),
            folder=folder.name,
            calibration=subject.choices.calibration_of().named(tier),
            worked=_worked(subject, methods),
        ),
        *([NOTES[tier]] if tier in NOTES else []),
    ]
    for ratio, several in mine.items():
        if not several:
            continue
        parts += [f"## {ratio:.0%} of the layers", _table(base, several, tier, recovered=recovered)]
        trained = [found for found in several if found.after]
        broken = sorted(f"`{found.method}`" for found in trained if ruined(base, found, TIERS[tier].generative))
        if broken:
            parts.append(RUINED.format(most=RUIN, methods=", ".join(broken)))
        older = sorted(f"`{found.method}`" for found in several if not found.by_todays_code)
        if older:
            parts.append(OLDER.format(methods=", ".join(older)))
        missing = sorted(set(methods) - {found.method for found in several})
        if missing:
            costs = [_with_cost(name, subject.loaded.depth, ratio) for name in missing]
            parts.append(f"Not measured: {', '.join(costs)}.")
    return "\n\n".join(parts) + "\n"


def _worked(subject: "Subject", methods: Sequence[str]) -> str:
    """Which methods are shown other texts by checks, and which."""
    answers = default_calibration("worked").on(subject.tier)
    known = map(resolve_method, methods)
    others = [f"`{one.name}`" for one in known if one.calibration == "worked" and one.needs in LOOKS]
    if not others or subject.choices.calibration_of() == answers:
        return ""
    return WORKED.format(methods=" and ".join(others), answers=answers.named(subject.tier))


def _with_cost(method: str, depth: int, ratio: float) -> str:
    """A method's name, with what makes it dear where that is known."""
    counts = resolve_method(method).passes
    passes = None if counts is None else counts(depth, layer_count(ratio, depth))
    return f"{method} ({passes} passes over the texts)" if passes and passes > 1 else method


def _tasks(base: "Mapping[str, TaskResult]", names: Sequence[str]) -> str:
    """Names, with the unpruned accuracy and the number of items of each."""
    return ", ".join(f"{name} ({base[name].mean:.2f} of {len(base[name].outcomes)} items)" for name in names)


def _table(base: "Mapping[str, TaskResult]", found: Sequence[Measured], tier: "TierName", *, recovered: bool) -> str:
    columns = [(TIERS[tier].classification, False), (TIERS[tier].generative, False), (ARITHMETIC, False)]
    columns += [(TIERS[tier].generative, True)] if recovered else []
    head = (*HEAD, RECOVERED_HEAD) if recovered else HEAD
    ordered = sorted(found, key=lambda measured: -_estimate(base, measured, TIERS[tier].generative))
    rows = [
        (
            f"`{measured.method}`",
            f"{measured.plans[0]}{' and others' if len(measured.plans) > 1 else ''}",
            *(_cell(base, measured, tasks, recovered=after) for tasks, after in columns),
        )
        for measured in ordered
    ]
    return table(head, rows).rstrip("\n")


def _estimate(base: "Mapping[str, TaskResult]", measured: Measured, tasks: Sequence[str]) -> float:
    interval = kept(base, measured, tasks)
    return interval.estimate if interval else 0.0


def _cell(base: "Mapping[str, TaskResult]", measured: Measured, tasks: Sequence[str], *, recovered: bool) -> str:
    interval = kept(base, measured, tasks, recovered=recovered)
    return f"{interval.estimate:.2f} [{interval.low:.2f}, {interval.high:.2f}]" if interval else ""
