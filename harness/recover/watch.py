"""What is done between the steps of a training run: settings checked, copies and checkpoints kept, the loss noted."""

import math
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import BadInput
from harness.progress import Progress
from harness.recover.checkpoint import (
    EVERY_SECONDS,
    Checkpoint,
    Trained,
    checkpoint_of,
    rest_after,
    restore_randomness,
    save_checkpoint,
    take_up,
)
from harness.recover.encode import Encoded
from harness.recover.fit import Fit
from harness.recover.guards import check_echo, check_loss
from harness.recover.keep import save_runs
from harness.recover.recipe import Recipe
from harness.recover.trainable import adapter_settings, state

if TYPE_CHECKING:
    from transformers import PreTrainedModel, TrainerCallback

    from harness.recover.keep import Runs

LOGGED_EVERY = 5  # steps between points of a stored loss curve; the same for short and long runs


@dataclass(frozen=True)
class Course:
    """Where a run begins and which steps of it are wanted."""

    seen: Sequence[Encoded]
    """The examples in the order in which the whole run sees them."""
    recipe: Recipe
    marks: Sequence[int]
    """Numbers of steps after which the trained parameters are copied; the largest ends the training."""
    steps: int
    """Of the whole run, which its warm-up and its falling rate are shares of."""
    store: Path | None = None
    """Folder that keeps copies and checkpoints."""
    key: str = ""
    """The run's name there."""
    begun: Checkpoint | None = None
    """Where an earlier process was when it was stopped, before the first mark."""

    @property
    def done(self) -> int:
        """Steps of the earlier process."""
        return self.begun.steps if self.begun else 0


class Watch:
    """Watches one training run: settings, checkpoints, loss. Steps are counted from the start of this process."""

    def __init__(self, course: Course, progress: Progress | None) -> None:
        """Starts the clock; an earlier process's time and loss curve count."""
        self.course, self.progress = course, progress
        self.runs: Runs = {}
        self.used: dict[str, float] = {}
        self.loss = list(course.begun.loss) if course.begun else []
        self.started = time.monotonic() - (course.begun.seconds if course.begun else 0.0)
        self.next_checkpoint = time.monotonic() + EVERY_SECONDS

    @property
    def seconds(self) -> float:
        """Training time until now."""
        return round(time.monotonic() - self.started, 1)

    def begin(self, trained: Trained, batch_size: float) -> None:
        """Compare what is used with what was asked for, and put the run where it was."""
        group = trained.optimizer.param_groups[0]
        self.used = adapter_settings(trained.model) | {
            "learning_rate": float(trained.schedule.base_lrs[0]),
            "beta_1": float(group["betas"][0]),
            "beta_2": float(group["betas"][1]),
            "weight_decay": float(group["weight_decay"]),
            "batch_size": batch_size,
        }
        check_echo(_asked(self.course.recipe, self.used), self.used)
        if self.course.begun is not None:
            take_up(self.course.begun, trained)

    def between(self, trained: Trained, steps: int) -> None:
        """Before the first step: random numbers go on. After `steps`: what is due is kept.

        A copy is kept at once, so that no later failure costs it.
        """
        course = self.course
        if steps == 0:
            if course.begun is not None:
                restore_randomness(course.begun)
            return
        steps += course.done
        if steps in course.marks:
            self.runs[steps] = state(trained.model), self.fit(steps)
            save_runs(course.store, course.key, {steps: self.runs[steps]})
        elif course.store is not None and steps % LOGGED_EVERY == 0 and time.monotonic() >= self.next_checkpoint:
            self.keep_checkpoint(course.store, checkpoint_of(trained, steps, self.seconds, tuple(self.loss)))

    def told(self, steps: int) -> None:
        """Tell the caller how far it is."""
        if self.progress is not None:
            self.progress(self.course.done + steps, max(self.course.marks), self.seconds)

    def logged(self, steps: int, logs: Mapping[str, Any]) -> None:
        """Note a point of the loss curve.

        Raises:
            BadInput: it is not finite.
        """
        if "loss" not in logs:
            return
        steps, loss = self.course.done + steps, float(logs["loss"])
        check_loss(loss, steps, self.course.recipe)
        self.loss.append((steps, round(loss, 4)))

    def keep_checkpoint(self, store: Path, checkpoint: Checkpoint) -> None:
        """Write it, and say when the next one is due."""
        begun = time.monotonic()
        try:
            save_checkpoint(store, self.course.key, checkpoint)
        except BadInput as error:  # a full disk: no reason to lose the run
            self.next_checkpoint = math.inf
            warnings.warn(f"{error}; the training goes on without checkpoints", stacklevel=1)
        else:
            self.next_checkpoint = time.monotonic() + rest_after(time.monotonic() - begun)

    def fit(self, steps: int) -> Fit:
        """What the first `steps` steps did."""
        examples = self.course.seen[: steps * self.course.recipe.batch_size]
        return Fit(
            steps=steps,
            tokens=sum(len(example.ids) for example in examples),
            learned_tokens=sum(len(example.ids) - example.prompt_tokens for example in examples),
            seconds=self.seconds,
            loss=tuple(self.loss),
            used=self.used,
        )


def callback(watch: Watch, twin: "PreTrainedModel") -> "TrainerCallback":
    """The watch as transformers' Trainer wants it, which may train a part of the twin."""
    from transformers import TrainerCallback

    def trained(held: dict[str, Any]) -> Trained:
        return Trained(twin, held["optimizer"], held["lr_scheduler"])

    class Callback(TrainerCallback):  # the Trainer's interface is inheritance, and its hooks get these arguments
        def on_train_begin(self, args: Any, state: Any, control: Any, **held: Any) -> None:  # noqa: ANN401, ARG002
            watch.begin(trained(held), float(args.per_device_train_batch_size * args.gradient_accumulation_steps))

        def on_step_begin(self, args: Any, state: Any, control: Any, **held: Any) -> None:  # noqa: ANN401, ARG002
            watch.between(trained(held), state.global_step)

        def on_step_end(self, args: Any, state: Any, control: Any, **held: Any) -> None:  # noqa: ANN401, ARG002
            watch.told(state.global_step)

        def on_log(self, args: Any, state: Any, control: Any, **held: Any) -> None:  # noqa: ANN401, ARG002
            watch.logged(state.global_step, held.get("logs") or {})

        def on_train_end(self, args: Any, state: Any, control: Any, **held: Any) -> None:  # noqa: ANN401, ARG002
            watch.between(trained(held), state.global_step)

    return Callback()


def _asked(recipe: Recipe, used: dict[str, float]) -> dict[str, float]:
    """The recipe in the words of `used`; settings that this run does not have are left out."""
    asked = {
        "rank": recipe.rank,
        "alpha": recipe.alpha,
        "dropout": recipe.dropout,
        "learning_rate": recipe.learning_rate,
        "beta_1": recipe.betas[0],
        "beta_2": recipe.betas[1],
        "weight_decay": recipe.weight_decay,
        "batch_size": recipe.batch_size,
    }
    adapter = ("rank", "alpha", "dropout")
    return {name: float(value) for name, value in asked.items() if name in used or name not in adapter}
