"""Variants of a base whose answers are drawn, for tests of claims about them."""

import numpy as np

from harness.selfcheck.simulated.setting import Asked, Setting


def drawn_variants(world, design, items=2_000):
    """What variants of a base answered."""
    setting = Setting({"chosen": (Asked("g", items, 0.9),)})
    rng = np.random.default_rng(0)
    return world.evidence(rng, design, setting, world.start(rng, design, setting), {"chosen": ["g"]})
