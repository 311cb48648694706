"""Telling a provider that nobody waits for its work any more."""

import asyncio

from image_generation.domain.errors import ProviderError
from image_generation.providers.base import AskableProvider, ImageProvider

_PATIENCE_SECONDS = 10.0


async def cancel_at(provider: ImageProvider | None, request_id: str | None) -> bool | None:
    """Stop work at a provider that can; return whether it is charged, None when not known."""
    if request_id is None or not isinstance(provider, AskableProvider):
        return None
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await provider.cancel(request_id)
    except (ProviderError, TimeoutError):
        return None
