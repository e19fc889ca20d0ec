"""The harness from a notebook: what the commands and checks say, as values that show themselves as tables."""
