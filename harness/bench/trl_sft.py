"""TRL's SFTTrainer on examples that are tokens already: the peer of a recovery.

Examples, their order, batch, rate, schedule and adapter are those of our recipe, and so is the dtype of the numerics;
all else is TRL's own choice (activations are computed again, the output layer is run on learned tokens only).
"""

import copy
import tempfile
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import BadInput
from harness.files import scratch
from harness.prune.surgery import replace_config, share
from harness.recover.recipe import warm_up
from harness.recover.watch import LOGGED_EVERY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from harness.recover.encode import Encoded
    from harness.recover.recipe import Recipe

NAME = "TRL's SFTTrainer"


def require_trl() -> None:
    """Refuse a comparison with what is not there.

    Raises:
        BadInput: TRL is not installed.
    """
    if find_spec("trl") is None:
        raise BadInput(f"{NAME}, the peer, is not installed, and no dependency of this package; pip install trl")


def sft(
    model: "PreTrainedModel",
    tokenizer: "PreTrainedTokenizerBase",
    seen: "Sequence[Encoded]",
    recipe: "Recipe",
    steps: int,
    seed: int,
    *,
    recompute: bool,
) -> list[tuple[int, float]]:
    """Train an adapter, and give the loss curve: (step, mean loss since the point before).

    Args:
        model: stays as it is.
        tokenizer: likewise; it says what a batch is padded with.
        seen: the examples in the order in which they are trained on.
        recipe: how.
        steps: of the run.
        seed: of the adapter's weights.
        recompute: whether activations are computed again on the way back, TRL's default.
    """
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # imports of TRL and what it brings along
        from datasets import Dataset
        from peft import LoraConfig
        from transformers import PrinterCallback
        from trl import SFTConfig, SFTTrainer

        twin, config = share(model), copy.deepcopy(model.config)
        replace_config(twin, model.config, config)
        twin.generation_config = copy.deepcopy(model.generation_config)
        with scratch(Path(tempfile.gettempdir()), "bench-") as folder:
            trainer: Any = SFTTrainer(
                model=twin,
                args=SFTConfig(
                    output_dir=str(folder),
                    max_steps=steps,
                    per_device_train_batch_size=recipe.batch_size // recipe.accumulation,
                    gradient_accumulation_steps=recipe.accumulation,
                    learning_rate=recipe.learning_rate,
                    lr_scheduler_type="constant_with_warmup" if recipe.schedule == "constant" else "linear",
                    warmup_steps=warm_up(recipe, steps),
                    weight_decay=recipe.weight_decay,
                    adam_beta1=recipe.betas[0],
                    adam_beta2=recipe.betas[1],
                    max_grad_norm=recipe.clip,
                    gradient_checkpointing=recompute,
                    bf16=model.dtype == torch.bfloat16,
                    use_cpu=model.device.type == "cpu",
                    seed=seed,
                    max_length=None,
                    train_sampling_strategy="sequential",
                    logging_steps=LOGGED_EVERY,
                    save_strategy="no",
                    report_to=[],
                    dataloader_pin_memory=False,
                    disable_tqdm=True,
                ),
                train_dataset=Dataset.from_list([{"input_ids": [*one.ids], "labels": [*one.labels]} for one in seen]),
                processing_class=copy.deepcopy(tokenizer),
                peft_config=LoraConfig(
                    r=recipe.rank,
                    lora_alpha=recipe.alpha,
                    lora_dropout=recipe.dropout,
                    bias="none",
                    target_modules="all-linear",
                    task_type="CAUSAL_LM",
                ),
            )
            trainer.remove_callback(PrinterCallback)
            trainer.train()
    return [(int(log["step"]), float(log["loss"])) for log in trainer.state.log_history if "loss" in log]
