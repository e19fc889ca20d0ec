"""How a pruned variant of the base is trained again: corpora, self-generated answers, runs, guarded against tests."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property

from harness import progress
from harness.errors import BadInput
from harness.prune.plan import LayerPlan
from harness.recover.corpus import Corpus
from harness.recover.one_layer import require_layer_before
from harness.recover.recipe import Recipe, recipe_named, require_past_warm_up
from harness.recover.recover import RecoveredModel
from harness.recover.self_generated import SelfGeneration
from harness.recover.trainable import require_trainable
from harness.repair.repair import require_plan
from harness.subject.hands import Variant
from harness.subject.questions import Questions
from harness.subject.variants import Variants
from harness.tasks.contamination import contamination, require_clean
from harness.tiers import TIERS, RecoverySettings


@dataclass(frozen=True)
class Recoveries:
    """Training runs of a base's variants, each by the same settings."""

    variants: Variants
    questions: Questions
    settings: RecoverySettings
    dry: bool
    _written: dict[str, tuple[Corpus, SelfGeneration]] = field(default_factory=dict)

    @property
    def unusual(self) -> dict[str, object]:
        """What is done otherwise than by default on this tier."""
        usual = asdict(TIERS[self.questions.tier].recovery)
        return {name: value for name, value in asdict(self.settings).items() if value != usual[name]}

    @property
    def recipe(self) -> Recipe:
        """How they train where nothing else is asked for.

        Raises:
            BadInput: no recipe has this name.
        """
        return recipe_named(self.settings.recipe)

    @property
    def seeds(self) -> range:
        """Seeds of the training runs of every recovery; one where nothing is trained, since all would be the same."""
        return range(self.settings.seeds if self.recipe.has_training else 1)

    def require_training(self, claim: str) -> None:
        """Refuse a recipe that trains nothing for a claim about what training does.

        Raises:
            BadInput: the recipe is a repair.
        """
        if not self.recipe.has_training:
            raise BadInput(
                f"--recipe {self.recipe.name}: trains nothing, and {claim} is a claim about training; name a recipe "
                f"that trains, such as {TIERS[self.questions.tier].recovery.recipe} (a-repair-restores-arithmetic is "
                f"the claim about repairs)"
            )

    def require_plan(self, plan: LayerPlan, recipe: Recipe | None = None) -> None:
        """Refuse a plan that a recipe has no place in; None: the settings' recipe.

        Raises:
            BadInput: as of `repair.require_plan` and `one_layer.require_layer_before`.
        """
        recipe = recipe or self.recipe
        if not recipe.has_training:
            require_plan(recipe.repair, plan)
        if recipe.trains == "one-layer":
            require_layer_before(plan.kept[0])

    def aligned_recipe(self, ratio: float) -> tuple[Recipe, str]:
        """How the run that is aligned to the reasoning task recovers without `ratio` of the layers, and that in words.

        With all weights, as in the paper since its version 4; with the run's own recipe, and the reason, where the
        model or the machine does not allow it.
        """
        wanted = recipe_named(self.settings.aligned_recipe)
        try:
            require_trainable(self.variants.loaded.model, wanted, ratio)
        except BadInput as error:
            return self.recipe, f"{self.settings.recipe}, since {error}"
        return wanted, wanted.name

    def corpus(
        self, name: str, epochs: float | None = None, recipe: Recipe | None = None, ratio: float = 0.5
    ) -> Corpus:
        """A recovery corpus by name, cut to the run's number of examples.

        Args:
            name: as `named_corpus` takes it.
            epochs: of the run that is meant; None: the recipe's.
            recipe: of that run; None: the one of the settings.
            ratio: share of the layers that is removed before, which memory depends on; half where nobody says.

        Raises:
            BadInput: it cannot be read, holds a test item, or is too small for the recipe, or the recipe cannot train
                this model. Said here, so that it is known before anything is generated.
        """
        settings, asked = self.settings, self.questions
        recipe = recipe or self.recipe
        require_trainable(self.variants.loaded.model, recipe, ratio)
        wanted = (name, asked.source, settings.corpora, settings.examples, asked.seed)
        corpus = self.variants.hands.corpus(*wanted)
        if not self.dry:
            run = replace(recipe, epochs=epochs or recipe.epochs)
            require_past_warm_up(run, len(corpus.examples) * settings.responses)
        shown = [(example.id, example.prompt, "") for example in corpus.examples]
        require_clean(contamination(shown, asked.prompts), corpus.name)
        return corpus

    def self_generated(self, asked: Corpus) -> tuple[Corpus, SelfGeneration]:
        """The prompts of a corpus, answered by the unpruned model."""
        if asked.fingerprint not in self._written:
            self._written[asked.fingerprint] = self.variants.hands.self_generated(
                self.variants.scorer(LayerPlan.full(self.variants.loaded.depth)),
                asked,
                self.settings.max_new_tokens,
                self.settings.responses,
                seed=self.questions.seed,
                drop=self.settings.drop,
            )
        return self._written[asked.fingerprint]

    @cached_property
    def own_answers(self) -> Corpus:
        """The unpruned model's answers to the first corpus of the settings: what a standard recovery learns from.

        Raises:
            BadInput: as of `corpus`.
        """
        return self.self_generated(self.corpus(self.settings.corpora[0]))[0]

    def standard(self, variant: Variant) -> RecoveredModel:
        """The variant after the standard recovery: the unpruned model's own answers, the settings' recipe, one seed.

        Raises:
            BadInput: as of `recover`.
        """
        return self.recover(variant, self.own_answers, 0)[-1]

    def recover(
        self,
        variant: Variant,
        corpus: Corpus,
        seed: int,
        at: Sequence[float] = (1.0,),
        recipe: Recipe | None = None,
    ) -> list[RecoveredModel]:
        """The pruned variant after each fraction `at` of one recovery run.

        Raises:
            BadInput: the corpus is too small for the recipe, or a guard refuses it.
        """
        recipe = recipe or self.recipe
        if isinstance(variant, LayerPlan):
            self.require_plan(variant, recipe)
        if not self.dry:
            require_past_warm_up(recipe, len(corpus.examples))
        mine = self.variants
        pruned = mine.pruned(variant) if isinstance(variant, LayerPlan) else variant
        change = f"without {variant.describe()}" if isinstance(variant, LayerPlan) else "narrowed"
        return mine.hands.recover(
            pruned,
            corpus,
            recipe,
            seed,
            at,
            base=mine.loaded.model,
            avoid=self.questions.prompts,
            store=mine.store,
            thinking=mine.thinking.on,
            progress=progress.steps_bar(
                f"{mine.loaded.label} {change} {corpus.name} seed {seed} training", mine.progress
            ),
        )
