"""Pictures of the equations, computed from the equations."""
