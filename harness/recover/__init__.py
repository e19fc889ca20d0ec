"""What is done to a pruned model to get its abilities back, and the guards around it."""
