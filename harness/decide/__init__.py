"""From paired per-item scores to a verdict. Pure: no torch, no I/O."""
