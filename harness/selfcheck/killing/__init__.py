"""What is killed in the middle goes on to the same result: `harness.selfcheck.kills` and `harness.selfcheck.soak`."""
