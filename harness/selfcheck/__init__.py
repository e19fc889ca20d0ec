"""What proves the harness on a machine that it has never seen: checks, real shapes beside their bounds, repeats."""
