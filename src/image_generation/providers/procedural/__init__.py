"""THE EMBEDDED PAINTER: real, seeded pictures from NumPy and Pillow, with no key and no network."""

from image_generation.providers.procedural.provider import ProceduralProvider

__all__ = ["ProceduralProvider"]
