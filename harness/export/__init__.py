"""A variant as files that others can use: a model folder with its card, and mergekit's configuration."""
