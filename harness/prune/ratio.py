"""A share of layers becomes a number of layers. Pure."""

import math

from harness.errors import BadInput

_ROUNDING_GUARD = 1e-9  # 0.1 * 30 is 3.0000000000000004; 0.3 * 10 is 2.9999999999999996


def require_ratio(ratio: float) -> None:
    """Refuse what is no share.

    Raises:
        BadInput: `ratio` is not strictly between 0 and 1.
    """
    if not (math.isfinite(ratio) and 0 < ratio < 1):
        raise BadInput(f"ratio {ratio} is not between 0 and 1; write a quarter of the layers as 0.25")


def layer_count(ratio: float, depth: int) -> int:
    """How many of `depth` layers a ratio removes: rounded down.

    Down, because that is what the paper's runs used: 7 of 28 (Qwen2.5), 8 of 32 (Llama-3.1, Mistral) and 6 of 26
    (Gemma-2, where 25 % is 6.5) at 25 % (their code @ 0890223).

    Raises:
        BadInput: the ratio is no share, or removes no layer or every layer of this model.
    """
    require_ratio(ratio)
    if depth == 1:
        raise BadInput(f"ratio {ratio} of 1 layer: the model has one layer, and it must stay; name a deeper model")
    count = math.floor(ratio * depth + _ROUNDING_GUARD)
    if count < 1:
        raise BadInput(f"ratio {ratio} of {depth} layers removes none; use at least {math.ceil(100 / depth) / 100}")
    if count >= depth:
        raise BadInput(f"ratio {ratio} of {depth} layers removes all of them; use at most {(depth - 1) / depth:.2f}")
    return count
