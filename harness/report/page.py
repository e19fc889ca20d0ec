"""One page a decided claim, `report/claims/<name>.md`: what a reader of the verdict asks next, reproduced or not."""

from collections.abc import Sequence
from pathlib import Path

from harness.markdown import quoted
from harness.report.beside import beside
from harness.report.items import Loss, Results, worst_losses, write_text
from harness.report.match import about_the_paper
from harness.report.names import in_words, record_name
from harness.report.record import ClaimRecord, PaperFigure
from harness.report.scores import in_markdown
from harness.score.ledger import Cost
from harness.sizes import size
from harness.tasks.guessing import guessing_score

SHOWN = 200  # characters of an answer


def write_page(folder: Path, record: ClaimRecord, results: Results, command: str, variants: Sequence[str] = ()) -> Path:
    """Write the page of a decided claim.

    Args:
        folder: the report folder.
        record: the decided claim.
        results: variant -> task -> result, the unpruned first.
        command: what was run.
        variants: whose worst items to show; default: all but the first.

    Raises:
        BadInput: the folder cannot be written.
    """
    name = record_name(record)
    text = "\n".join(
        [
            *_found(record, list(next(iter(results.values()), {}))),
            *_worst(results, variants),
            "## Repeat",
            "",
            f"```\n{command}\n```",
            "",
            f"Every item's answer and label: `{folder / 'items' / name}`",
            "",
        ]
    )
    return write_text(folder / "claims" / f"{name}.md", text, folder)


def _found(record: ClaimRecord, tasks: Sequence[str]) -> list[str]:
    params = in_words(record.params) or "what is usual"
    seeds = ", ".join(str(seed) for seed in record.seeds)
    return [
        f"# {record.title}",
        "",
        f"`{record.claim}` on {record.model}: **{record.verdict}**. {capital(record.reason)}.",
        "",
        f"- paper: {record.paper.value} ({record.paper.source}{_seen(record.paper)})",
        _ours(record),
        f"- match: {about_the_paper(record)}",
        *([f"- from the base alone it could have been: {' or '.join(record.could_be)}"] if record.could_be else []),
        f"- {_p(record)}{record.n_items} items, seeds {seeds}",
        f"- with: {params}; model fingerprint `{record.model_fingerprint}`{in_dtype(record)}",
        *(f"- left out: {task}, {why}" for task, why in record.left_out.items()),
        *(f"- in no group: {task}: {why}" for task, why in record.tasks_left_out.items()),
        *([f"- an answer ends with: {', '.join(f'`{end}`' for end in record.ends)}"] if record.ends else []),
        f"- cost: {_cost(record.cost)}",
        *(f"- {line}" for line in beside(record, tasks)),
        "",
        *(["## Scores", "", in_markdown(record)] if record.scores else []),
    ]


def _ours(record: ClaimRecord) -> str:
    effect = record.effect
    if effect is None:
        return "- ours: not measured; only the unpruned model was asked"
    interval = f"{effect.in_words(record.minimum)}, {effect.confidence:.4g} interval"
    return f"- ours: {effect.name} {interval}, {effect.unit}"


def _p(record: ClaimRecord) -> str:
    return "" if record.p_value is None else f"p = {record.p_value:.2g} for an effect of {record.minimum:g}, "


def _seen(paper: PaperFigure) -> str:
    """Which versions of the paper say so; nothing where none does."""
    seen = {"the figure": paper.stated_in, "the claim": paper.claim_in}
    said = [f"{what} in {', '.join(versions)}" for what, versions in seen.items() if versions]
    return f"; seen: {'; '.join(said)}" if said else ""


def _cost(cost: Cost) -> str:
    return (
        f"{cost.seconds:.1f} s, {cost.forward_tokens} prompt tokens, {cost.generated_tokens} generated tokens, "
        f"{cost.layer_forwards} layer calls, peak memory {size(cost.peak_memory_bytes)} "
        f"(answers read back from the store cost nothing)"
    )


def _worst(results: Results, variants: Sequence[str]) -> list[str]:
    if len(results) < 2:  # noqa: PLR2004  # the unpruned model and something to compare it with
        return _base_alone(results)
    lines = ["## What was lost", ""]
    for task in next(iter(results.values()), {}):
        one = {variant: {task: by_task[task]} for variant, by_task in results.items() if task in by_task}
        if len(one) < 2:  # noqa: PLR2004  # as above
            lines += [f"{task}: only the unpruned model was asked", ""]
            continue
        losses = worst_losses(one, [variant for variant in variants if variant in one])
        lost = "" if losses else "; no item lost"
        lines += [f"{task}: {_scored(one, task, variants)}{lost}", "", *(_item(loss) for loss in losses)]
        lines += [""] if losses else []
    return lines


def _scored(one: Results, task: str, variants: Sequence[str]) -> str:
    """What the unpruned model scores and what became of it, of the variants that are shown."""
    (base, before), *others = ((variant, by_task[task]) for variant, by_task in one.items())
    shown = [f"{result.mean:.3f} ({name})" for name, result in others if not variants or name in variants]
    after = f" -> {', '.join(shown)}" if shown else ""
    return f"{before.mean:.3f} ({base}){after}, of {len(before.outcomes)} items"


def _base_alone(results: Results) -> list[str]:
    """What there is to say of a claim that nothing could decide."""
    lines = ["## What the unpruned model scored", ""]
    for by_task in results.values():
        lines += [
            f"- {task}: {result.mean:.3f} of {len(result.outcomes)} items, guessing {guessing_score(result):.3f}"
            for task, result in by_task.items()
        ]
    return [*lines, ""]


def _item(loss: Loss) -> str:
    answer = " ".join(loss.after.response.split())
    shown = answer[:SHOWN] + " ..." if len(answer) > SHOWN else answer
    return (
        f"- {quoted(loss.after.item_id)} ({loss.variant}): {loss.before.label} -> {loss.after.label}, {quoted(shown)}"
    )


def in_dtype(record: ClaimRecord) -> str:
    """What a fingerprint holds in: " in float32"; "" of a row that does not say."""
    return f" in {record.dtype}" if record.dtype else ""


def capital(sentence: str) -> str:
    """With its first letter large, and the others as they are: names keep theirs."""
    return sentence[:1].upper() + sentence[1:]
