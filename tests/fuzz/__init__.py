"""Chance against a running service: it never falters, hangs, grows or dies.

`python -m tests.fuzz SECONDS --seed N` throws the same dice again for the same seed.
"""
