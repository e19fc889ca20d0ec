"""The effective depth, asserted wherever a model is asked: a removal that silently did nothing cannot be scored."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from harness.errors import BadInput
from harness.models.hooks import hooked
from harness.prune.surgery import count_layer_calls, expected_layers
from harness.score.ledger import Ledger

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@contextmanager
def depth_asserted(model: "PreTrainedModel", ledger: Ledger) -> Iterator[None]:
    """While open, counts decoder-layer calls by hooks; they must be the config's depth times the forward passes.

    Raises:
        BadInput: the model ran more or fewer layers.
    """
    passes = 0

    def count(*_: Any) -> None:  # noqa: ANN401  # torch passes module, inputs, output
        nonlocal passes
        passes += 1

    with hooked(model.register_forward_hook(count)), count_layer_calls(model) as calls:
        yield
    depth = expected_layers(model)
    ledger.layer_forwards += calls.total
    if calls.total != depth * passes:
        raise BadInput(
            f"the model ran {calls.total} decoder layers in {passes} forward passes, expected {depth} each: "
            f"its layers are not what its config says; prune with harness.prune_layers"
        )
