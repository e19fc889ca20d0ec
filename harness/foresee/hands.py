"""Hands that only count: what answers, rates, ranks and trains where a run is foreseen.

Every answer that the store lacks gets a stand-in, so that a check goes all its way, and is counted as the job that it
would be: the requests, keys and batches are those of the run itself. Nothing is computed and nothing is kept.
"""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from harness.foresee.alike import Walk, again, walk_of
from harness.foresee.corpora import foreseen
from harness.foresee.face import Face, Notes, Sight
from harness.foresee.imagined import imagined, levelled
from harness.foresee.lengths import Kind, Lengths, elsewhere
from harness.foresee.work import Ranking
from harness.methods.method import Ranking as Chosen
from harness.methods.rank import rank_layers, resolve_method
from harness.models.fingerprint import fingerprint
from harness.models.spaces import Cosines
from harness.prune.apply import apply_plan
from harness.prune.plan import LayerPlan
from harness.prune.surgery import expected_layers
from harness.recover.corpus import Corpus
from harness.recover.recover import RecoveredModel, recover_along
from harness.recover.self_generated import self_generated
from harness.repair.repair import repair_named
from harness.subject.hands import Hands, Variant
from harness.tasks.outcome import TaskResult
from harness.tasks.samples import sample
from harness.tasks.source import Source
from harness.tasks.suite import TASKS, evaluate
from harness.tasks.task import run_task
from harness.text.encode import plain_ids
from harness.text.requests import (
    Respondent,
)
from harness.tiers import TierName

if TYPE_CHECKING:
    from pathlib import Path

    from transformers import PreTrainedModel

    from harness.models.load import LoadedModel
    from harness.score.scorer import Scorer

KEPT = ("*.jsonl", "recoveries/*")
"""Files of a store that name answers or trainings."""


_NEITHER = Cosines(1.0, 1.0, 0.5)


class Counting:
    """Counts for every check of a session; `begin` starts a check anew."""

    def __init__(self, tier: TierName, scale: float = 1.0, folder: "Path | None" = None) -> None:
        """Nothing is known but what models of the tier usually write.

        `scale` is the number of tokens that the model which is meant has for one of whoever stands in for it; `folder`
        is the store's.
        """
        self.sight = Sight(lengths=Lengths(elsewhere(tier)), scale=scale)
        self.folder = folder
        self._faces: list[Face] = []
        self._walks: dict[object, list[Walk]] = {}
        self._unknown: set[str] = set()

    @property
    def notes(self) -> Notes:
        """What the check asked so far."""
        return self.sight.notes

    def begin(self) -> None:
        """Forget what the last check asked, for the next one may be run alone."""
        self.sight.notes = Notes()
        for face in self._faces:
            face.answers.clear()

    @property
    def hands(self) -> Hands:
        """For a subject."""
        return Hands(
            self.scorer,
            self.evaluate,
            self.sample,
            self.rank,
            self.corpus,
            self.self_generated,
            self.recover,
            self.repair,
            compare=self.compare,
            counts=True,
        )

    def scorer(self, variant: Variant, scorer: "Scorer") -> "Scorer":
        """The scorer with a store that is read only, and jobs that count themselves."""
        if isinstance(variant, LayerPlan):
            kind: Kind = "base" if variant.changes_nothing else "pruned"
            name, known = scorer.fingerprint, scorer.fingerprint not in self._unknown
        else:
            kind = "recovered" if isinstance(variant, RecoveredModel) else "pruned"
            name, known = variant.fingerprint, variant.fingerprint == scorer.fingerprint
        plan = variant if isinstance(variant, LayerPlan) else None
        face = Face(self.sight, name, kind, plan, scorer.store if known else None)
        self._faces.append(face)
        scorer.store = face  # type: ignore[assignment]  # has all that a scorer asks of a store
        desk, scale = scorer.desk, self.sight.scale
        scorer.desk = replace(
            desk, taken=lambda job: face.counted(job, scorer.tokenizer),
            scoring_budget=round(desk.scoring_budget / scale), generation_budget=round(desk.generation_budget / scale),
        )  # fmt: skip
        self.folder = self.folder or scorer.folder
        scorer.folder, scorer.progress = None, None
        return scorer

    def evaluate(
        self, names: Sequence[str], scorer: Respondent, source: Source, limit: int | None, seed: int,
        *split: Any,  # noqa: ANN401  # as `evaluate` takes it
    ) -> dict[str, TaskResult]:  # fmt: skip
        """Results of which those that rest on stand-ins have scores of a plausible level."""
        face = getattr(scorer, "store", None)
        if not isinstance(face, Face) or not face.blank:
            return self._evaluated(names, scorer, source, limit, seed, *split)
        walks = self._walks.setdefault((*names, face.kind, source, limit, seed, *split, id(scorer.tokenizer)), [])
        found = again(walks, face, self.notes, expected_layers(scorer.model))
        if found is None:
            before, counted = set(face.answers), len(self.notes.pieces)
            face.asked.clear()
            found = self._evaluated(names, scorer, source, limit, seed, *split)
            walks.append(walk_of(face, before, self.notes.pieces[counted:], found))
        return found

    def _evaluated(
        self, names: Sequence[str], scorer: Respondent, source: Source, limit: int | None, seed: int,
        *split: Any,  # noqa: ANN401
    ) -> dict[str, TaskResult]:  # fmt: skip
        others, found = [name for name in names if name not in TASKS], dict[str, TaskResult]()
        for group in [[name] for name in names if name in TASKS] + ([others] if others else []):
            self.sight.task, self.sight.invented = group[0], False
            if group == others:
                results = evaluate(group, scorer, source, limit, seed, *split)
                found |= levelled(results, _kind(scorer)) if self.sight.invented else results
                continue
            task = TASKS[self.sight.task]
            task = replace(task, judge=imagined(task, _kind(scorer)), judge_all=None)
            result = run_task(task, scorer, source, limit, seed, *split)
            if not self.sight.invented:  # all is there, and what it comes to is known
                with self._at_its_folder(scorer):
                    result = evaluate(group, scorer, source, limit, seed, *split)[self.sight.task]
            found[self.sight.task] = result
        self.sight.task = ""
        return {name: found[name] for name in names}

    @contextmanager
    def _at_its_folder(self, scorer: Respondent) -> Iterator[None]:
        """While open, judgements are read where they are kept."""
        scorer.folder, before = self.folder, scorer.folder
        yield
        scorer.folder = before

    def sample(self, name: str, scorer: Respondent, *given: Any, **named: Any) -> list[TaskResult]:  # noqa: ANN401
        """Drawn answers, each counted."""
        self.sight.task = name
        return sample(name, scorer, *given, **named)

    def rank(
        self, method: str, loaded: "LoadedModel", count: int, texts: Sequence[str], seed: int, score: Any,  # noqa: ANN401
    ) -> Chosen:  # fmt: skip
        """What a method chooses that asks nothing of the model; of any other the cost, and so many layers."""
        chosen = resolve_method(method)
        if chosen.needs == "nothing":
            return rank_layers(method, loaded, count, texts, seed, score)
        tokens = sum(len(plain_ids(text, loaded.tokenizer)) for text in texts)
        passes = 1 if chosen.passes is None else chosen.passes(loaded.depth, count)
        self.notes.rankings.append(Ranking(method, round(self.sight.scale * passes * tokens), loaded.depth))
        if chosen.passes is None or chosen.needs == "task_scores":
            self.notes.cannot.append(f"how often {method} asks the model is not declared; counted once")
        draw = random.Random(f"{method} {count} {seed}")  # noqa: S311  # a seeded choice, not a secret
        layers = tuple(sorted(draw.sample(range(loaded.depth), count)))
        plan = LayerPlan.without(layers, loaded.depth)
        self._unknown.add(fingerprint(apply_plan(loaded.model, plan)))
        return Chosen(layers, tuple(float(layer not in layers) for layer in range(loaded.depth)), method, plan)

    def compare(
        self, base: "PreTrainedModel", variant: "PreTrainedModel", prompt: Sequence[int], answer: Sequence[int]
    ) -> Cosines:
        """Two models that read a text, counted; what a variant has that is neither near nor far."""
        text, layers = (*prompt, *answer), expected_layers(base) + expected_layers(variant)
        name = f"how near {fingerprint(variant)} is on text {hash(text)}"
        self.notes.rankings.append(Ranking(name, round(self.sight.scale * len(text)), layers))
        return _NEITHER

    def corpus(self, name: str, source: Source, beside: Sequence[str], n: int | None, seed: int) -> Corpus:
        """Examples that stand for a corpus; the sentence that says so is noted."""
        kept = self.folder is not None and any(any(self.folder.glob(names)) for names in KEPT)
        found, said = foreseen(name, source, beside, n, seed, whole=kept)
        if said and said not in self.notes.cannot:
            self.notes.cannot.append(said)
        return found

    def self_generated(self, scorer: "Scorer", asked: Corpus, *given: Any, **named: Any) -> tuple[Corpus, Any]:  # noqa: ANN401
        """Stand-ins for a model's own answers, each counted as often as its prompt stands for others."""
        self.sight.stands_for = asked.stands_for
        try:
            return self_generated(scorer, asked, *given, **named)
        finally:
            self.sight.stands_for = 1.0

    def recover(
        self, variant: "LoadedModel", corpus: Any, recipe: Any, seed: int, at: Sequence[float] = (1.0,), **given: Any,  # noqa: ANN401
    ) -> list[RecoveredModel]:  # fmt: skip
        """What a training run left that is kept; else stand-ins for it, and the run counted."""
        from harness.foresee.training import kept_whole, stand_ins

        if kept_whole(variant, corpus, recipe, seed, at, given):
            return recover_along(variant, corpus, recipe, seed, at, **given)
        runs, models = stand_ins(variant, corpus, recipe, seed, at, given)
        self.notes.trainings += [run.scaled(self.sight.scale).repeated(corpus.stands_for) for run in runs]
        return models

    def repair(
        self, name: str, variant: "LoadedModel", base: "PreTrainedModel", texts: Sequence[Sequence[int]]
    ) -> "LoadedModel":
        """A stand-in for what a repair makes of a pruned model, and the passes of the base counted."""
        repair_named(name)
        tokens, depth = sum(map(len, texts)), expected_layers(base)
        self.notes.rankings.append(Ranking(f"repair {name}", round(self.sight.scale * tokens), depth))
        return replace(variant, fingerprint=f"{variant.fingerprint}-{name}")


def _kind(scorer: Respondent) -> Kind:
    face = getattr(scorer, "store", None)
    return face.kind if isinstance(face, Face) else "base"
