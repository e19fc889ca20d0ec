"""The layers that the paper removed from its own models, as methods: `paper_bi`, `paper_iterative`, `paper_reverse`.

They rank nothing: the sets are the authors' (`harness/models/catalogue.py` cites each), so that checks can be run on
exactly what the paper evaluated, beside what our criteria choose. Of several sets of a method and size, the first.
"""

from typing import TYPE_CHECKING

from harness.errors import BadInput
from harness.methods.method import Ranking, method
from harness.models.catalogue import LayerSet, recognised

if TYPE_CHECKING:
    from harness.models.load import LoadedModel

NAMES = {"paper_bi": "BI", "paper_iterative": "Iterative", "paper_reverse": "Reverse"}


def layer_set(name: str, model: str, depth: int, n: int) -> LayerSet:
    """The paper's set of a method for `n` of a model's layers. Pure.

    Raises:
        BadInput: the model is none of the paper's, or the paper removed another number of its layers.
    """
    paper = recognised(model)
    known = [found for found in (paper.layer_sets if paper else ()) if found.method == NAMES[name]]
    fitting = [found for found in known if len(found.layers) == n]
    if paper is None or paper.depth != depth or not fitting:
        sizes = ", ".join(sorted({str(len(found.layers)) for found in known})) or "none"
        raise BadInput(
            f"--method {name}: the paper removed no {n} of {depth} layers of {model} like this (known sizes: {sizes}); "
            f"use it with the paper's models at its ratios, or choose a criterion such as block_influence"
        )
    return fitting[0]


def _published(name: str) -> None:
    @method(name, needs="nothing")
    def layers(loaded: "LoadedModel", n: int) -> Ranking:
        """The paper's layers."""
        return Ranking(layer_set(name, loaded.reference.location, loaded.depth, n).layers, None, name)


for _name in NAMES:
    _published(_name)
