"""WHO MAKES PICTURES: one small interface, one module a provider, and the model catalogue."""
