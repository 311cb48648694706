"""Event streams that the service breaks off when it stops.

A stream that was broken off has no `complete` event, which is how its client knows to come back.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from typing import TypeVar

from image_generation.events.mailboxes import Stopping

T = TypeVar("T")


class BrokenOff(Exception):
    """`Stopping`, as an exception that Strawberry hands from its stream to its heartbeat."""


async def breaking_off(results: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
    """Pass results on; raises `BrokenOff` when the service stops."""
    async with aclosing(results):
        try:
            async for result in results:
                yield result
        except Stopping as stopping:
            raise BrokenOff from stopping


async def until_broken_off(chunks: AsyncIterator[str]) -> AsyncIterator[str]:
    """Pass chunks on, and end without a word where they break off."""
    with suppress(BrokenOff):
        async for chunk in chunks:
            yield chunk
