"""Batches and their items, as callers see them."""

from datetime import datetime
from uuid import UUID

import strawberry

from image_generation.domain import generations as domain
from image_generation.domain.gallery import Page, PageRequest
from image_generation.domain.generations import GenerationStatus
from image_generation.gallery import records
from image_generation.gallery.batches import BatchState
from image_generation.graphql.arguments import After, First
from image_generation.graphql.connections import PageInfo
from image_generation.graphql.context import Info
from image_generation.graphql.identifiers import cursor_of, read_cursor
from image_generation.graphql.types import Cost, Generation, Node

BatchParent = strawberry.Parent[BatchState]


@strawberry.type(description="A generation's place in a list.")
class GenerationEdge:
    """A generation and its cursor."""

    cursor: str = strawberry.field(description="Names this place for `after`.")
    node: records.Generation = strawberry.field(
        graphql_type=Generation, description="The generation."
    )


@strawberry.type(description="A page of a batch's items.")
class GenerationConnection:
    """A page of generation records; the batch is kept for counting."""

    edges: list[GenerationEdge] = strawberry.field(description="The items of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    batch_id: strawberry.Private[UUID]

    @strawberry.field(description="How many items there are; counted only when asked.")
    async def total_count(self, info: Info) -> int:
        """Count."""
        return await info.context.services.batches.count(info.context.scope, self.batch_id)

    @classmethod
    def of(cls, page: Page[records.Generation], batch_id: UUID) -> "GenerationConnection":
        """Wrap a page."""
        edges = [GenerationEdge(cursor=cursor_of(item.id), node=item) for item in page.rows]
        return cls(edges=edges, page_info=PageInfo.of(page), batch_id=batch_id)


@strawberry.type(description="Many pictures asked for at once.")
class Batch(Node):
    """A batch's state."""

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        """Tell batches from other nodes."""
        return isinstance(value, BatchState)

    status: GenerationStatus = strawberry.field(
        description="RUNNING while any item is unfinished; FAILED only when no item succeeded."
    )
    total: int = strawberry.field(description="How many items it has.")

    @strawberry.field(description="Items that wait for their turn.")
    @staticmethod
    def queued(batch: BatchParent) -> int:
        """Read the count."""
        return batch.counts[GenerationStatus.QUEUED]

    @strawberry.field(description="Items that are being worked on.")
    @staticmethod
    def running(batch: BatchParent) -> int:
        """Read the count."""
        return batch.counts[GenerationStatus.RUNNING]

    @strawberry.field(description="Items whose picture is in the gallery.")
    @staticmethod
    def succeeded(batch: BatchParent) -> int:
        """Read the count."""
        return batch.counts[GenerationStatus.SUCCEEDED]

    @strawberry.field(description="Items that came to nothing.")
    @staticmethod
    def failed(batch: BatchParent) -> int:
        """Read the count."""
        return batch.counts[GenerationStatus.FAILED]

    @strawberry.field(description="Items that were stopped on request.")
    @staticmethod
    def canceled(batch: BatchParent) -> int:
        """Read the count."""
        return batch.counts[GenerationStatus.CANCELED]

    progress: float = strawberry.field(
        description="How much is done, 0 to 1; a finished item counts as done."
    )
    cost: domain.Cost | None = strawberry.field(
        graphql_type=Cost | None, description="What its pictures cost; null until there is one."
    )

    @strawberry.field(description="Its items, in the order they were asked for.")
    @staticmethod
    async def generations(
        batch: BatchParent, info: Info, first: First = None, after: After = None
    ) -> GenerationConnection:
        """Read a page of items."""
        asked = PageRequest(first=first, after=read_cursor(after, "after"))
        asked.check()
        batches = info.context.services.batches
        page = await batches.generations(info.context.scope, batch.id, asked)
        return GenerationConnection.of(page, batch.id)

    created_at: datetime = strawberry.field(description="When it was accepted.")
    finished_at: datetime | None = strawberry.field(description="When its last item was finished.")
    duration_ms: int | None = strawberry.field(
        description="Milliseconds from the start of the first item to the end of the last."
    )


@strawberry.type(description="A batch's place in a list.")
class BatchEdge:
    """A batch and its cursor."""

    cursor: str = strawberry.field(description="Names this place for `after` and `before`.")
    node: BatchState = strawberry.field(graphql_type=Batch, description="The batch.")


@strawberry.type(description="A page of batches.")
class BatchConnection:
    """A page of batch states."""

    edges: list[BatchEdge] = strawberry.field(description="The batches of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")

    @classmethod
    def of(cls, page: Page[BatchState]) -> "BatchConnection":
        """Wrap a page."""
        edges = [BatchEdge(cursor=cursor_of(batch.id), node=batch) for batch in page.rows]
        return cls(edges=edges, page_info=PageInfo.of(page))
