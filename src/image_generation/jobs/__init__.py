"""WHEN WORK RUNS: a dispatcher of ids."""
