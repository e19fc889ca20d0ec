"""A sweep as a race (`decide.race`): which layers are still in it, and the items on which they are compared."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import TYPE_CHECKING, Any

from harness.decide.race import CHOOSING, ROUNDS, entrants, informs, leaders, of_race
from harness.errors import BadInput
from harness.prune.plan import LayerPlan
from harness.score.sweep import SweepScorer
from harness.tasks.guessing import guessing_score
from harness.tasks.part import between, limit_for, only, only_each
from harness.text.requests import GenerationRequest, LogLikelihoodRequest

if TYPE_CHECKING:
    from harness.decide.design import Evidence
    from harness.decide.testable import Decidability
    from harness.decide.verdict import Judgement
    from harness.subject.asking import Asking, Groups, Scoring
    from harness.tasks.outcome import TaskResult

    Results = Mapping[str, TaskResult]

_READ = 25  # answers of the base per task, whose likelihood without each layer says which of them enter
_KEEPS = 0.5  # of the base's score above guessing, on average over tasks


@dataclass(frozen=True)
class Race:
    """The layers of one sweep."""

    asking: "Asking"
    running: list[tuple[int, ...]] = field(default_factory=list)
    """All layers, then those of every round, the last of which are asked now; nothing where there is no race."""
    answered: list["dict[str, TaskResult]"] = field(default_factory=list)
    """What the base answered to the items of every round."""

    def require_sweep(self) -> None:
        """Refuse a race of layers where the claim is about no layer, or about one that costs nothing.

        Raises:
            BadInput: the design is none of a sweep, or its layers may not race.
        """
        if not self.asking.design.races:
            why, also = "says nothing of single layers", ", or set sweep=True in the design"
            if self.asking.design.sweep:
                why, also = "is about a layer whose removal helps, and those whose removal costs most enter a race", ""
            raise BadInput(f"claim {self.asking.design.claim}: case.race, and its design {why}; use case.looks{also}")

    def start(self) -> None:
        """Let all layers in, before the base is asked: what it refuses is a race's refusal."""
        self.asking.raced.append(True)
        self.running.append(tuple(range(self.asking.subject.loaded.depth)))

    def opened(self, scored: "Scoring") -> "Decidability":
        """What the items that will decide leave to decide, of what the base answered."""
        self.asking.turn(self._part(CHOOSING, 1), self.asking.limit, scored)
        return self.asking.grounds[-1]

    def run(
        self, groups: "Groups", scored: "Scoring", weighed: "Mapping[int, tuple[Any, Any]]"
    ) -> "Iterator[dict[str, TaskResult]]":
        """The base's results round by round, on the items of the round; at last on those that decide.

        Args:
            groups: as of `Case.looks`.
            scored: likewise.
            weighed: number of the look -> the evidence that was weighed then.

        Raises:
            BadInput: a round was not weighed.
        """
        whole = self.asking.limit
        self.running.append(self._entrants(groups, self._part(0, CHOOSING)))
        for share, count in ROUNDS:
            layers = self.running[-1]
            if len(layers) <= count:
                continue
            base = self._turn(0, share, self._up_to(share), scored)
            if self._informs():
                yield base
                if (seen := weighed.get(len(self.asking.limits))) is None:
                    raise BadInput(f"{self._who}, and none of them was weighed; hand their evidence to case.weigh "
                                   f"inside the loop over case.race")  # fmt: skip
                evidence: dict[int, Evidence] = dict(zip(layers, seen[0], strict=True))
                self.running.append(leaders(self.asking.design, evidence, count))
            elif count == 1:  # nothing was seen: the one that the likelihoods put first
                self.running.append(layers[:1])
        yield self._turn(CHOOSING, 1, whole, scored)

    def _informs(self) -> bool:
        kept, scored = self.asking.grounds[-1].kept, self.asking.scored
        base = {
            role: [(scored[role][task].scores, guessing_score(scored[role][task])) for task in kept[role]]
            for role in (*self.asking.design.roles, *self.asking.design.seen)
            if role in scored
        }
        return informs(self.asking.design, base)

    @property
    def _who(self) -> str:
        running = ", ".join(map(str, self.running[-1]))
        return f"claim {self.asking.design.claim}: layers {running} are still in the race"

    def require_evidence(self, evidence: "Evidence | Sequence[Evidence]") -> None:
        """Refuse evidence of other layers than those that are still in the race.

        Raises:
            BadInput: there are more or fewer.
        """
        given = 1 if isinstance(evidence, Mapping) else len(evidence)
        if self.running and given != len(self.running[-1]):
            raise BadInput(f"{self._who}, and {given} evidences were weighed; expected one per layer that "
                           f"case.without_each gives")  # fmt: skip

    def require_over(self) -> None:
        """Refuse a verdict on items that choose: on them the layers that are left were looked for.

        Raises:
            BadInput: the loop over the race was left.
        """
        if self.running and len(self.running[-1]) > 1:
            raise BadInput(f"{self._who}, and nothing is decided on the items that choose one; let the loop over "
                           f"case.race end by itself")  # fmt: skip

    @property
    def told(self) -> dict[str, Any]:
        """What a row says of it: all layers, then those of every round, the first as they entered."""
        return {"race": [list(layers) for layers in self.running]} if self.running else {}

    def _part(self, start: float, stop: float) -> "dict[str, TaskResult]":
        """What the base answered to a share of every task's items, in the order in which they are drawn."""
        return {task: between(result, start, stop) for task, result in self.asking.asked.items()}

    def _up_to(self, share: float) -> int:
        """Items per task that a variant is asked so that it has the first `share` of what the base answered."""
        return limit_for(self.asking.asked.values(), share)

    def _turn(self, start: float, stop: float, limit: int | None, scored: "Scoring") -> "dict[str, TaskResult]":
        self.answered.append(self._part(start, stop))
        self.asking.turn(self.answered[-1], limit, scored, self.asking.grounds[-1])
        return self.answered[-1]

    def without_each(self, tasks: Sequence[str]) -> "dict[int, dict[str, TaskResult]]":
        """Layer -> results without it alone, on the items that the base was asked last; those still in the race."""
        subject, limit = self.asking.subject, self.asking.limit
        layers = self.running[-1] if self.running else tuple(range(subject.loaded.depth))
        plans = [LayerPlan.without((layer,), subject.loaded.depth) for layer in layers]
        found = zip(layers, subject.evaluate_each(plans, tasks, limit), strict=True)
        return {layer: only_each(each, self.answered[-1]) if self.running else each for layer, each in found}

    def layer(self, place: int) -> int:
        """The layer that stands at a place of the evidence."""
        return self.running[-1][place] if self.running else place

    def verdict(self, judged: "Judgement") -> "Judgement":
        """What is made of a judgement: of the layer that won a race, on the items that decide."""
        if not self.running or len(self.running[-1]) > 1:
            return judged
        return of_race(judged, self.layer(0), self.asking.subject.loaded.depth)

    def _entrants(self, groups: "Groups", base: "Results") -> tuple[int, ...]:
        subject, roles = self.asking.subject, self.asking.design.roles
        plans = [LayerPlan.without((layer,), subject.loaded.depth) for layer in range(subject.loaded.depth)]
        asked = [request for role in groups if roles.get(role) != "kept" for task in groups[role]
                 for request in _own_answers(subject, base[task], right=roles.get(role) == "lost")]  # fmt: skip
        if not asked:
            return tuple(range(len(plans)))
        scorer = subject.variants.scorer
        whole = scorer(subject.whole)
        before = SweepScorer(whole, {plan: scorer(plan) for plan in plans}).log_likelihoods(asked)
        damage = {
            layer: fmean(b.value - a.value for b, a in zip(before, scorer(plan).log_likelihoods(asked), strict=True))
            for layer, plan in enumerate(plans)
        }
        chosen = [task for role, said in roles.items() if said == "kept" for task in groups[role]
                  if base[task].kind == "choice"]  # fmt: skip
        limit = self._up_to(CHOOSING)
        found = list(subject.evaluate_each(plans, chosen, limit)) if chosen else []
        return entrants(damage, {layer: _keeps(base, each) for layer, each in enumerate(found)})


def _own_answers(subject: Any, result: "TaskResult", *, right: bool) -> list[LogLikelihoodRequest]:  # noqa: ANN401
    """What the base wrote to the first items of a task, right answers where there are any, as it was asked."""
    from harness.tasks.suite import TASKS

    if result.task not in TASKS or result.kind == "choice":
        return []
    task = TASKS[result.task]
    items = {str(item["id"]): item for item in task.load(subject.source, "test")}
    written = [outcome for outcome in result.outcomes if outcome.response.strip()]
    written = [outcome for outcome in written if right and outcome.score == 1] or written
    asked = [(task.ask(items[outcome.item_id])[0], outcome.response) for outcome in written[:_READ]]
    return [
        LogLikelihoodRequest(request.prompt, text, request.chat)
        for request, text in asked
        if isinstance(request, GenerationRequest)
    ]


def _keeps(base: "Results", found: "Results") -> bool:
    """Whether a variant keeps enough of what it should, on the items of the base's results."""
    kept = []
    for task, result in found.items():
        room = base[task].mean - base[task].chance
        kept.append((only(result, base[task]).mean - result.chance) / room if room > 0 else 1.0)
    return fmean(kept) >= _KEEPS
