"""The effective depth, asserted wherever a model is asked: a removal that silently did nothing cannot be scored."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from harness.errors import BadInput
from harness.models.hooks import hooked, stream_in
from harness.models.tally import tallied
from harness.prune.merged import Merged, Place
from harness.prune.surgery import count_layer_calls, expected_layers
from harness.score.ledger import Ledger

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@contextmanager
def depth_asserted(model: "PreTrainedModel", ledger: Ledger) -> Iterator[Callable[[], None]]:
    """While open, counts decoder-layer calls by hooks; they must be the config's depth times the forward passes.

    Yields:
        Asserts it of what was run so far, as is done at the end.

    Raises:
        BadInput: the model ran more or fewer layers.
    """
    paid = 0

    def count(*_: Any) -> None:  # noqa: ANN401  # torch passes module, inputs, output
        calls.tally["passes"] += 1

    def check() -> None:
        nonlocal paid
        ledger.layer_forwards += calls.total - paid
        paid, passes, depth = calls.total, calls.tally["passes"], expected_layers(model)
        if calls.total != depth * passes:
            raise BadInput(
                f"the model ran {calls.total} decoder layers in {passes} forward passes, expected {depth} each: "
                f"its layers are not what its config says; prune with harness.prune_layers"
            )

    with (
        hooked(model.register_forward_hook(count)),
        count_layer_calls(model) as calls,
        tallied(model, calls.tally),
    ):
        yield check
    check()


@contextmanager
def rows_asserted(merged: Merged, due: Callable[[], Counter[Place]], ledger: Ledger) -> Iterator[Callable[[], None]]:
    """While open, counts the rows that go through each module of variants; they must be those whose plans have it.

    Args:
        merged: the variants.
        due: rows by layer and what is made of it so far, of the plans alone.
        ledger: of whoever is to pay.

    Yields:
        Asserts it of what was run so far, as is done at the end.

    Raises:
        BadInput: they are more or fewer.
    """
    rows, calls, paid = Counter[Place](), Counter[str](), 0

    def at(place: Place) -> Any:  # noqa: ANN401  # a torch hook
        def count(_: Any, args: Any, kwargs: Any) -> None:  # noqa: ANN401
            calls["layers"] += 1
            rows[place] += len(stream_in(args, kwargs))

        return count

    def check() -> None:
        nonlocal paid
        ledger.layer_forwards += calls["layers"] - paid
        paid, wanted = calls["layers"], due()
        wrong = [place for place in rows | wanted if rows[place] != wanted[place]]
        if wrong:
            layer = min(layer for layer, _ in wrong)
            raise BadInput(
                f"variants that answered together ran layer {layer} for other rows than their plans say; "
                f"ask them one by one (--batch-tokens 1), and report this"
            )

    hooks = (module.register_forward_pre_hook(at(place), with_kwargs=True) for place, module in merged.modules.items())
    with tallied(merged.model, rows), tallied(merged.model, calls), hooked(*hooks):
        yield check
    check()
