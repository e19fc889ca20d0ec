"""What the `test` text of a HumanEval+ or MBPP+ item calls, read as literals and never run. Pure."""

import ast
import math
from dataclasses import dataclass
from typing import Any

from harness.errors import BadInput
from harness.execute.outcome import parsed

_NAMES = {"inf": math.inf, "nan": math.nan}


@dataclass(frozen=True)
class Tests:
    """The calls of a benchmark's `test` text."""

    inputs: tuple[tuple[Any, ...], ...]
    """Arguments of each call."""
    results: tuple[Any, ...] | None
    """What is expected of each; None where the text does not say."""
    atol: float
    """Absolute tolerance of numbers; 0 is explained in `code_match`."""


def read_tests(source: str) -> Tests:
    """The literals of a `test` text. Pure.

    Raises:
        BadInput: it has no `inputs`, or one of the literals is none.
    """
    found: dict[str, Any] = {}
    atol = 0.0
    try:
        for node in ast.walk(parsed(source) or ast.Module([], [])):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                name = node.targets[0].id
                if name in ("inputs", "results"):
                    found[name] = ast.literal_eval(_WithNames().visit(node.value))
            if isinstance(node, ast.Compare) and _is_tolerance(node):
                atol = max(atol, float(ast.literal_eval(node.comparators[0])))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "assertion":
                atol = max(atol, float(ast.literal_eval(node.args[2])))
        inputs = tuple(tuple(arguments) for arguments in found["inputs"])
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise BadInput(
            f"a test text ({source[:40]!r}...) has no literal `inputs` ({type(error).__name__}: {error}); "
            f"expected the format of evalplus/humanevalplus and evalplus/mbppplus"
        ) from error
    results = tuple(found["results"]) if "results" in found else None
    if results is not None and len(results) != len(inputs):
        raise BadInput(f"a test text has {len(inputs)} inputs and {len(results)} results; expected one result each")
    return Tests(inputs, results, atol)


def _is_tolerance(node: ast.Compare) -> bool:
    """Whether a comparison is HumanEval/32's own: `assert _poly(...) <= 0.0001`."""
    return isinstance(node.left, ast.Call) and isinstance(node.ops[0], ast.LtE)


class _WithNames(ast.NodeTransformer):  # the ast module's interface is inheritance
    """Puts numbers where a literal says `inf` or `nan`."""

    def visit_Name(self, node: ast.Name) -> ast.AST:  # named by the ast module
        return ast.copy_location(ast.Constant(_NAMES[node.id]), node) if node.id in _NAMES else node
