"""The gallery as callers see it: pictures and the work behind them, within a scope."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, func

from image_generation.domain.gallery import GalleryFilter, GalleryOrder, Page, PageRequest
from image_generation.gallery.database import Database
from image_generation.gallery.pages import Listing, lineage
from image_generation.gallery.records import LISTED, TABLE, Generation, Image
from image_generation.gallery.scope import EVERYBODY, Scope
from image_generation.gallery.views import View, columns_of, read_as


class Gallery:
    """Reads and cares for pictures; each call is one unit of work."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def images(
        self, scope: Scope, wanted: GalleryFilter, order: GalleryOrder, asked: PageRequest
    ) -> Page[Image]:
        """Return a page of pictures."""
        listing = Listing.of(scope, wanted)
        statement = listing.page(columns_of(Image), order, asked)
        beyond = listing.beyond(order, asked)

        def work(connection: Connection) -> Page[Image]:
            rows = read_as(Image, connection.execute(statement))
            other_side = beyond is not None and bool(connection.scalar(beyond))
            return Page.of(rows, asked, other_side=other_side)

        return await self._database.read(work)

    async def count(self, scope: Scope, wanted: GalleryFilter) -> int:
        """Count the pictures that pass a filter."""
        statement = Listing.of(scope, wanted).count()
        return await self._database.read(lambda connection: connection.scalar(statement) or 0)

    async def derived(
        self, scope: Scope, asked: Collection[tuple[UUID, PageRequest]]
    ) -> dict[tuple[UUID, PageRequest], Page[Image]]:
        """Return pages of what was made from pictures, the newest first; one read for all."""

        def work(connection: Connection) -> dict[tuple[UUID, PageRequest], Page[Image]]:
            pages: dict[tuple[UUID, PageRequest], Page[Image]] = {}
            for page in {page for _, page in asked}:
                ids = [id for id, wanted in asked if wanted == page]
                pages |= {(id, page): found for id, found in lineage(connection, scope, ids, page)}
            return pages

        return await self._database.read(work)

    async def count_derived(self, scope: Scope, ids: Collection[UUID]) -> dict[UUID, int]:
        """Count what was made from each of these pictures, where there is anything."""
        statement = (
            scope.select(TABLE.c.source_id, func.count())
            .where(TABLE.c.source_id.in_(ids), LISTED)
            .group_by(TABLE.c.source_id)
        )
        return await self._database.read(lambda c: dict(map(tuple, c.execute(statement))))

    async def matching(self, scope: Scope, wanted: GalleryFilter, id: UUID) -> Image | None:
        """Return the picture of that id if it passes a filter."""
        statement = Listing.of(scope, wanted).only(columns_of(Image), id)
        return next(iter(await self._read(Image, statement)), None)

    async def images_by_id(self, scope: Scope, ids: Collection[UUID]) -> dict[UUID, Image]:
        """Return the pictures among these ids."""
        statement = scope.select(*columns_of(Image)).where(TABLE.c.id.in_(ids), LISTED)
        return {image.id: image for image in await self._read(Image, statement)}

    async def generations_by_id(
        self, scope: Scope, ids: Collection[UUID]
    ) -> dict[UUID, Generation]:
        """Return the generations among these ids."""
        statement = scope.select(*columns_of(Generation)).where(
            TABLE.c.id.in_(ids), TABLE.c.deleted_at.is_(None)
        )
        return {row.id: row for row in await self._read(Generation, statement)}

    async def update_image(self, scope: Scope, id: UUID, changes: dict[str, Any]) -> Image | None:
        """Change a picture's own marks (favorite, tags); None when there is no such picture."""
        if not changes:
            return (await self.images_by_id(scope, [id])).get(id)
        statement = (
            scope.update()
            .where(TABLE.c.id == id, LISTED)
            .values(changes)
            .returning(*columns_of(Image))
        )
        rows = await self._database.write(lambda c: read_as(Image, c.execute(statement)))
        return rows[0] if rows else None

    async def mark_deleted(self, scope: Scope, ids: Collection[UUID]) -> list[UUID]:
        """Take pictures out of the gallery; their bytes and rows go next."""
        statement = (
            scope.update()
            .where(TABLE.c.id.in_(ids), LISTED)
            .values(deleted_at=datetime.now(UTC), idempotency_key=None)
            .returning(TABLE.c.id)
        )
        return await self._database.write(lambda c: list(c.scalars(statement)))

    async def deleted(self) -> list[UUID]:
        """Return the ids whose deletion was begun and not finished."""
        statement = EVERYBODY.select(TABLE.c.id).where(TABLE.c.deleted_at.is_not(None))
        return await self._database.read(lambda c: list(c.scalars(statement)))

    async def forget(self, ids: Collection[UUID]) -> None:
        """Remove rows that were marked deleted."""
        statement = EVERYBODY.delete().where(TABLE.c.id.in_(ids), TABLE.c.deleted_at.is_not(None))
        await self._database.write(lambda c: c.execute(statement))

    async def _read(self, view: type[View], statement: Select[Any]) -> list[View]:
        return await self._database.read(lambda c: read_as(view, c.execute(statement)))
