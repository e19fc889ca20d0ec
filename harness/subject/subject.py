"""The model under test: one resident base, its variants, and how they are evaluated in this run."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TextIO

from harness.methods.method import Ranking
from harness.models.fingerprint import fingerprint
from harness.models.load import LoadedModel
from harness.models.reference import bundled
from harness.prune.plan import LayerPlan
from harness.prune.ratio import layer_count
from harness.prune.width import narrowed_to
from harness.repair.repair import require_plan
from harness.score.ledger import Ledger
from harness.score.sweep import SweepScorer
from harness.subject.choices import Choices
from harness.subject.hands import Hands, Variant
from harness.subject.named import Named, named
from harness.subject.questions import Questions
from harness.subject.recoveries import Recoveries
from harness.subject.variants import Variants
from harness.tasks.calibration import Calibration
from harness.tasks.fresh import Fresh
from harness.tasks.outcome import TaskResult
from harness.tasks.source import Folder, Source
from harness.tasks.suite import sweep_limit
from harness.text.encode import plain_ids
from harness.text.template import tried
from harness.text.thoughts import Thinking
from harness.tiers import TIERS, RecoverySettings, TierName


@dataclass(frozen=True)
class Subject:
    """A base model with everything that must stay equal between its variants.

    Its parts remember what they answered; another subject made by `of` or `dataclasses.replace` has parts of its own.
    """

    loaded: LoadedModel
    tier: TierName
    source: Source
    """Of items and texts."""
    limit: int | None
    """Items per task, a seeded random subset; None: all."""
    store: Path | None
    seed: int = 0
    protocol: str = "sound"
    progress: TextIO | None = None
    dry: bool = False
    """Whether model and items are stand-ins made by `--dry-run`, so that no verdict may be reached."""
    ledger: Ledger = field(default_factory=Ledger)
    recovery: RecoverySettings | None = None
    """What recovery checks do; None: the tier's defaults."""
    batch_tokens: int | None = None
    """Most tokens of a batch; None: the tier's budgets."""
    shown: Calibration | None = None
    """What every method is calibrated on; None: what each declares."""
    thinking: Thinking = field(default_factory=Thinking)
    """Whether a model that can think does before it answers."""
    fresh: Fresh | None = None
    """How many fresh items are asked beside the published ones; None: none."""
    looks: bool = False
    """Whether a claim is looked at on few items first, and on more until it is decided (`decide.looks`)."""
    race: bool = False
    """Whether a sweep over layers is a race, which asks most of them a few items only (`decide.race`)."""
    tasks: tuple[str, ...] | None = None
    """The only tasks that claims are decided on; None: all of theirs."""
    hands: Hands = Hands()  # noqa: RUF009  # frozen
    """Who answers, ranks and trains."""
    plans_asked: list[LayerPlan] = field(default_factory=list)
    """Pruned variants in the order in which they were evaluated; a check starts it anew."""

    @cached_property
    def questions(self) -> Questions:
        """What is asked."""
        return Questions(self.tier, self.source, self.limit, self.seed, self.protocol, self.hands.evaluate)

    @cached_property
    def variants(self) -> Variants:
        """Who answers."""
        return Variants(
            self.loaded, self.tier, self.store, self.ledger, self.batch_tokens, self.thinking, self.progress, self.hands
        )

    @cached_property
    def choices(self) -> Choices:
        """Which layers methods choose."""
        return Choices(self.variants, self.questions, self.shown)

    @cached_property
    def recoveries(self) -> Recoveries:
        """How variants are trained again."""
        return Recoveries(self.variants, self.questions, self.recovery or TIERS[self.tier].recovery, self.dry)

    def named(self, claim: str) -> Named:
        """The tasks of a claim that are asked, role by role, and those that `--tasks` leaves out."""
        return named(claim, self.tier, self.protocol, self.tasks)

    @property
    def whole(self) -> LayerPlan:
        """The plan that removes nothing."""
        return LayerPlan.full(self.loaded.depth)

    @property
    def thinks(self) -> str | None:
        """How the model was asked to think: `off`, `on (N tokens)`, `always (N tokens)`; None where it cannot think."""
        if not self.loaded.tokenizer.chat_template or not (template := tried(self.loaded.tokenizer)).thinks:
            return None
        if template.switch is not None and not self.thinking.on:
            return "off"
        return f"{'always' if template.switch is None else 'on'} ({self.thinking.tokens} tokens)"

    @property
    def sweep_limit(self) -> int:
        """Items per task when every layer is removed in turn."""
        return sweep_limit(self.tier, self.limit)

    @property
    def item_folders(self) -> tuple[Path, ...]:
        """Where the items of tasks lie: no method has any business there."""
        return (bundled("data"), *((self.source.path,) if isinstance(self.source, Folder) else ()))

    def plan(self, method: str, ratio: float) -> LayerPlan:
        """What `method` keeps when `ratio` of the layers are removed."""
        return self.plan_without(method, layer_count(ratio, self.loaded.depth))

    def plan_without(self, method: str, count: int, seed: int | None = None) -> LayerPlan:
        """What `method` keeps when `count` layers are removed; arguments and refusals as of `ranking`."""
        plan = self.ranking(method, count, seed).plan
        assert plan is not None
        return plan

    def ranking(self, method: str, count: int, seed: int | None = None) -> Ranking:
        """What `method` decides for `count` layers, asked once a run; `seed` overrides the run's own.

        Raises:
            BadInput: the method refuses, broke its contract, or changed the base.
        """
        return self.choices.ranking(method, count, self.seed if seed is None else seed)

    def evaluate(self, variant: Variant, tasks: Sequence[str], limit: int | None = None) -> dict[str, TaskResult]:
        """Results of a variant, pruned or recovered, by task; `limit` overrides the run's own.

        Raises:
            BadInput: a task's items cannot be had.
        """
        if isinstance(variant, LayerPlan) and not variant.changes_nothing:
            self.plans_asked.append(variant)
        return self.questions.put(tasks, self.variants.scorer(variant), limit)

    def sample(
        self,
        variant: Variant,
        task: str,
        count: int,
        temperature: float,
        limit: int | None = None,
        items: Collection[str] | None = None,
    ) -> list[TaskResult]:
        """Results on `count` drawn answers per item, of the items named or, without names, of the run's."""
        scorer, most = self.variants.scorer(variant), limit or self.limit
        return self.hands.sample(task, scorer, self.source, most, self.seed, count, temperature, items)

    def evaluate_without_each(
        self, tasks: Sequence[str], limit: int | None = None
    ) -> Iterator[tuple[int, dict[str, TaskResult]]]:
        """Every layer removed alone: the layer, and results by task on `limit` items; None: `sweep_limit`."""
        plans = [LayerPlan.without((layer,), self.loaded.depth) for layer in range(self.loaded.depth)]
        return enumerate(self.evaluate_each(plans, tasks, limit or self.sweep_limit))

    def evaluate_all(
        self, variants: Sequence[Variant], tasks: Sequence[str], limit: int | None = None
    ) -> list[dict[str, TaskResult]]:
        """Results of several variants, in order, of which those write as one batch that differ in their adapters alone.

        Raises:
            BadInput: a task's items cannot be had.
        """
        together = self.variants.adapted_together(variants)
        if together is not None:
            self.questions.put(tasks, SweepScorer(together.base, {}, together=together), limit)
        return [self.evaluate(variant, tasks, limit) for variant in variants]

    def evaluate_each(
        self, plans: Sequence[LayerPlan], tasks: Sequence[str], limit: int | None = None
    ) -> Iterator[dict[str, TaskResult]]:
        """Results of several pruned variants, in order; `limit` overrides the run's own."""
        self.ask_together(plans, tasks, limit)
        for plan in plans:
            yield self.evaluate(plan, tasks, limit)

    def ask_together(self, plans: Sequence[LayerPlan], tasks: Sequence[str], limit: int | None = None) -> None:
        """Answer for several pruned variants at once: every beginning that some share, and every step, is run once."""
        scorer = self.variants.scorer
        variants = {plan: scorer(plan) for plan in plans}
        sweep = SweepScorer(scorer(self.whole), variants, fills=self.batch_tokens is None)
        self.questions.put(tasks, sweep, limit)

    def repaired(self, plan: LayerPlan, repair: str) -> LoadedModel:
        """The model without a plan's layers, which a repair made up for on what criteria are calibrated on.

        Raises:
            BadInput: there is no such repair, or it cannot repair this model or for this plan.
        """
        require_plan(repair, plan)
        texts = [plain_ids(text, self.loaded.tokenizer) for text in self.choices.calibration()]
        return self.hands.repair(repair, self.variants.pruned(plan), self.loaded.model, texts)

    def narrowed(self, parameters: int) -> LoadedModel:
        """The model at full depth without its least important MLP neurons, of about as many parameters."""
        model = narrowed_to(self.loaded, parameters, self.choices.calibration())
        return replace(self.loaded, model=model, fingerprint=fingerprint(model))

    def forget(self) -> None:
        """Forget which layers were chosen and what was written for recoveries, as if nothing was asked before."""
        for part in ("choices", "recoveries"):
            vars(self).pop(part, None)

    def of(self, loaded: LoadedModel) -> "Subject":
        """The same questions to another model of this tier."""
        return replace(self, loaded=loaded, plans_asked=[])
