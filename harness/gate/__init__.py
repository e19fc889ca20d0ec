"""Results that some tool measured, read, paired and judged: did the new model keep what the base could? No torch."""
