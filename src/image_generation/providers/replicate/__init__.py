"""Replicate: many models behind one API, over its own SDK."""

from image_generation.providers.replicate.provider import ReplicateProvider

__all__ = ["ReplicateProvider"]
