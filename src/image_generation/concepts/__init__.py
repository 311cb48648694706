"""WHAT THE MODELS ARE: the teaching content."""
