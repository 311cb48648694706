"""WHAT THE PRODUCT DOES: accepting, the pipeline, delivery."""
