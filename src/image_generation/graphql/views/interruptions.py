"""Event streams that the service breaks off: when it stops, and when a key is withdrawn.

A stream that was broken off because the service stops has no `complete` event, which is how its
client knows to come back.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from typing import TypeVar

from graphql import GraphQLError

from image_generation.events.mailboxes import Stopping
from image_generation.graphql.errors import public_error
from image_generation.graphql.views.contexts import OperationContext

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


Chunks = AsyncGenerator[str, None]


async def until_broken_off(chunks: Chunks) -> Chunks:
    """Pass chunks on, and end without a word where they break off."""
    async with aclosing(chunks):
        with suppress(BrokenOff):
            async for chunk in chunks:
                yield chunk


async def while_known(
    chunks: Chunks, context: OperationContext, last: Callable[[GraphQLError], str]
) -> Chunks:
    """Pass chunks on, heartbeats too, as long as the caller's key holds; `last` tells why not."""
    async with aclosing(chunks):
        try:
            async for chunk in chunks:
                context.confirm()
                yield chunk
        except Exception as error:  # noqa: BLE001 - the answer has begun, and says what ended it
            yield last(public_error(error))
