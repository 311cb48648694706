"""WHAT THE MODELS ARE: the teaching content, one Markdown file for each architecture."""
