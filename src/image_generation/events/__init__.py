"""WHO IS TOLD: changes on their way to whoever watches."""
