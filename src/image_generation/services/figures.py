"""Figures: drawn once for all who ask for the same, and kept for a while."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from pydantic import ValidationError

from image_generation.concepts.figures.catalogue import FIGURES, Arguments, Figure
from image_generation.domain.errors import InvalidInput, NotFound
from image_generation.gallery.scope import Scope
from image_generation.services.addresses import NO_PICTURE
from image_generation.services.delivery import Delivery

_KEPT = 64
"""Drawings in memory; half a megabyte each at most."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """The bytes of a figure; `sha256` is their hex digest."""

    data: bytes
    media_type: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A figure with its arguments, and the picture that it is to show."""

    figure: Figure
    arguments: Arguments
    picture: UUID | None = None

    @property
    def address(self) -> str:
        """The path and query that stand for exactly this."""
        query = {"image": str(self.picture)} if self.picture else {}
        for name, value in self.arguments.model_dump(mode="json", exclude_defaults=True).items():
            query[name] = ",".join(map(str, value)) if isinstance(value, list) else value
        path = f"/figures/{self.figure.name}"
        return f"{path}?{urlencode(query, safe=',')}" if query else path


def wanted(figure: Figure, values: Mapping[str, Any], picture: UUID | None = None) -> Wanted:
    """Check the arguments of a figure; raises `InvalidInput` that names the first at fault."""
    if picture is not None and not figure.of_picture:
        raise InvalidInput("image", f"{figure.name} shows no picture.", "Leave it out.")
    try:
        return Wanted(figure, figure.arguments.model_validate(dict(values)), picture)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        raise InvalidInput(f"{fault['loc'][0]}", f"{fault['msg']}.", _right(figure)) from error


def _right(figure: Figure) -> str:
    names = [*figure.arguments.model_fields, *(["image"] if figure.of_picture else [])]
    return f"{figure.name} takes {', '.join(names)}." if names else f"{figure.name} takes nothing."


class Figures:
    """Draws figures in a worker thread, one at a time."""

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery
        self._drawn: OrderedDict[Wanted, asyncio.Task[Drawing]] = OrderedDict()
        self._turn = asyncio.Semaphore(1)

    async def draw(self, asked: Wanted, scope: Scope) -> Drawing:
        """Return the figure; raises `NotFound` when its picture is not in the scope (any more)."""
        return await asyncio.shield(self._begin(asked, await self._picture(asked, scope)))

    def expect(self) -> None:
        """Draw the plainest figure: with it, all that drawing needs is loaded."""
        self._begin(wanted(FIGURES["signal-to-noise"], {}), None)

    def _begin(self, asked: Wanted, picture: bytes | None) -> asyncio.Task[Drawing]:
        task = self._drawn.get(asked)
        if task is None or (task.done() and (task.cancelled() or task.exception())):
            task = self._drawn[asked] = asyncio.create_task(self._draw(asked, picture))
        self._drawn.move_to_end(asked)
        while len(self._drawn) > _KEPT:
            self._drawn.popitem(last=False)
        return task

    async def _picture(self, asked: Wanted, scope: Scope) -> bytes | None:
        """Read the picture each time: what was deleted is not shown from memory."""
        if asked.picture is None:
            return None
        found = await self._delivery.find(scope, asked.picture)
        if found is None:
            raise NotFound(NO_PICTURE)
        return await self._delivery.read(found, range(found.byte_size))

    async def _draw(self, asked: Wanted, picture: bytes | None) -> Drawing:
        async with self._turn:
            data = await asyncio.to_thread(asked.figure.draw, asked.arguments, picture)
        return Drawing(data, asked.figure.media_type, sha256(data).hexdigest())


def figures_of(kind: object) -> list[Figure]:
    """Return the figures of a concept."""
    return [figure for figure in FIGURES.values() if figure.kind == kind]
