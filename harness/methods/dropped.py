"""A choice of layers made elsewhere, as a method: `drop:17-20`, or a file of the tool that made it, `drop:merge.yaml`.

It chooses nothing, so that every claim can be asked of exactly the layers that somebody else removed. Files that are
read: mergekit's `slices` (half-open ranges of what stays), NeMo's `drop_layers` (counted from 1: "The layer indices
start from 1", NeMo's guide to pruning), OptiPFair's `layer_indices` (from 0).
"""

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import BadInput
from harness.methods.method import Method
from harness.prune.plan import DEEPEST, UNITS_PER_LAYER, LayerPlan, parse_plan

if TYPE_CHECKING:
    from harness.models.load import LoadedModel

PREFIX = "drop:"
ENDINGS = (".yaml", ".yml", ".json")
_UNIT = re.compile(r"(attn|mlp|blend)[0-9]+")
FIRST = {"drop_layers": 1, "layer_indices": 0}
"""A tool's list of layers to remove -> what it calls the first layer."""
_PRECISION = 1000
Reads = Callable[[int], LayerPlan]
"""The plan for a model of so many layers."""


class OtherSizeError(BadInput):
    """A list of layers was asked for another number of them."""


def is_dropped(name: str) -> bool:
    """Whether a method's name is a choice made elsewhere, and no function of somebody's module `drop`."""
    said = name.removeprefix(PREFIX)
    if said == name:
        return False
    function = all(part.isidentifier() for part in said.split("."))
    return not function or said.lower().endswith(ENDINGS) or _UNIT.fullmatch(said) is not None


def require_chooser(name: str) -> None:
    """Refuse a list of layers where a method is judged, or asked for several numbers of layers.

    Raises:
        BadInput: it is one.
    """
    if is_dropped(name):
        raise BadInput(f"--method {name}: a list of layers is no method, which chooses any number of them; name one")


def in_layers(name: str, depth: int) -> str:
    """A list by what it removes, `drop:2,6-7`, where a file has it: the file may hold another one tomorrow.

    Raises:
        BadInput: it does not fit a model of so many layers.
    """
    return f"{PREFIX}{_read(name)(depth).describe()}" if is_dropped(name) else name


def dropped(name: str) -> Method:
    """The method behind `drop:LAYERS` or `drop:FILE`.

    Raises:
        BadInput: the text is no plan, or the file none of those that are read.
    """
    plan_for = _read(name)

    def layers(loaded: "LoadedModel", n: int) -> LayerPlan:
        """The plan, where it removes as much as is asked for."""
        plan = plan_for(loaded.depth)
        _require_size(name, plan, n)
        return plan

    return Method(name, layers, needs="nothing")


def _read(name: str) -> Reads:
    """The plan behind a name, for a model of so many layers; both refuse with the name in front."""

    def named(error: BadInput) -> BadInput:
        return BadInput(f"--method {name}: {error}")

    said = name.removeprefix(PREFIX)
    try:
        plan_for = _of_file(Path(said)) if said.lower().endswith(ENDINGS) else _of_text(said)
    except BadInput as error:
        raise named(error) from error

    def read(depth: int) -> LayerPlan:
        try:
            return plan_for(depth)
        except BadInput as error:
            raise named(error) from error

    return read


def _of_text(said: str) -> Reads:
    parse_plan(said, DEEPEST)  # refused before a model is loaded
    return lambda depth: parse_plan(said, depth)


def _of_file(path: Path) -> Reads:
    import yaml

    from harness.prune.mergekit import from_yaml

    try:
        text = path.read_text(encoding="utf-8")
        content = yaml.safe_load(text)
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        what = error.strerror if isinstance(error, OSError) else " ".join(str(error).split())
        raise BadInput(
            f"{path} cannot be read ({what}); expected YAML or JSON of mergekit, NeMo or OptiPFair"
        ) from error
    if isinstance(content, dict) and "slices" in content:
        kept = from_yaml(text, str(path)).kept
        return lambda depth: _without_others(kept, depth, path)
    found = _lists(content)
    if len(found) != 1:
        held = f"{len(found)} lists ({', '.join(key for key, _ in found)})" if found else "none of what is read"
        raise BadInput(f"{path} has {held}; expected a single one of slices, {', '.join(FIRST)}")
    ((key, layers),) = found
    whole = isinstance(layers, list) and layers and all(type(layer) is int for layer in layers)
    if not whole or min(layers) < FIRST[key]:
        raise BadInput(f"{path}: {key} is {layers!r}, expected a list of whole numbers from {FIRST[key]} on")
    return lambda depth: LayerPlan.without((layer - FIRST[key] for layer in layers), depth)


def _without_others(kept: tuple[int, ...], depth: int, path: Path) -> LayerPlan:
    if kept[-1] >= depth:
        raise BadInput(f"{path} keeps layer {kept[-1]}, and the model's are 0 to {depth - 1}; is it of another model?")
    return LayerPlan(kept, depth)


def _lists(content: Any) -> list[tuple[str, Any]]:  # noqa: ANN401  # whatever the file holds
    """The lists of layers in a file: at its top, or one step below (NeMo's `prune`)."""
    tops = [content, *content.values()] if isinstance(content, dict) else []
    return [(key, part[key]) for part in tops if isinstance(part, dict) for key in FIRST if key in part]


def _require_size(name: str, plan: LayerPlan, n: int) -> None:
    """Refuse a ratio that the list does not have: half of it would be nobody's choice.

    Raises:
        BadInput: it removes another number of layers than `n`.
    """
    layers, rest = divmod(plan.units_removed, UNITS_PER_LAYER)
    if rest:
        raise BadInput(
            f"--method {name}: removes {plan.units_removed} units, and two are a layer; checks remove whole numbers of "
            f"layers, so name one unit more or less"
        )
    if not layers:
        raise BadInput(f"--method {name}: removes nothing; name layers to remove")
    if layers != n:
        raise OtherSizeError(
            f"--method {name}: removes {layers} of {plan.depth} layers, and this asks for {n}; a list is asked at its "
            f"own ratio, --ratio {ratio_of(layers, plan.depth):g}"
        )


def ratio_of(layers: int, depth: int) -> float:
    """A ratio with few digits at which so many layers go; ratios are rounded down. Pure."""
    return math.ceil(_PRECISION * layers / depth) / _PRECISION
