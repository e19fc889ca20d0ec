"""Noticing that a generation has begun to repeat itself for good. Pure."""

from collections.abc import Sequence

LONGEST_PERIOD = 64  # tokens; longer cycles run into the length limit
REPEATS = 4  # times the cycle must have been seen
SPAN = 32  # tokens that the repeats must cover together, so that "( ( ( (" is still an answer


def is_looping(tokens: Sequence[int]) -> bool:
    """Whether `tokens` ends in the same cycle REPEATS times or more, over at least SPAN tokens."""
    for period in range(1, min(LONGEST_PERIOD, len(tokens) // REPEATS) + 1):
        span = max(period * REPEATS, SPAN)
        if span > len(tokens):
            continue
        tail = tokens[-span:]
        if all(tail[i] == tail[i - period] for i in range(period, span)):
            return True
    return False
