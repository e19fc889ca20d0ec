"""What a pruned model's answers look like: repetition, failures of programs, arithmetic. Pure: no torch, no I/O."""
