"""Find out whether removing layers from a language model broke it.

Names kept stable for other projects: `load_model`, `prune_layers`, `rank_layers`; for methods that remove less than
whole layers or need more than forward passes `LayerPlan`, `apply_plan`, `Ranking`, `declare`, and for their tests
`check_method`; for claims of one's own `Design`, `Condition`, `Interval`, `register`; for notebooks `evaluate`,
`compare`, `check` and `read`; and `BadInput`, which is raised where input cannot be used. They are imported on first
use, so that `import harness` (and with it pytest's collection) needs neither torch nor transformers.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.conform.authors import check_method
    from harness.decide.bootstrap import Interval
    from harness.decide.design import Condition, Design
    from harness.decide.designs import register
    from harness.errors import BadInput
    from harness.methods.method import Ranking, declare
    from harness.methods.rank import rank_layers
    from harness.models.load import LoadedModel, load_model
    from harness.notebook.comparison import compare
    from harness.notebook.deciding import check
    from harness.notebook.evaluation import evaluate
    from harness.prune.apply import apply_plan
    from harness.prune.plan import LayerPlan
    from harness.prune.surgery import prune_layers
    from harness.report.frames import read

__all__ = [
    "BadInput",
    "Condition",
    "Design",
    "Interval",
    "LayerPlan",
    "LoadedModel",
    "Ranking",
    "apply_plan",
    "check",
    "check_method",
    "compare",
    "declare",
    "evaluate",
    "load_model",
    "prune_layers",
    "rank_layers",
    "read",
    "register",
]

_HOMES = {
    "BadInput": "harness.errors",
    "Condition": "harness.decide.design",
    "Design": "harness.decide.design",
    "Interval": "harness.decide.bootstrap",
    "LayerPlan": "harness.prune.plan",
    "Ranking": "harness.methods.method",
    "apply_plan": "harness.prune.apply",
    "check_method": "harness.conform.authors",
    "check": "harness.notebook.deciding",
    "compare": "harness.notebook.comparison",
    "declare": "harness.methods.method",
    "evaluate": "harness.notebook.evaluation",
    "LoadedModel": "harness.models.load",
    "load_model": "harness.models.load",
    "prune_layers": "harness.prune.surgery",
    "rank_layers": "harness.methods.rank",
    "read": "harness.report.frames",
    "register": "harness.decide.designs",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401  # whatever the public name is
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("layer-pruning-checks")
        except PackageNotFoundError:  # a checkout on Python's path, installed nowhere
            return "0+unknown"
    if name not in _HOMES:
        raise AttributeError(f"module 'harness' has no attribute {name!r}; it has {', '.join(__all__)}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
