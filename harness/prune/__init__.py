"""Which layers go, and how they go."""
