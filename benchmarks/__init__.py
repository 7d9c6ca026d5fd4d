"""Benchmarks: what a user waits for, each beside the machine's own limit measured in the same run."""
