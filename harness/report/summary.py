"""What a failed check prints, what a run says at its end, and which pictures it draws."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

from harness.errors import BadInput
from harness.report.drawable import drawable
from harness.report.items import Results, worst_losses
from harness.report.match import about_the_paper
from harness.report.names import LATEST, in_words, record_name
from harness.report.record import ClaimRecord
from harness.versions import missing_of

SIGNIFICANT = 0.05
SHOWN = 80  # characters of an answer in a failure message


def explain(record: ClaimRecord, results: Results, items: Path, command: str, variants: Sequence[str] = ()) -> str:
    """The answer to a failed check's next questions: expected, measured, worst items, how to repeat.

    Args:
        record: the decided claim.
        results: variant -> task -> result, the unpruned first.
        items: folder of the item files.
        command: what was run.
        variants: whose items to show; default: all but the first.
    """
    effect = record.effect
    lines = [
        f"{record.claim}: {record.verdict}. {record.reason}",
        f"  claim:    {record.title}",
        f"  paper:    {record.paper.value} ({record.paper.source})",
        f"  match:    {about_the_paper(record)}",
    ]
    if effect is None:
        lines += [f"  measured: nothing but the unpruned model, n = {record.n_items}"]
    else:
        measured = f"{effect.name} {effect.in_words(record.minimum)} {effect.unit}"
        lines += [f"  measured: {measured}, n = {record.n_items}"]
    if record.p_value is not None:
        lines += [f"  p-value:  {record.p_value:.2g}, for an effect of {record.minimum:g}"]
    lines += [f"  left out: {task}: {why}" for task, why in record.tasks_left_out.items()]
    lines += [f"  left out: {task}, {why}" for task, why in record.left_out.items()]
    lines += [
        f"  worst:    {loss.task} {loss.after.item_id} ({loss.variant}): {loss.before.label} -> {loss.after.label}, "
        f"{loss.after.response[:SHOWN]!r}"
        for loss in worst_losses(results, variants)
    ]
    return "\n".join([*lines, f"  items:    {items}", f"  repeat:   {command}"])


def claim_line(record: ClaimRecord) -> str:
    """One decided claim in a line: which, why, and its p-value before and after Holm over its family."""
    how = ", ".join(filter(None, [record.model, in_words(record.params)]))
    exact = f"; {about_the_paper(record)}" if record.match == "exact" else ""
    line = f"{record.claim} [{how}]: {record.reason}{exact}"
    if record.p_value is None:
        return f"{line} ({record.verdict})"
    adjusted = "undefined" if record.p_adjusted is None else f"{record.p_value:.2g}, {record.p_adjusted:.2g} after Holm"
    return f"{line}; p = {adjusted}"


def others_lines(records: Sequence[ClaimRecord]) -> list[str]:
    """What was answered by other versions or another device, a line for each; mostly none."""
    counts: Counter[str] = sum((Counter(record.others) for record in records), Counter())
    return [
        f"{count} of the answers were read from the store as other versions or another device made them: "
        + ", ".join(f"{name} {value}" for name, value in json.loads(made).items())
        for made, count in sorted(counts.items())
    ]


def closing_line(records: Sequence[ClaimRecord], verdicts: Path, items: Path, pictures: int) -> str:
    """Where everything lies, and which reproduced claims Holm's correction does not let stand."""
    seconds = sum(record.cost.seconds for record in records)
    text = f"{verdicts} ({_some(len(records), 'claim')}, {seconds:.0f} s of checks), items in {items}"
    text += f", {_some(pictures, 'picture')} in {verdicts.parent}" if pictures else ""
    text += f", page {verdicts.parent / 'index.html'} (this run alone: {verdicts.parent / LATEST})"
    weak = [record.claim for record in records if record.verdict == "reproduced" and not significant(record)]
    if not weak:
        return text
    names = ", ".join(dict.fromkeys(weak))
    doubt = f"reproduced, but after Holm over its family p for the minimum exceeds {SIGNIFICANT}"
    return f"{text}; {doubt}: {names}"


def _some(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def significant(record: ClaimRecord) -> bool:
    """Whether the correction over its family lets a reproduced claim stand."""
    return record.p_adjusted is not None and record.p_adjusted <= SIGNIFICANT


def draw(folder: Path, records: Sequence[ClaimRecord], kind_of_file: Literal["png", "pdf"] = "png") -> list[Path]:
    """A picture for everything that a record measured per task, per layer or along a curve.

    What an earlier run drew of the same claim and this one does not is removed. Without matplotlib none is drawn; the
    page of the run, which needs none, has its plots in any case.

    Raises:
        BadInput: the folder cannot be written.
    """
    if missing_of("report"):
        return []
    drawn, pictures = list[Path](), _pictures()
    paths = [folder / f"{record_name(record)}-{kind}.{kind_of_file}" for record in records for kind in pictures]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for record in records:
            title = f"{record.title}\n{record.model}"
            for kind, picture in pictures.items():
                if (value := drawable(record.measurements).get(kind)) is not None:
                    path = folder / f"{record_name(record)}-{kind}.{kind_of_file}"
                    drawn.append(picture(path, value, title))
        for path in set(paths) - set(drawn):
            path.unlink(missing_ok=True)
    except OSError as error:
        option = "--report" if kind_of_file == "png" else "--pdf"
        raise BadInput(f"{option} {folder}: cannot be written ({error.strerror}); name another folder") from error
    return drawn


def _pictures() -> dict[str, Callable[[Path, Any, str], Path]]:
    """Name of a measurement -> what draws it; matplotlib is not needed before a run's end."""
    from harness.report.picture import curve_picture, layer_picture, retention_picture

    def curve(path: Path, value: Any, title: str) -> Path:  # noqa: ANN401  # a measurement is plain JSON
        return curve_picture(path, value["points"], title, value["x"], value["y"])

    return {"retention": retention_picture, "layers": layer_picture, "curve": curve}
