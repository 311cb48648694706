"""OpenAI, and the servers that speak as it does."""

from image_generation.providers.openai.provider import OpenAIProvider

__all__ = ["OpenAIProvider"]
