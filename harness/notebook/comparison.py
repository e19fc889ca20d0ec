"""Whether a checkpoint kept what its parent could, as a value."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.arguments import named, require_keeps, require_model, told_second
from harness.notebook.asking import STORE, require_kinds, subject_of, text_of
from harness.versions import require_extra

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Comparison:
    """The answer of `compare`."""

    verdict: str
    """`kept`, `broken`, `undecided`, `not comparable`."""
    sentence: str
    differs: tuple[str, ...]
    """What differs between the two checkpoints, a sentence each."""
    tasks: "pd.DataFrame"
    """One row a task, and one for all: items, both scores, retention with its interval, items lost and gained."""
    claims: "pd.DataFrame"
    """One row a claim that needs no choice of layers: verdict, effect with its interval, minimum, reason."""

    def __repr__(self) -> str:
        """Verdict and sentence."""
        return f"Comparison({self.verdict}: {self.sentence})"

    def _repr_html_(self) -> str:
        from html import escape

        tables = "".join(
            one.to_html(index=False, float_format="{:.3f}".format, na_rep="", escape=True)
            for one in (self.tasks, self.claims)
        )
        return f"<p><b>{escape(self.verdict)}</b>: {escape(self.sentence)}</p>{tables}"


def compare(
    parent: str | Path,
    pruned: str | Path,
    *,
    keeps: float = 0.95,
    data: str | Path | None = None,
    limit: int | None = None,
    store: str | Path = STORE,
    dtype: str | None = None,
) -> Comparison:
    """Ask a checkpoint and its parent the same, and decide: `python -m harness compare` from Python.

    Args:
        parent: `tiny`, a folder, a `.gguf` file, or a hub id.
        pruned: what was made of it, in the same forms.
        keeps: least share of the parent's score above guessing that counts as kept.
        data: folder of benchmark files (docs/data.md); None reads the hub.
        limit: items per task, a seeded random subset; None takes all.
        store: folder where answers are kept.
        dtype: of the weights; None as `load_model` has it.

    Raises:
        BadInput: a checkpoint, the share, the data or pandas cannot be used.
    """
    require_extra("report", "data frames")
    require_kinds(keeps=(keeps, float))
    require_keeps(keeps)
    pruned = text_of("pruned", pruned)
    import pandas as pd

    from harness.models.vocabulary import asked_with
    from harness.prune.kinship import kinship
    from harness.subject.pair import claims_of, kept

    with named("pruned"):
        require_model(pruned)
    with named("parent"):
        subject = subject_of(parent, data, limit, store, dtype)
    with named("pruned"):
        other = told_second(pruned, subject.loaded, dtype, None)
    differs = (*kinship(subject.loaded, other).sentences(), f"asked with {asked_with(other, subject.loaded)}")
    decision, said = kept(subject, other, keeps), claims_of(subject, other)
    tasks = [
        {"task": row.name, "verdict": row.verdict, "n": row.n, "parent": row.base, "pruned": row.new,
         **_ends(row.retention, "retention"), "lost": row.lost, "gained": row.gained, "why": row.why}
        for row in decision.rows
    ]  # fmt: skip
    claims = [
        {"claim": one.claim, "verdict": one.verdict, **_ends(one.effect, "effect"), "minimum": one.minimum,
         "reason": one.reason}
        for one in said
    ]  # fmt: skip
    return Comparison(decision.verdict, decision.sentence, differs, pd.DataFrame(tasks), pd.DataFrame(claims))


def _ends(found: object, name: str) -> dict[str, float | None]:
    """An estimate with the ends of its interval; nothing of what is not known."""
    return {name: getattr(found, "estimate", None), "low": getattr(found, "low", None),
            "high": getattr(found, "high", None)}  # fmt: skip
