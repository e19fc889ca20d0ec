"""The "plus" of Shortened LLaMA's criteria: the first 4 and the last 2 layers stay (2402.02834). Pure.

The authors prune so whatever they score by (Nota-NetsPresso/shortened-llm @ 4031a92, `src/block_prune.py`, unless
`--no_plus_heuristic`), and call the results Taylor+, Mag+ and PPL.
"""

from harness.errors import BadInput

KEPT_FIRST, KEPT_LAST = 4, 2


def unguarded(depth: int, n: int, method: str) -> range:
    """The layers that may go.

    Raises:
        BadInput: they are fewer than `n`; the sentence names `method`'s own variant without the guard.
    """
    free = range(KEPT_FIRST, depth - KEPT_LAST)
    if n > len(free):
        raise BadInput(
            f"{method}_guarded keeps the first {KEPT_FIRST} and the last {KEPT_LAST} of {depth} layers, so at most "
            f"{len(free)} can go and {n} are asked for; use {method}, or remove fewer"
        )
    return free
