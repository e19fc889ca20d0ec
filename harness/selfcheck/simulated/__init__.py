"""How often a verdict errs: answers whose truth is known, decided by the code of the checks. Pure but for `sizes`."""
