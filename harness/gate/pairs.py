"""Two logs become pairs of scores of the same items, asked alike; or a reason why they are not comparable. Pure."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from harness.decide.bootstrap import PairedTask
from harness.errors import BadInput
from harness.gate.logged import Log, LoggedTask, digest

SHOWN = 3  # names of a list in a sentence
FEW_ANSWERS = 0.1  # share of one target from which on a task asks for one of few answers, and has so many
AT_LEAST = 10  # items with it
_ROUNDING, _SLACK = 1e-9, 0.01  # between two means of what guessing scores: of the same items, and of others too
Guessing = Literal["known", "commonest", "unknown"]


@dataclass(frozen=True)
class Pairs:
    """The scores of a task that both models have, or why they cannot be compared."""

    task: str
    metric: str
    paired: PairedTask | None
    """Base and new scores, items in one order; None where nothing could be paired."""
    guessing: Guessing = "unknown"
    """How the expected score of guessing is known: `commonest` is the share of the commonest target, which a model gets
    that always answers the same; where nothing is known, 0 stands for it."""
    unpaired: int = 0
    """Items that one of the two has no score of."""
    problems: tuple[str, ...] = ()
    """Why the two are not comparable; none: they are."""
    trusted: tuple[str, ...] = ()
    """What could not be compared, because one of the two does not say it."""


@dataclass(frozen=True)
class Pairing:
    """Two logs side by side."""

    tasks: tuple[Pairs, ...]
    problems: tuple[str, ...]
    """Tasks that the new model has no results of."""
    left_out: Mapping[str, str]
    """Task -> why nothing is decided on it: it has no score between 0 and 1 for each item."""
    notes: tuple[str, ...] = ()


def pair(
    base: Log,
    new: Log,
    tasks: Sequence[str] = (),
    metric: str = "",
    chances: Mapping[str, float] | None = None,
    *,
    common: bool = False,
) -> Pairing:
    """Put two logs side by side, task by task.

    Args:
        base: of the model that the new one is held against.
        new: of the new model.
        tasks: only these; none: all.
        metric: `NAME`, or `NAME,FILTER`, or `FILTER`; "": the first that the base's log has of a task.
        chances: task -> expected score of guessing, over what the log says.
        common: decide on the items that both have, where one has more.

    Raises:
        BadInput: a task or metric is named that is not there, or a score is not a number.
    """
    chances = chances or {}
    known = list(dict.fromkeys([*base.tasks, *new.tasks]))
    for name in (*tasks, *chances):
        if name not in known:
            raise BadInput(f"task {name!r} is in neither log; there are {listed(known, 12)}")
    asked = list(dict.fromkeys(tasks)) or known
    missing = [name for name in asked if name not in new.tasks]
    extra = [name for name in asked if name not in base.tasks]
    problems = [f"{listed(missing)}: the new model has no results of it"] if missing else []
    notes = [f"{listed(extra)}: not in the base's results, so not decided on"] if extra else []
    notes += [f"measured by {base.tool} and by {new.tool}"] if base.tool != new.tool else []
    found, left_out = list[Pairs](), dict[str, str]()
    for name in asked:
        if name in base.tasks and name in new.tasks:
            one = _pairs(name, base.tasks[name], new.tasks[name], metric, chances.get(name), common=common)
            if isinstance(one, str):
                left_out[name] = one
            else:
                found.append(one)
    return Pairing(tuple(found), tuple(problems), left_out, (*notes, *base.notes, *new.notes))


def _pairs(
    name: str, base: LoggedTask, new: LoggedTask, metric: str, chance: float | None, *, common: bool
) -> Pairs | str:
    """The pairs of a task, or why it is left out."""
    first, second = _metrics(base), _metrics(new)
    if not first:
        return "the base's results hold no item of it"
    if not second:
        return Pairs(name, metric or first[0], None, problems=("the new model's results hold no item of it",))
    wanted = [one for one in first if not metric or metric in (one, *one.split(","))]
    if not wanted:
        raise BadInput(f"--metric {metric}: task {name!r} has {listed(first, 8)}; name one of these, or --task others")
    usable = {one: why for one in wanted if (why := _unfit(name, one, base, new)) is not None}
    chosen = next((one for one in wanted if one not in usable), None)
    if chosen is None:
        return "; ".join(dict.fromkeys(usable.values()))
    if chosen not in second:
        return Pairs(name, chosen, None, problems=(f"measured by {chosen}, of the new model by {listed(second, 4)}",))
    problems = [*_differing(base.settings, new.settings), *_asked_otherwise(base, new)]
    scored = [key for key in base.items if key in new.items and _number(base, key, chosen) is not None
              and _number(new, key, chosen) is not None]  # fmt: skip
    paired_keys = set(scored)
    unpaired = [key for key in dict.fromkeys([*base.items, *new.items]) if key not in paired_keys]
    failed = [key for key in unpaired if _number(base, key, chosen) is not None and key in new.items]
    if failed or (unpaired and not (common and scored)):
        problems.append(_unpaired(base, new, unpaired, failed))
    if not scored:
        return Pairs(name, chosen, None, unpaired=len(unpaired), problems=tuple(problems))
    said = {"prompts": all(any(item.asked for item in log.items.values()) for log in (base, new)),
            "settings": bool(base.settings and new.settings)}  # fmt: skip
    guess, guessing = _guess(base, new, chosen)
    if chance is not None:
        guess, guessing = chance, "known"
    elif abs(new.chance.get(chosen, guess) - guess) > (_SLACK if unpaired else _ROUNDING):
        problems.append(
            f"guessing scores {guess:.4g} by the base's results and {new.chance[chosen]:.4g} by the new ones "
            f"(--chance {name}=SHARE sets it)"
        )
    paired = PairedTask(
        name,
        tuple(_number(new, key, chosen) or 0.0 for key in scored),
        tuple(_number(base, key, chosen) or 0.0 for key in scored),
        guess,
        items=digest(*scored) if base.by_content else "",
    )
    trusted = tuple(what for what, known in said.items() if not known)
    return Pairs(name, chosen, paired, guessing, len(unpaired), tuple(problems), trusted)


def _guess(base: LoggedTask, new: LoggedTask, metric: str) -> tuple[float, Guessing]:
    """What a model scores that knows nothing, and how that is known."""
    known = {**new.chance, **base.chance}
    if metric in known:
        return known[metric], "known"
    targets = Counter(item.target for item in base.items.values() if item.target)
    most = max(targets.values(), default=0)
    share = most / len(base.items)
    few = most >= AT_LEAST and share >= FEW_ANSWERS and len(targets) > 1  # what all share is a filler, no answer
    return (share, "commonest") if few else (0.0, "unknown")


def _metrics(task: LoggedTask) -> list[str]:
    return list(dict.fromkeys(metric for item in task.items.values() for metric in item.scores))


def _number(task: LoggedTask, key: str, metric: str) -> float | None:
    value = task.items[key].scores.get(metric) if key in task.items else None
    return float(value) if isinstance(value, int | float) else None


def _unfit(name: str, metric: str, base: LoggedTask, new: LoggedTask) -> str | None:
    """Why a metric decides nothing; None where it may.

    Raises:
        BadInput: a score is not a finite number.
    """
    if metric in base.lower_is_better | new.lower_is_better:
        return f"of {metric} less is better"
    for log in (base, new):
        values = [item.scores[metric] for item in log.items.values() if item.scores.get(metric) is not None]
        other = next((value for value in values if not isinstance(value, int | float)), None)
        if other is not None:
            return f"{metric} is no number for each item ({str(other)[:30]!r})"
        try:
            numbers = [float(value) for value in values if isinstance(value, int | float)]
        except OverflowError:  # a whole number of 400 digits
            numbers = [math.inf]
        if not all(map(math.isfinite, numbers)):
            raise BadInput(
                f"task {name!r}: a {metric!r} is NaN or infinite; expected scores in [0, 1]: measure it again"
            )
        if numbers and not (min(numbers) >= 0 and max(numbers) <= 1):
            return f"{metric} goes from {min(numbers):g} to {max(numbers):g}, no score between 0 and 1"
    return None


def _differing(base: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """Settings that both logs name, with other values."""
    return [f"{name} is {_short(base[name])} for the base and {_short(new[name])} for the new model"
            for name in base if name in new and base[name] != new[name]]  # fmt: skip


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004  # characters of a sentence


def _asked_otherwise(base: LoggedTask, new: LoggedTask) -> list[str]:
    both = [key for key in base.items if key in new.items]
    other = [key for key in both if base.items[key].asked and new.items[key].asked
             and base.items[key].asked != new.items[key].asked]  # fmt: skip
    return (
        [f"{len(other)} of {len(both)} items were asked with another prompt or target, such as {other[0]}"]
        if other
        else []
    )


def _unpaired(base: LoggedTask, new: LoggedTask, unpaired: Sequence[str], failed: Sequence[str]) -> str:
    only = [(sum(key not in other.items for key in unpaired), what)
            for other, what in ((new, "only in the base's results"), (base, "only in the new ones"))]  # fmt: skip
    unscored = sum(key in base.items and key in new.items for key in unpaired)
    counts = [*only, (unscored, "without a score in one of the two")]
    said = ", ".join(f"{count} {what}" for count, what in counts if count)
    total = len({*base.items, *new.items})
    rest = f"such as {unpaired[0]} (--common leaves them out)"
    if failed:  # left out, a model that crashes on what it cannot do would be kept
        rest = f"such as {listed(failed)}, which the new model must have a score of; measure it again"
    return f"{len(unpaired)} of {total} items could not be paired: {said}, {rest}"


def listed(names: Sequence[str], most: int = SHOWN) -> str:
    """The first names of a list in a sentence, and how many there are besides."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
