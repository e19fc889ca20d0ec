"""Ours beside what people use instead, on the same items: time by turns, counts, and whether the answers agree."""
