"""Benchmarks: one per file, each a way to turn items into requests and answers into outcomes."""
