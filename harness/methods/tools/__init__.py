"""What several methods share: losses, hidden states, greedy search, choosing the lowest."""
