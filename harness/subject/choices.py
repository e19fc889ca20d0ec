"""Which layers a method chooses, once a run, on texts and scores that share no item with a test."""

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property

from harness import progress
from harness.methods.method import METHODS, Method, Ranking
from harness.methods.rank import resolve_method
from harness.models.load import LoadedModel
from harness.models.passes import Passes, counted_passes
from harness.models.state import answering_state, differences, some
from harness.subject.questions import Questions
from harness.subject.remembered import Kept, is_kept, key_of, remember, remembered
from harness.subject.selection import Selection
from harness.subject.variants import Variants
from harness.tasks.calibration import (
    Calibration,
    Texts,
    calibration_texts,
    default_calibration,
    digest,
    require_disjoint,
)
from harness.tasks.outcome import require_enough
from harness.tasks.suite import selection_splits
from harness.text.encode import plain_ids, room_of
from harness.tiers import TIERS


@dataclass(frozen=True)
class Choices:
    """Rankings of a base, and what the methods were shown."""

    variants: Variants
    questions: Questions
    shown: Calibration | None
    """What every method is calibrated on; None: what each declares."""
    texts_left_out: dict[str, str] = field(default_factory=dict)
    """What of the calibration texts was left out, and why."""
    _texts: dict[Calibration, list[str]] = field(default_factory=dict)
    _rankings: dict[tuple[str, int, int, Calibration], Ranking] = field(default_factory=dict)
    passes: Passes = field(default_factory=Passes)
    """What the methods have run so far, the harness's own looks at the base left out."""

    @property
    def _loaded(self) -> LoadedModel:
        return self.variants.loaded

    def ranking(self, method: str, count: int, seed: int) -> Ranking:
        """What `method` decides for `count` layers.

        Raises:
            BadInput: the method refuses, broke its contract, or changed the base.
        """
        key = (method, count, seed, self.calibration_of(method))
        if key not in self._rankings:
            self._rankings[key] = self._ranked(method, count, seed)
        return self._rankings[key]

    def _ranked(self, method: str, count: int, seed: int) -> Ranking:
        chosen = resolve_method(method)
        texts = [] if chosen.needs == "nothing" else self.calibration(method)
        key = key_of(chosen, self._loaded, count, texts, seed) if is_kept(chosen) else None
        kept = key and remembered(self.variants.store, key, self._loaded.depth)
        if kept:
            self.passes.count, self.passes.tokens = self.passes.count + kept.passes, self.passes.tokens + kept.tokens
            return kept.ranking
        found = self._found(chosen, method, count, texts, seed)
        if key and not self.variants.hands.counts:
            remember(self.variants.store, key, self._loaded.depth, found)
        return found.ranking

    def _found(self, chosen: Method, method: str, count: int, texts: list[str], seed: int) -> Kept:
        passes = Passes()
        before, kernel = {} if method in METHODS else answering_state(self._loaded), self._kernel
        try:
            with self._pass_bar(chosen, count, len(texts)), counted_passes(self._loaded.model, into=passes):
                found = self.variants.hands.rank(method, self._loaded, count, texts, seed, self.selection.score)
                return Kept(found, passes.count, passes.tokens)
        finally:  # also where the method failed halfway
            self.passes.count, self.passes.tokens = self.passes.count + passes.count, self.passes.tokens + passes.tokens
            if kernel is not None and self._kernel != kernel:  # who asks for attention weights needs another kernel
                self._loaded.model.set_attn_implementation(kernel)
            changed = differences(before, answering_state(self._loaded)) if before else []
            if changed:
                raise self.variants.spoil(
                    f"method {method} changed the base model ({some(changed)}), so nothing after it can be trusted; "
                    f"work on harness.apply_plan's variants and a copy of the tokenizer (the contract says more: "
                    f"pytest checks/ -m own_method)"
                )

    @property
    def _kernel(self) -> str | None:
        return getattr(self._loaded.model.config, "_attn_implementation", None)

    def calibration_of(self, method: str | None = None) -> Calibration:
        """What a method is calibrated on, or, where none is named, whatever else looks at texts."""
        kind: Texts = "worked" if method is None else resolve_method(method).calibration
        return (self.shown or default_calibration(kind)).on(self.questions.tier)

    def calibration(self, method: str | None = None) -> list[str]:
        """The texts that it may look at; they contain no test item.

        Raises:
            BadInput: there are not so many, or they do.
        """
        return self.texts_of(self.calibration_of(method))

    def texts_of(self, mine: Calibration) -> list[str]:
        """Texts of a corpus that contain no test item; refusals as of `calibration`."""
        asked = self.questions
        if mine not in self._texts:
            room = room_of(self._loaded.model)
            texts = calibration_texts(
                mine, asked.tier, asked.source, self._loaded.tokenizer, asked.seed, asked.protocol,
                room if mine.length is not None else None,  # whole answers that do not fit are left out
            )  # fmt: skip
            require_disjoint(texts, asked.prompts)
            fitting = [text for text in texts if self._shows(text)]
            left = len(texts) - len(fitting)
            require_enough("calibration", len(fitting), left, room)
            if left:
                self.texts_left_out["calibration"] = f"{left} of {len(texts)} texts, empty or longer than {room} tokens"
            self._texts[mine] = fitting
        return list(self._texts[mine])

    def calibrated_on(self, method: str | None) -> str | None:
        """What a method, or whatever else looks at texts, was shown; None where it looks at none.

        By name, and by 8 digits of the texts themselves.
        """
        if method is not None and resolve_method(method).needs == "nothing":
            return None
        return f"{self.calibration_of(method).named(self.questions.tier)} {digest(self.calibration(method))}"

    def _shows(self, text: str) -> bool:
        """Whether the model can be shown a text: some tokens, and no more than its input takes."""
        tokens, room = len(plain_ids(text, self._loaded.tokenizer)), room_of(self._loaded.model)
        return tokens > 0 and (room is None or tokens <= room)

    @cached_property
    def selection(self) -> Selection:
        """What plans keep on the items of the selection tasks."""
        tier = self.questions.tier
        splits = selection_splits(tier, self.questions.protocol)
        return Selection(self.variants, self.questions, splits, TIERS[tier].selection_items)

    def _pass_bar(self, method: Method, count: int, texts: int) -> AbstractContextManager[None]:
        """Shows a method's forward passes; task scores have bars of their own."""
        shown = self.variants.progress if method.needs in ("forward", "gradients") else None
        total = None if method.passes is None else method.passes(self._loaded.depth, count) * texts
        title = f"{self._loaded.label} {method.name} forward passes"
        return progress.passes_bar(self._loaded.model, total, title, shown)
