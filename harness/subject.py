"""The model under test: one resident base, its variants, and how they are evaluated in this run."""

import json
import statistics
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from harness import progress
from harness.decide.bootstrap import Interval
from harness.decide.drops import mean_score_rise
from harness.decide.noise import flip_rate
from harness.decide.published import Difference, published_minus_fresh
from harness.errors import BadInput
from harness.methods.rank import METHODS, Ranking, needs_of, passes_of, rank_layers, texts_for
from harness.models.catalogue import recognised
from harness.models.fingerprint import fingerprint
from harness.models.load import LoadedModel, Tier, load_model
from harness.models.reference import bundled
from harness.models.state import answering_state, differences, some
from harness.prune.apply import apply_plan
from harness.prune.plan import LayerPlan
from harness.prune.ratio import layer_count
from harness.prune.width import narrowed_to
from harness.recover.corpora import DEFAULTS, Defaults, named_corpus
from harness.recover.corpus import Corpus, sample
from harness.recover.merge import merged
from harness.recover.recipe import Recipe, recipe_named, require_past_warm_up
from harness.recover.recover import RecoveredModel, on_four_bits, recover_along
from harness.recover.self_generated import SelfGeneration, self_generated
from harness.recover.trainable import require_trainable
from harness.score.cost import ModelCost, side_by_side, sizes
from harness.score.ledger import Ledger
from harness.score.scorer import SCORING_BUDGET, Scorer
from harness.score.sweep import SweepScorer
from harness.tasks.calibration import (
    Calibration,
    Texts,
    calibration_texts,
    default_calibration,
    digest,
    require_disjoint,
)
from harness.tasks.contamination import contamination, require_clean
from harness.tasks.fresh import COUNTERPARTS, Fresh
from harness.tasks.outcome import TaskResult, require_enough
from harness.tasks.pairs import paired
from harness.tasks.samples import sample as sample_answers
from harness.tasks.subset import Limit
from harness.tasks.suite import (
    ARITHMETIC,
    GENERATIVE,
    SELECTION_ITEMS,
    TASKS,
    evaluate,
    prompts,
    require_items,
    selection_splits,
    sweep_limit,
)
from harness.tasks.task import run_task
from harness.text.chat import tried
from harness.text.encode import plain_ids, room_of
from harness.text.thoughts import Thinking

if TYPE_CHECKING:
    from transformers import PreTrainedModel

# prompt and answer tokens of a generation batch; a 0.5B model decodes 64 rows 1.8 times as fast as 16 (81 and 46
# tokens/s, 2 cores), the tiny model gains nothing from larger batches
GENERATION_BUDGETS: dict[Tier, int] = {"tiny": 24_576, "small": 73_728, "gpu": 24_576}


@dataclass(frozen=True)
class Subject:
    """A base model with everything that must stay equal between its variants."""

    loaded: LoadedModel
    tier: Tier
    data: Path | None
    """Folder of real benchmarks; None: the bundled mini-world, or the hub."""
    limit: int | None
    """Items per task, a seeded random subset; None: all."""
    store: Path | None
    seed: int = 0
    protocol: str = "sound"
    progress: TextIO | None = None
    dry: bool = False
    """Whether model and items are stand-ins made by `--dry-run`, so that no verdict may be reached."""
    ledger: Ledger = field(default_factory=Ledger)
    recovery: Defaults | None = None
    """What recovery checks do; None: the tier's defaults."""
    batch_tokens: int | None = None
    """Most tokens of a batch; None: the tier's budgets."""
    shown: Calibration | None = None
    """What every method is calibrated on; None: what each declares."""
    thinking: Thinking = field(default_factory=Thinking)
    """Whether a model that can think does before it answers."""
    fresh: Fresh | None = None
    """How many fresh items are asked beside the published ones; None: none."""
    texts_left_out: dict[str, str] = field(default_factory=dict)
    """What of the calibration texts was left out, and why."""
    plans_asked: list[LayerPlan] = field(default_factory=list)
    """Pruned variants in the order in which they were evaluated; a check starts it anew."""
    _scorers: dict[str | LayerPlan, Scorer] = field(default_factory=dict)
    _asked: list[str] = field(default_factory=list)
    _texts: dict[Calibration, list[str]] = field(default_factory=dict)
    _rankings: dict[tuple[str, int, int, Calibration], Ranking] = field(default_factory=dict)
    _spoilt: list[str] = field(default_factory=list)
    """Why the base can no longer be trusted."""
    _base_selected: dict[str, TaskResult] = field(default_factory=dict)
    _written: dict[str, tuple[Corpus, SelfGeneration]] = field(default_factory=dict)

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

    def plan(self, method: str, ratio: float) -> LayerPlan:
        """What `method` keeps when `ratio` of the layers are removed."""
        plan = self.ranking(method, layer_count(ratio, self.loaded.depth)).plan
        assert plan is not None
        return plan

    def ranking(self, method: str, count: int, seed: int | None = None) -> Ranking:
        """What `method` decides for `count` layers, asked once a run; `seed` overrides the run's own.

        Raises:
            BadInput: the method refuses, broke its contract, or changed the base.
        """
        asked = method, count, self.seed if seed is None else seed
        key = (*asked, self.calibration_of(method))
        if key not in self._rankings:
            self._rankings[key] = self._ranked(*asked)
        return self._rankings[key]

    def _ranked(self, method: str, count: int, seed: int) -> Ranking:
        texts = [] if needs_of(method) == "nothing" else self.calibration(method)
        before, kernel = {} if method in METHODS else answering_state(self.loaded), self._kernel
        try:
            with self._pass_bar(method, count, len(texts)):
                return rank_layers(method, self.loaded, count, texts, seed, self.selection_score)
        finally:  # also where the method failed halfway
            if kernel is not None and self._kernel != kernel:  # who asks for attention weights needs another kernel
                self.loaded.model.set_attn_implementation(kernel)
            changed = differences(before, answering_state(self.loaded)) if before else []
            if changed:
                self._spoilt.append(
                    f"method {method} changed the base model ({some(changed)}), so nothing after it can be trusted; "
                    f"work on harness.apply_plan's variants and a copy of the tokenizer (the contract says more: "
                    f"pytest checks/ -m own_method)"
                )
                raise BadInput(self._spoilt[0])

    @property
    def _kernel(self) -> str | None:
        return getattr(self.loaded.model.config, "_attn_implementation", None)

    @property
    def item_folders(self) -> tuple[Path, ...]:
        """Where the items of tasks lie: no method has any business there."""
        return (bundled("data"), *(() if self.data is None else (self.data,)))

    def calibration_of(self, method: str | None = None) -> Calibration:
        """What a method is calibrated on, or, where none is named, whatever else looks at texts."""
        kind: Texts = "worked" if method is None else texts_for(method)
        return (self.shown or default_calibration(kind)).on(self.tier)

    def calibration(self, method: str | None = None) -> list[str]:
        """The texts that it may look at; they contain no test item.

        Raises:
            BadInput: there are not so many, or they do.
        """
        mine = self.calibration_of(method)
        if mine not in self._texts:
            room = room_of(self.loaded.model)
            texts = calibration_texts(
                mine, self.tier, self.data, self.loaded.tokenizer, self.seed, self.protocol,
                room if mine.length is not None else None,  # whole answers that do not fit are left out
            )  # fmt: skip
            require_disjoint(texts, self._test_prompts())
            fitting = [text for text in texts if self._shows(text)]
            left = len(texts) - len(fitting)
            require_enough("calibration", len(fitting), left, room)
            if left:
                self.texts_left_out["calibration"] = f"{left} of {len(texts)} texts, empty or longer than {room} tokens"
            self._texts[mine] = fitting
        return list(self._texts[mine])

    def calibrated_on(self, method: str) -> str | None:
        """What a method was shown, by name and by 8 digits of the texts themselves; None where it looks at none."""
        if needs_of(method) == "nothing":
            return None
        return f"{self.calibration_of(method).named(self.tier)} {digest(self.calibration(method))}"

    def _shows(self, text: str) -> bool:
        """Whether the model can be shown a text: some tokens, and no more than its input takes."""
        tokens, room = len(plain_ids(text, self.loaded.tokenizer)), room_of(self.loaded.model)
        return tokens > 0 and (room is None or tokens <= room)

    def selection_score(self, plan: LayerPlan) -> float:
        """How much of the unpruned model's score a plan keeps: mean retention over the selection tasks.

        As the paper's greedy search has it (`lp/script.py` @ 0890223). The items are in no test set under the sound
        protocol; under the paper's they are the published ones as far as `tasks.suite.PUBLISHED_SELECTION` can have
        them.
        """
        if not self._base_selected:
            self._base_selected.update(self._selected(self.whole))
        pruned = self._selected(plan)
        return statistics.fmean(
            pruned[task].mean / result.mean if result.mean else float(pruned[task].mean > 0)
            for task, result in self._base_selected.items()
        )

    def _selected(self, plan: LayerPlan) -> dict[str, TaskResult]:
        limit, results = SELECTION_ITEMS[self.tier], dict[str, TaskResult]()
        for task, split in selection_splits(self.tier, self.protocol).items():
            results |= evaluate([task], self._scorer(plan), self.data, limit, self.seed, split)
        return results

    def evaluate(
        self, variant: LayerPlan | LoadedModel, tasks: Sequence[str], limit: Limit = None
    ) -> dict[str, TaskResult]:
        """Results of a variant, pruned or recovered, by task; `limit` overrides the run's own.

        Raises:
            BadInput: a task's items cannot be had, or would be the mini-world's on a real model.
        """
        require_items(tasks, self.tier, self.data)
        if isinstance(variant, LayerPlan) and not variant.changes_nothing:
            self.plans_asked.append(variant)
        return evaluate(tasks, self._scorer(variant), self.data, limit or self.limit, self.seed)

    def planned(self, tasks: Sequence[str], limit: int | None = None) -> dict[str, int]:
        """How many items of each task an evaluation asks, before any is left out.

        lm-eval's tasks count as few as a slice where no limit says otherwise: they are cheap, and asked whole.
        """
        most = limit or self.limit
        sizes = {task: len(TASKS[task].load(self.data, "test")) for task in tasks if task in TASKS}
        return {task: min(sizes.get(task, most or 1), most or sizes.get(task, 1)) for task in tasks}

    def fresh_results(self, variant: LayerPlan | LoadedModel, published: Iterable[str]) -> dict[str, TaskResult]:
        """Results on fresh items of those published tasks that have such, by the published name."""
        if self.fresh is None:
            return {}
        asked, scorer = self.fresh, self._scorer(variant)
        return {
            task: run_task(COUNTERPARTS[task](asked.seed), scorer, self.data, asked.count, asked.seed)
            for task in published
            if task in COUNTERPARTS
        }

    def beside_fresh(
        self, variant: LayerPlan | LoadedModel, base: Mapping[str, TaskResult], after: Mapping[str, TaskResult]
    ) -> dict[str, dict[str, Difference]]:
        """The measurement `fresh`: published against fresh items, by task; nothing where no fresh ones are asked."""
        first = self.fresh_results(self.whole, base)
        second = self.fresh_results(variant, first)
        published, fresh = paired(base, after, list(first)), paired(first, second, list(first))
        found = {one.name: published_minus_fresh(one, other) for one, other in zip(published, fresh, strict=True)}
        return {"fresh": found} if found else {}

    def sample(
        self,
        variant: LayerPlan | LoadedModel,
        task: str,
        count: int,
        temperature: float,
        limit: int | None = None,
        items: Collection[str] | None = None,
    ) -> list[TaskResult]:
        """Results on `count` drawn answers an item, of the items named or, without names, of the run's."""
        return sample_answers(
            task, self._scorer(variant), self.data, limit or self.limit, self.seed, count, temperature, items
        )

    def evaluate_without_each(
        self, tasks: Sequence[str], limit: int | None = None
    ) -> Iterator[tuple[int, dict[str, TaskResult]]]:
        """Every layer removed alone: the layer, and results by task on `limit` items; None: `sweep_limit`.

        What needs no generation is answered for all variants at once, up to the removed layer by the unpruned model.
        """
        require_items(tasks, self.tier, self.data)
        plans = [LayerPlan.without((layer,), self.loaded.depth) for layer in range(self.loaded.depth)]
        shared = SweepScorer(self._scorer(self.whole), [self._scorer(plan) for plan in plans])
        limit = limit or self.sweep_limit
        evaluate(tasks, shared, self.data, limit, self.seed)
        for layer, plan in enumerate(plans):
            yield layer, self.evaluate(plan, tasks, limit)

    def pruned(self, plan: LayerPlan) -> LoadedModel:
        """What a plan leaves, as a model of its own."""
        return replace(self.loaded, model=apply_plan(self.loaded.model, plan), fingerprint=self.fingerprint(plan))

    def narrowed(self, parameters: int) -> LoadedModel:
        """The model at full depth without its least important MLP neurons, of about as many parameters."""
        model = narrowed_to(self.loaded, parameters, self.calibration())
        return replace(self.loaded, model=model, fingerprint=fingerprint(model))

    def of(self, loaded: LoadedModel) -> "Subject":
        """The same questions to another model of this tier."""
        return replace(
            self, loaded=loaded, texts_left_out={}, plans_asked=[], _scorers={}, _asked=[], _texts={}, _rankings={},
            _spoilt=[], _base_selected={}, _written={},
        )  # fmt: skip

    def fingerprint(self, variant: LayerPlan | LoadedModel) -> str:
        """The variant's fingerprint."""
        return self._scorer(variant).fingerprint

    @property
    def recoveries(self) -> Defaults:
        """What recovery checks do on this run."""
        return self.recovery or DEFAULTS[self.tier]

    @property
    def unusual_recoveries(self) -> dict[str, object]:
        """What recovery checks do otherwise than by default on this tier."""
        usual = asdict(DEFAULTS[self.tier])
        return {name: value for name, value in asdict(self.recoveries).items() if value != usual[name]}

    @property
    def training_seeds(self) -> range:
        """Seeds of the training runs of every recovery."""
        return range(self.recoveries.seeds)

    def aligned_recipe(self, ratio: float) -> tuple[Recipe, str]:
        """How the run that is aligned to the reasoning task recovers without `ratio` of the layers, and that in words.

        With all weights, as in the paper since its version 4; with the run's own recipe, and the reason, where the
        model or the machine does not allow it.
        """
        wanted = recipe_named(self.recoveries.aligned_recipe)
        try:
            require_trainable(self.loaded.model, wanted, ratio)
        except BadInput as error:
            return recipe_named(self.recoveries.recipe), f"{self.recoveries.recipe}, since {error}"
        return wanted, wanted.name

    def corpus(
        self, name: str, epochs: float | None = None, recipe: Recipe | None = None, ratio: float = 0.5
    ) -> Corpus:
        """A recovery corpus by name, cut to the run's number of examples.

        Args:
            name: as `named_corpus` takes it.
            epochs: of the run that is meant; None: the recipe's.
            recipe: of that run; None: the one of the run's recoveries.
            ratio: share of the layers that is removed before, which memory depends on; half where nobody says.

        Raises:
            BadInput: it cannot be read, holds a test item, or is too small for the recipe, or the recipe cannot train
                this model. Said here, so that it is known before anything is generated.
        """
        recipe = recipe or recipe_named(self.recoveries.recipe)
        require_trainable(self.loaded.model, recipe, ratio)
        corpus = sample(
            named_corpus(name, self.tier, self.data, self.recoveries.corpora), self.recoveries.examples, self.seed
        )
        if not self.dry:
            run = replace(recipe, epochs=epochs or recipe.epochs)
            require_past_warm_up(run, len(corpus.examples) * self.recoveries.responses)
        asked = [(example.id, example.prompt, "") for example in corpus.examples]
        require_clean(contamination(asked, self._test_prompts()), corpus.name)
        return corpus

    def self_generated(self, asked: Corpus) -> tuple[Corpus, SelfGeneration]:
        """The prompts of a corpus, answered by the unpruned model."""
        if asked.fingerprint not in self._written:
            self._written[asked.fingerprint] = self_generated(
                self._scorer(self.whole),
                asked,
                self.recoveries.max_new_tokens,
                self.recoveries.responses,
                seed=self.seed,
                drop=self.recoveries.drop,
            )
        return self._written[asked.fingerprint]

    def recover(
        self,
        variant: LayerPlan | LoadedModel,
        corpus: Corpus,
        seed: int,
        at: Sequence[float] = (1.0,),
        recipe: Recipe | None = None,
    ) -> list[RecoveredModel]:
        """The pruned variant after each fraction `at` of one recovery run.

        Raises:
            BadInput: the corpus is too small for the recipe, or a guard refuses it.
        """
        recipe = recipe or recipe_named(self.recoveries.recipe)
        if not self.dry:
            require_past_warm_up(recipe, len(corpus.examples))
        pruned = self.pruned(variant) if isinstance(variant, LayerPlan) else variant
        change = f"without {variant.describe()}" if isinstance(variant, LayerPlan) else "narrowed"
        return recover_along(
            pruned,
            corpus,
            recipe,
            seed,
            at,
            base=self.loaded.model,
            avoid=self._test_prompts(),
            store=self.store,
            thinking=self.thinking.on,
            progress=progress.steps_bar(
                f"{self.loaded.label} {change} {corpus.name} seed {seed} training", self.progress
            ),
        )

    def rise_by_merging(self, recovered: RecoveredModel, tasks: Sequence[str]) -> dict[str, Interval]:
        """Score with the adapter folded into the weights minus score with it switched on, by task.

        Empty for recipes without an adapter. It shows what rounding the folded weights undoes.
        """
        if not recovered.recovery.recipe.has_adapter:
            return {}
        return self._rise(recovered, merged(recovered), tasks)

    def rise_on_four_bits(
        self, recovered: RecoveredModel, plan: LayerPlan, tasks: Sequence[str]
    ) -> dict[str, Interval]:
        """Score on the 4-bit base that an adapter was trained on minus on the variant's own weights, by task.

        Empty for recipes that train on no 4-bit base. It shows what quantisation alone costs.
        """
        if not recovered.recovery.recipe.on_four_bits:
            return {}
        return self._rise(recovered, on_four_bits(recovered, self.pruned(plan)), tasks)

    def _rise(self, usual: LoadedModel, other: LoadedModel, tasks: Sequence[str]) -> dict[str, Interval]:
        before, after = self.evaluate(usual, tasks), self.evaluate(other, tasks)
        return {task.name: mean_score_rise([task]) for task in paired(before, after, tasks)}

    def flip_rates(self, answered: Mapping[str, TaskResult], *, alone: bool = True) -> dict[str, dict[str, float]]:
        """How much of the unpruned model's scores is numerics, by task.

        Shares of its items whose score differs when they are asked in another dtype, and (where `alone`) one at a time.
        """
        tokenizer, name = self.loaded.tokenizer, "float32" if self.loaded.dtype != "float32" else "bfloat16"
        # loaded anew: casting would round buffers that are float32 in every dtype, such as rotary frequencies
        recast = load_model(self.loaded.reference.text, self.loaded.reference.revision, name)
        others = {name: Scorer(recast.model, tokenizer, self.store, progress=self.progress, thinking=self.thinking)}
        if alone:
            apart = self.store and self.store / "one-at-a-time"  # of its own, since keys do not name batches
            others["one at a time"] = Scorer(self.loaded.model, tokenizer, apart, scoring_budget=1, generation_budget=1,
                                             progress=self.progress, thinking=self.thinking)  # fmt: skip
        return {
            task: {
                name: flip_rate(
                    result.scores,
                    evaluate([task], scorer, self.data, result.asked_for, self.seed)[task].scores,
                )
                for name, scorer in others.items()
            }
            for task, result in answered.items()
        }

    def cost_beside(self, *, timed: bool) -> dict[str, ModelCost]:
        """What the base takes, and one pruned variant of each size among those asked; speeds where `timed`."""
        variants = {f"without {plan.describe()}": self._scorer(plan).model for plan in self.plans_asked}
        one_each = {model.num_parameters(): name for name, model in reversed(variants.items())}
        models = {"base": self.loaded.model} | {name: variants[name] for name in sorted(one_each.values())}
        return side_by_side(models) if timed else sizes(models)

    def share_of_pretraining(self, tokens: int) -> float | None:
        """Recovery tokens as a share of the pre-training tokens; None where no training.json of our form says those."""
        card = Path(self.loaded.reference.location) / "training.json"
        try:
            trained = json.loads(card.read_text(encoding="utf-8"))["tokens"]
            return tokens / trained if trained > 0 else None
        except (OSError, ValueError, KeyError, TypeError):  # a trainer of another kind may name its file so
            return None

    def _test_prompts(self) -> list[str]:
        """What the tier's generative tasks ask; neither a method nor a recovery may have seen it."""
        if not self._asked:
            arithmetic = ARITHMETIC if self.tier == "tiny" or self.data else ()
            self._asked.extend(prompts((*GENERATIVE[self.tier], *arithmetic), self.data))
        return self._asked

    def _pass_bar(self, method: str, count: int, texts: int) -> AbstractContextManager[None]:
        """Shows a method's forward passes; task scores have bars of their own."""
        shown = self.progress if needs_of(method) in ("forward", "gradients") else None
        declared = passes_of(method, self.loaded.depth, count)
        total = None if declared is None else declared * texts
        return progress.passes_bar(self.loaded.model, total, f"{self.loaded.label} {method} forward passes", shown)

    def _scorer(self, variant: LayerPlan | LoadedModel) -> Scorer:
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
            scoring, generation = self._budgets()
            self._scorers[key] = Scorer(
                model, tokenizer, self.store, self.ledger, scoring_budget=scoring,
                generation_budget=generation, progress=self.progress, label=label, thinking=self.thinking,
            )  # fmt: skip
        return self._scorers[key]

    def _budgets(self) -> tuple[int, int]:
        """Tokens of a scoring and of a generation batch: the catalogue's for the paper's models, else the tier's."""
        scoring, generation = SCORING_BUDGET, GENERATION_BUDGETS[self.tier]
        paper = recognised(self.loaded.reference.location)
        if paper is not None and self.loaded.model.device.type == "cuda":
            scoring, generation = paper.scoring_budget, paper.generation_budget
        return min(scoring, self.batch_tokens or scoring), min(generation, self.batch_tokens or generation)

    def _resident(self, variant: LayerPlan | LoadedModel) -> "tuple[PreTrainedModel, str]":
        """The model to run, and its name on the terminal."""
        if isinstance(variant, LoadedModel):
            return variant.model, f"{variant.label} {'recovered' if isinstance(variant, RecoveredModel) else 'changed'}"
        if variant.changes_nothing:
            return self.loaded.model, self.loaded.label
        return apply_plan(self.loaded.model, variant), f"{self.loaded.label} without {variant.describe()}"
