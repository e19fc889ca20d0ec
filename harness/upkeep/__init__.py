"""What a user looks after: what a machine can run, and what a store holds."""
