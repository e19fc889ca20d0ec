"""The global states that a method might draw from."""

import random
from collections.abc import Iterator
from contextlib import contextmanager


def disturb_global_randomness(state: int) -> None:
    """In another state a method that draws from a global generator decides otherwise, one that uses its seed not."""
    import numpy as np
    import torch

    random.seed(state)
    np.random.seed(state)  # noqa: NPY002  # the global state is the point
    torch.manual_seed(state)


@contextmanager
def kept_randomness() -> Iterator[None]:
    """Global random states are afterwards what they were."""
    import numpy as np
    import torch

    before = random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002  # the global state
    try:
        yield
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])  # noqa: NPY002
        torch.set_rng_state(before[2])
