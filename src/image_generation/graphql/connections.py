"""Lists in pages: Relay connections whose cursors are keys, so that any depth costs the same."""

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from image_generation.domain.gallery import GalleryFilter, Page
from image_generation.gallery import records
from image_generation.gallery.batches import BatchState
from image_generation.graphql.context import Info
from image_generation.graphql.identifiers import cursor_of

if TYPE_CHECKING:
    from image_generation.graphql.types import Image

LazyImage = Annotated["Image", strawberry.lazy("image_generation.graphql.types")]


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    """Whether there is more, and the cursors to ask for it."""

    has_next_page: bool = strawberry.field(description="Whether more follows this page.")
    has_previous_page: bool = strawberry.field(description="Whether more lies before this page.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first edge.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last edge.")

    @classmethod
    def of(
        cls, page: Page[records.Image] | Page[records.Generation] | Page[BatchState]
    ) -> "PageInfo":
        """Describe a page."""
        return cls(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=cursor_of(page.rows[0].id) if page.rows else None,
            end_cursor=cursor_of(page.rows[-1].id) if page.rows else None,
        )


@strawberry.type(description="A picture's place in a list.")
class ImageEdge:
    """A picture and its cursor."""

    cursor: str = strawberry.field(description="Names this place for `after` and `before`.")
    node: records.Image = strawberry.field(graphql_type=LazyImage, description="The picture.")


@strawberry.type(description="A page of pictures.")
class ImageConnection:
    """A page of image records; what chose them, a filter or a source, is kept for counting."""

    edges: list[ImageEdge] = strawberry.field(description="The pictures of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    wanted: strawberry.Private[GalleryFilter | UUID]

    @strawberry.field(description="How many there are on all pages; counted only when asked.")
    async def total_count(self, info: Info) -> int:
        """Count."""
        if isinstance(self.wanted, UUID):
            return await info.context.derived_counts.load(self.wanted) or 0
        return await info.context.services.gallery.count(info.context.scope, self.wanted)

    @classmethod
    def of(cls, page: Page[records.Image], wanted: GalleryFilter | UUID) -> "ImageConnection":
        """Wrap a page."""
        edges = [ImageEdge(cursor=cursor_of(image.id), node=image) for image in page.rows]
        return cls(edges=edges, page_info=PageInfo.of(page), wanted=wanted)
