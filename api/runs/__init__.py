"""Runs: a queue, and child processes that do the solving."""
