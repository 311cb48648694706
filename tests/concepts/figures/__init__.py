"""The formulas behind the figures."""
