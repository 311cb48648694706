"""Picture files as people and enemies send them, made when they are needed."""
