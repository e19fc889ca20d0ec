"""The training loop of every recovery: transformers' Trainer on examples that are encoded and padded here.

Examples are padded, never packed or cut; the labels of padding are ignored by position, not by token id, so that an
end-of-turn token that doubles as padding keeps its loss.
"""

import contextlib
import functools
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.files import scratch
from harness.models.attention import sound_gradients
from harness.progress import Progress
from harness.recover.encode import IGNORED, Encoded
from harness.recover.entering import GIVEN, Tail, taking
from harness.recover.guards import check_batch
from harness.recover.one_layer import imitator
from harness.recover.recipe import Recipe, warm_up
from harness.recover.watch import LOGGED_EVERY, Course, Watch, callback

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

    from harness.recover.keep import Runs


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


def train(
    model: "PreTrainedModel",
    course: Course,
    seed: int,
    pad: int,
    dtype: "torch.dtype",
    teacher: "PreTrainedModel | None" = None,
    progress: Progress | None = None,
    tail: Tail | None = None,
) -> "Runs":
    """Train a twin made by `trainable`.

    Args:
        model: the twin; its trained parameters change in place.
        course: on what, how, from where and until when.
        seed: of dropout.
        pad: padding token id.
        dtype: of the model that the twin was made from; what is trained is float32, and bfloat16 runs under autocast.
        teacher: the model whose distribution or streams are learned, where the recipe says so.
        progress: told about every step.
        tail: the layers of the twin that are trained, and what enters them; None: the twin is run whole.

    Returns:
        By number of steps: the trained parameters, and what was done until then.

    Raises:
        BadInput: the store cannot be written, or a setting was not used as asked for.
    """
    import torch
    from transformers import PrinterCallback, TrainingArguments

    recipe, watch = course.recipe, Watch(course, progress)

    def batched(batch: Sequence[Encoded]) -> "dict[str, torch.Tensor]":
        asked = collate(batch, pad)
        return asked | ({GIVEN: tail.states(batch, asked["labels"].shape[1])} if tail is not None else {})

    with scratch(Path(tempfile.gettempdir()), "recovery-") as folder:
        arguments = TrainingArguments(
            output_dir=str(folder),
            max_steps=max(course.marks) - course.done,
            per_device_train_batch_size=recipe.batch_size // recipe.accumulation,
            gradient_accumulation_steps=recipe.accumulation,
            learning_rate=recipe.learning_rate,
            lr_scheduler_type="constant_with_warmup" if recipe.schedule == "constant" else "linear",
            warmup_steps=warm_up(recipe, course.steps),
            weight_decay=recipe.weight_decay,
            adam_beta1=recipe.betas[0],
            adam_beta2=recipe.betas[1],
            max_grad_norm=recipe.clip,
            activation_checkpointing=recipe.checkpointing,
            activation_checkpointing_kwargs={"use_reentrant": False} if recipe.checkpointing else None,
            bf16=dtype == torch.bfloat16,
            use_cpu=model.device.type == "cpu",
            seed=seed,
            train_sampling_strategy="sequential",
            logging_steps=LOGGED_EVERY,
            logging_nan_inf_filter=False,  # it would put the mean in the place of a loss that is none
            save_strategy="no",  # its checkpoints are pickles; ours are `recover.checkpoint`
            report_to=[],
            remove_unused_columns=False,
            dataloader_pin_memory=False,
            disable_tqdm=True,
        )
        # else a step has the recipe's examples once more for each further GPU that is in sight
        vars(arguments)["_n_gpu"] = min(arguments.n_gpu, 1)
        trainer = _trainer(model, recipe, teacher)(
            model=model if tail is None else tail.model,
            args=arguments,
            train_dataset=course.seen[course.done * recipe.batch_size :],
            data_collator=batched,
            callbacks=[callback(watch, model)],
        )
        # the rate falls over the whole run, however much of it is left to this process
        vars(trainer)["create_scheduler"] = functools.partial(_scheduler, trainer.create_scheduler, course.steps)
        trainer.remove_callback(PrinterCallback)
        with sound_gradients(), taking(tail.model) if tail is not None else contextlib.nullcontext():
            trainer.train()
    model.train(mode=False).requires_grad_(False)
    return watch.runs


def _scheduler(create: Any, steps: int, num_training_steps: int, optimizer: Any = None) -> Any:  # noqa: ANN401, ARG001
    return create(num_training_steps=steps, optimizer=optimizer)


def _trainer(twin: "PreTrainedModel", recipe: Recipe, teacher: "PreTrainedModel | None") -> Any:  # noqa: ANN401
    """The Trainer whose loss is the recipe's."""
    from transformers import Trainer

    if teacher is None:
        return Trainer
    return imitator(twin, teacher) if recipe.target == "streams" else _distiller(teacher)


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
