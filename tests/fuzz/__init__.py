"""Chance against a running service: it never falters, hangs, grows or dies.

`python -m tests.fuzz SECONDS --seed N` asks it whatever comes up, the same again for the same seed.
"""
