"""The training loop of every recovery: transformers' Trainer on examples that are encoded and padded here.

Examples are padded, never packed or cut; the labels of padding are ignored by position, not by token id, so that an
end-of-turn token that doubles as padding keeps its loss.
"""

import random
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.recover.encode import IGNORED, Encoded
from harness.recover.guards import check_batch, check_echo
from harness.recover.recipe import Recipe
from harness.recover.trainable import adapter_settings, state

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

    from harness.recover.keep import Runs

LOGGED_EVERY = 5  # steps between points of a stored loss curve; the same for short and long runs


@dataclass(frozen=True)
class Fit:
    """What a training run did."""

    steps: int
    tokens: int
    """Tokens run through the model, prompts included, padding left out."""
    learned_tokens: int
    """Tokens in the loss."""
    seconds: float
    loss: tuple[tuple[int, float], ...]
    """(step, mean loss since the point before), in nats a learned token."""
    used: dict[str, float]
    """Settings as read back from the adapter and the optimiser, not as asked for."""


Progress = Callable[[int, int, float], object]
"""Called with (step, steps, seconds so far)."""


def training_order(lengths: Sequence[int], batch_size: int, steps: int, seed: int) -> list[int]:
    """Indices of the examples as a run sees them, `steps` batches one after the other. Pure.

    Seeded shuffles of the corpus, joined, so that a shorter run is the beginning of a longer one. Within a batch the
    longest come first: the parts that a batch is run in are then padded little, and its gradient is the same.
    """
    draw, order = random.Random(seed), list[int]()  # noqa: S311  # a seeded shuffle, not a secret
    while len(order) < steps * batch_size:
        order += draw.sample(range(len(lengths)), len(lengths))
    batches = (order[start : start + batch_size] for start in range(0, steps * batch_size, batch_size))
    return [index for batch in batches for index in sorted(batch, key=lambda index: (-lengths[index], index))]


def collate(batch: Sequence[Encoded], pad: int) -> "dict[str, torch.Tensor]":
    """Right-padded ids, labels and mask, each (B, T)."""
    import torch

    width = max(len(example.ids) for example in batch)
    ids = torch.full((len(batch), width), pad)
    labels = torch.full((len(batch), width), IGNORED)
    mask = torch.zeros((len(batch), width), dtype=torch.long)
    for row, example in enumerate(batch):
        ids[row, : len(example.ids)] = torch.tensor(example.ids)
        labels[row, : len(example.ids)] = torch.tensor(example.labels)
        mask[row, : len(example.ids)] = 1
    check_batch(labels.tolist(), batch)
    return {"input_ids": ids, "labels": labels, "attention_mask": mask}


def fit(
    model: "PreTrainedModel",
    examples: Sequence[Encoded],
    recipe: Recipe,
    seed: int,
    pad: int,
    marks: Sequence[int],
    teacher: "PreTrainedModel | None" = None,
    progress: Progress | None = None,
) -> "Runs":
    """Train a twin made by `trainable`.

    Args:
        model: the twin; its trained parameters change in place.
        examples: the encoded corpus.
        recipe: how.
        seed: of the order of the examples and of dropout.
        pad: padding token id.
        marks: numbers of steps after which the trained parameters are copied; the largest ends the run.
        teacher: the model whose distribution is learned, where the recipe says so.
        progress: told about every step.

    Returns:
        By number of steps: the trained parameters, and what was done until then.
    """
    import torch
    from transformers import Trainer, TrainingArguments

    per_step = recipe.batch_size
    steps = max(marks)
    order = training_order([len(example.ids) for example in examples], per_step, steps, seed)
    seen = [examples[index] for index in order]
    watch = _watcher(recipe, marks, progress)
    with tempfile.TemporaryDirectory(prefix="recovery-") as folder:
        arguments = TrainingArguments(
            output_dir=folder,
            max_steps=steps,
            per_device_train_batch_size=per_step // recipe.accumulation,
            gradient_accumulation_steps=recipe.accumulation,
            learning_rate=recipe.learning_rate,
            lr_scheduler_type="constant_with_warmup",
            warmup_steps=recipe.warmup_steps,
            weight_decay=recipe.weight_decay,
            adam_beta1=recipe.betas[0],
            adam_beta2=recipe.betas[1],
            max_grad_norm=recipe.clip,
            activation_checkpointing=recipe.checkpointing,
            activation_checkpointing_kwargs={"use_reentrant": False} if recipe.checkpointing else None,
            bf16=model.dtype == torch.bfloat16,  # autocast: what is trained is float32 (`trainable`)
            use_cpu=model.device.type == "cpu",
            seed=seed,
            train_sampling_strategy="sequential",
            logging_steps=LOGGED_EVERY,
            save_strategy="no",
            report_to=[],
            remove_unused_columns=False,
            dataloader_pin_memory=False,
            disable_tqdm=True,
        )
        trainer = (_distiller(teacher) if teacher is not None else Trainer)(
            model=model,
            args=arguments,
            train_dataset=seen,
            data_collator=lambda batch: collate(batch, pad),
            callbacks=[watch],
        )
        _silence(trainer)
        trainer.train()
    model.train(mode=False).requires_grad_(False)
    return {count: (state, _fit(seen, recipe, watch, count)) for count, state in watch.states.items()}


def _fit(seen: Sequence[Encoded], recipe: Recipe, watch: Any, steps: int) -> Fit:  # noqa: ANN401  # `_watcher`'s
    """What the first `steps` steps did."""
    examples = seen[: steps * recipe.batch_size]
    return Fit(
        steps=steps,
        tokens=sum(len(example.ids) for example in examples),
        learned_tokens=sum(len(example.ids) - example.prompt_tokens for example in examples),
        seconds=watch.seconds[steps],
        loss=tuple((step, loss) for step, loss in watch.loss if step <= steps),
        used=watch.used,
    )


def _silence(trainer: Any) -> None:  # noqa: ANN401  # transformers' Trainer is untyped
    from transformers import PrinterCallback

    trainer.remove_callback(PrinterCallback)


def _watcher(recipe: Recipe, marks: Sequence[int], progress: Progress | None) -> Any:  # noqa: ANN401
    """A Trainer callback that checks the settings, copies the trained parameters at `marks`, and keeps the loss."""
    from transformers import TrainerCallback

    class Watcher(TrainerCallback):  # the Trainer's interface is inheritance
        def __init__(self) -> None:
            self.states: dict[int, dict[str, torch.Tensor]] = {}
            self.seconds: dict[int, float] = {}
            self.loss: list[tuple[int, float]] = []
            self.used: dict[str, float] = {}
            self.started = time.monotonic()

        def on_train_begin(self, args: Any, state: Any, control: Any, **held: Any) -> None:  # noqa: ANN401, ARG002
            group = held["optimizer"].param_groups[0]
            self.used = adapter_settings(held["model"]) | {
                "learning_rate": float(held["lr_scheduler"].base_lrs[0]),
                "beta_1": float(group["betas"][0]),
                "beta_2": float(group["betas"][1]),
                "weight_decay": float(group["weight_decay"]),
                "batch_size": float(args.per_device_train_batch_size * args.gradient_accumulation_steps),
            }
            check_echo(_asked(recipe, self.used), self.used)

        def on_step_end(self, args: Any, state: Any, control: Any, **held: Any) -> None:  # noqa: ANN401, ARG002
            if state.global_step in marks:
                self.states[state.global_step] = _trained(held["model"])
                self.seconds[state.global_step] = round(time.monotonic() - self.started, 1)
            if progress is not None:
                progress(state.global_step, state.max_steps, time.monotonic() - self.started)

        def on_log(self, args: Any, state: Any, control: Any, **held: Any) -> None:  # noqa: ANN401, ARG002
            if "loss" in (held.get("logs") or {}):
                self.loss.append((int(state.global_step), round(float(held["logs"]["loss"]), 4)))

    return Watcher()


_trained = state  # under another name, since the Trainer's callbacks call their first argument `state`


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


def _distiller(teacher: "PreTrainedModel") -> Any:  # noqa: ANN401  # a class made for one run
    """A Trainer whose loss is the divergence from the teacher's next-token distribution (Minitron, 2407.14679)."""
    import torch
    from transformers import Trainer

    class Distiller(Trainer):  # the Trainer's interface is inheritance
        def compute_loss(
            self,
            model: Any,  # noqa: ANN401
            inputs: Any,  # noqa: ANN401
            return_outputs: bool = False,  # noqa: FBT001, FBT002
            num_items_in_batch: Any = None,  # noqa: ANN401
        ) -> Any:  # noqa: ANN401
            asked = {name: inputs[name] for name in ("input_ids", "attention_mask")}
            output = model(**asked)
            with torch.no_grad():
                wanted = teacher(**asked, use_cache=False).logits
            learned = inputs["labels"][:, 1:] != IGNORED
            student = output.logits[:, :-1][learned].float().log_softmax(-1)
            target = wanted[:, :-1][learned].float().log_softmax(-1)
            total = torch.nn.functional.kl_div(student, target, log_target=True, reduction="sum")
            loss = total / (num_items_in_batch if num_items_in_batch is not None else learned.sum())
            return (loss, output) if return_outputs else loss

    return Distiller
