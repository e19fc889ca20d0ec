"""The base and what is made of it, each ready to answer: one resident model behind all that share its weights."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from harness.errors import BadInput
from harness.models.catalogue import recognised
from harness.models.load import LoadedModel, load_model
from harness.models.structure import text_config
from harness.prune.apply import apply_plan
from harness.prune.plan import LayerPlan
from harness.recover.memory import memory_for
from harness.recover.recover import RecoveredModel
from harness.score.adapters import adapted_together, differ_in_adapters_only
from harness.score.card import generation_tokens, sharing
from harness.score.ledger import Ledger
from harness.score.scorer import SCORING_BUDGET, Scorer
from harness.score.together import Together
from harness.subject.hands import Hands, Variant
from harness.text.thoughts import Thinking
from harness.tiers import TIERS, TierName

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@dataclass(frozen=True)
class Variants:
    """Scorers of the base and of its variants, made when they are first asked."""

    loaded: LoadedModel
    tier: TierName
    store: Path | None
    ledger: Ledger
    batch_tokens: int | None
    """Most tokens of a batch; None: the tier's budgets."""
    thinking: Thinking
    progress: TextIO | None
    hands: Hands = Hands()  # noqa: RUF009  # frozen
    _scorers: dict[str | LayerPlan, Scorer] = field(default_factory=dict)
    _spoilt: list[str] = field(default_factory=list)
    """Why the base can no longer be trusted."""

    def scorer(self, variant: Variant) -> Scorer:
        """What answers for a variant.

        Raises:
            BadInput: the base was spoilt.
        """
        if self._spoilt:
            raise BadInput(self._spoilt[0])
        key: str | LayerPlan
        if isinstance(variant, LayerPlan):
            key, tokenizer = variant, self.loaded.tokenizer
        else:  # another checkpoint is asked in its own words
            key, tokenizer = variant.fingerprint, variant.tokenizer
        if key not in self._scorers or self._scorers[key].tokenizer is not tokenizer:
            if isinstance(key, str):  # such a variant has weights of its own: one at a time is held
                for other in [known for known in self._scorers if isinstance(known, str)]:
                    del self._scorers[other]
            model, label = self._resident(variant)
            scoring, generation = self.budgets()
            made = Scorer(
                model, tokenizer, self.store, self.ledger, scoring_budget=scoring,
                generation_budget=generation, progress=self.progress, label=label, thinking=self.thinking,
            )  # fmt: skip
            self._scorers[key] = self.hands.scorer(variant, made)
        return self._scorers[key]

    def adapted_together(self, variants: Sequence[Variant]) -> Together | None:
        """Recoveries as one that writes; None where they do not differ in their adapters alone.

        Their scorers are held until another variant with weights of its own is asked, for they share theirs.
        """
        models = {one.fingerprint: one for one in variants if isinstance(one, RecoveredModel)}
        if len(models) < 2 or not differ_in_adapters_only([one.model for one in models.values()]):  # noqa: PLR2004
            return None
        if not models.keys() <= self._scorers.keys():
            self._scorers.update({name: self.scorer(one) for name, one in models.items()})
        return adapted_together({name: self._scorers[name] for name in models})

    def fingerprint(self, variant: Variant) -> str:
        """The variant's fingerprint."""
        return self.scorer(variant).fingerprint

    def spoil(self, reason: str) -> BadInput:
        """Answer nothing from now on, for this reason; the error to raise."""
        self._spoilt.append(reason)
        return BadInput(reason)

    def pruned(self, plan: LayerPlan) -> LoadedModel:
        """What a plan leaves, as a model of its own."""
        return replace(self.loaded, model=apply_plan(self.loaded.model, plan), fingerprint=self.fingerprint(plan))

    def in_other_numerics(self, *, alone: bool) -> dict[str, Scorer]:
        """The base in another dtype, and (where `alone`) one request at a time; by what is other."""
        name = "float32" if self.loaded.dtype != "float32" else "bfloat16"
        # loaded anew: casting would round buffers that are float32 in every dtype, such as rotary frequencies
        recast = load_model(self.loaded.reference.text, self.loaded.reference.revision, name)
        tokenizer, progress, thinking = self.loaded.tokenizer, self.progress, self.thinking
        others = {
            name: Scorer(
                recast.model, tokenizer, self.store, progress=progress, label=f"{self.loaded.label} in {name}",
                thinking=thinking,
            )
        }  # fmt: skip
        if alone:
            apart = self.store and self.store / "one-at-a-time"  # of its own, since keys do not name batches
            others["one at a time"] = Scorer(
                self.loaded.model, tokenizer, apart, scoring_budget=1, generation_budget=1, progress=progress,
                label=f"{self.loaded.label} one at a time", thinking=thinking,
            )  # fmt: skip
        return others

    def budgets(self) -> tuple[int, int]:
        """Tokens of a scoring and of a generation batch.

        The tier's; on a GPU what fits beside the weights, and for the paper's models no more than the catalogue's.
        """
        scoring, generation = SCORING_BUDGET, TIERS[self.tier].generation_tokens
        if self.loaded.model.device.type == "cuda":
            generation = self._on_card() or generation
            paper = recognised(self.loaded.reference.location)
            if paper is not None:
                scoring, generation = paper.scoring_budget, min(generation, paper.generation_budget)
        return min(scoring, self.batch_tokens or scoring), min(generation, self.batch_tokens or generation)

    def _on_card(self) -> int | None:
        """Tokens of a generation batch on the GPU, which workers of one run share."""
        model = self.loaded.model
        resident = sum(weight.nbytes for weight in model.parameters())
        return generation_tokens(text_config(model), model.dtype.itemsize, resident, memory_for(model), sharing())

    def _resident(self, variant: Variant) -> "tuple[PreTrainedModel, str]":
        """The model to run, and its name on the terminal."""
        if isinstance(variant, LoadedModel):
            return variant.model, f"{variant.label} {'recovered' if isinstance(variant, RecoveredModel) else 'changed'}"
        if variant.changes_nothing:
            return self.loaded.model, self.loaded.label
        return apply_plan(self.loaded.model, variant), f"{self.loaded.label} without {variant.describe()}"
