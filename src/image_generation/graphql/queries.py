"""Reading."""

from datetime import UTC, datetime
from uuid import UUID

import strawberry

from image_generation.concepts import content
from image_generation.domain import limits
from image_generation.domain import styles as styles_domain
from image_generation.domain.callers import Caller
from image_generation.domain.errors import InvalidInput
from image_generation.domain.gallery import GalleryOrder, PageRequest
from image_generation.domain.generations import Operation
from image_generation.gallery import records, spending
from image_generation.gallery.batches import BatchState
from image_generation.gallery.spending import MOST
from image_generation.graphql.arguments import (
    After,
    Before,
    By,
    Count,
    Deed,
    Filter,
    First,
    Kind,
    Last,
    Name,
    NodeId,
    NodeIds,
    OrderBy,
    Since,
    Statuses,
    Until,
    Wish,
)
from image_generation.graphql.batches import Batch, BatchConnection
from image_generation.graphql.choices import Provider, Style
from image_generation.graphql.concepts import Concept
from image_generation.graphql.connections import ImageConnection
from image_generation.graphql.context import Context, Info
from image_generation.graphql.identifiers import NodeKind, read_cursor, read_global_id, read_id
from image_generation.graphql.inputs import wanted
from image_generation.graphql.types import Estimate, Generation, Image, Node, NodeRecord
from image_generation.graphql.viewers import Spend, Viewer
from image_generation.providers.base import ImageProvider
from image_generation.services import generations


@strawberry.type(description="What can be read.")
class Query:
    """The queries."""

    @strawberry.field(graphql_type=Node | None, description="Find anything by its global id.")
    async def node(self, info: Info, id: NodeId) -> NodeRecord | None:
        """Load one node."""
        return await _load(info.context, *read_global_id(id))

    @strawberry.field(
        graphql_type=list[Node | None],
        description="Find several by their ids, in the same order; null where there is none.",
    )
    async def nodes(self, info: Info, ids: NodeIds) -> list[NodeRecord | None]:
        """Load several nodes."""
        check_number_of_ids(ids)
        found = [read_global_id(id, "ids") for id in ids]
        return [await _load(info.context, kind, id) for kind, id in found]

    @strawberry.field(description="The pictures, page by page.")
    async def gallery(  # noqa: PLR0913, PLR0917 - its parameters are the field's arguments
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Filter = None,
        order_by: OrderBy = GalleryOrder.NEWEST,
    ) -> ImageConnection:
        """Read one page."""
        asked = _page(first, after, last, before)
        conditions = wanted(filter, info.context.services.styles)
        gallery = info.context.services.gallery
        order = order_by or GalleryOrder.NEWEST
        page = await gallery.images(info.context.scope, conditions, order, asked)
        return ImageConnection.of(page, conditions)

    @strawberry.field(graphql_type=Image | None, description="One picture, by its id.")
    async def image(self, info: Info, id: NodeId) -> records.Image | None:
        """Load a picture."""
        return await info.context.images.load(read_id(NodeKind.IMAGE, id))

    @strawberry.field(graphql_type=Generation | None, description="One generation, by its id.")
    async def generation(self, info: Info, id: NodeId) -> records.Generation | None:
        """Load a generation."""
        return await info.context.generations.load(read_id(NodeKind.GENERATION, id))

    @strawberry.field(graphql_type=Batch | None, description="One batch, by its id.")
    async def batch(self, info: Info, id: NodeId) -> BatchState | None:
        """Load a batch."""
        return await info.context.batches.load(read_id(NodeKind.BATCH, id))

    @strawberry.field(description="The batches, page by page, the newest first.")
    async def batches(  # noqa: PLR0913, PLR0917 - its parameters are the field's arguments
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        status: Statuses = None,
    ) -> BatchConnection:
        """Read one page."""
        asked = _page(first, after, last, before)
        page = await info.context.services.batches.page(info.context.scope, status, asked)
        return BatchConnection.of(page)

    @strawberry.field(graphql_type=list[Style], description="The styles to choose from.")
    def styles(self, info: Info) -> list[styles_domain.Style]:
        """List the styles."""
        return list(info.context.services.styles)

    @strawberry.field(graphql_type=Style | None, description="One style, by its name.")
    def style(self, info: Info, name: Name) -> styles_domain.Style | None:
        """Find a style."""
        return info.context.services.styles.find(name)

    @strawberry.field(graphql_type=list[Provider], description="Who makes pictures here.")
    def providers(self, info: Info) -> list[ImageProvider]:
        """List the providers."""
        return list(info.context.services.providers)

    @strawberry.field(graphql_type=Provider | None, description="One provider, by its name.")
    def provider(self, info: Info, name: Name) -> ImageProvider | None:
        """Find a provider."""
        return info.context.services.providers.find(name)

    @strawberry.field(graphql_type=list[Concept], description="The theory behind the models.")
    def concepts(self, info: Info) -> list[content.Concept]:
        """List the concepts."""
        return list(info.context.services.concepts.values())

    @strawberry.field(graphql_type=Concept | None, description="One concept, by its kind.")
    def concept(self, info: Info, kind: Kind) -> content.Concept | None:
        """Find a concept."""
        return info.context.services.concepts.get(kind)

    @strawberry.field(
        graphql_type=Estimate,
        description="What pictures would cost and what would be adjusted. Nothing happens.",
    )
    def estimate(
        self,
        info: Info,
        input: Wish,
        count: Count = 1,
        operation: Deed = Operation.TEXT_TO_IMAGE,
    ) -> generations.Estimate:
        """Plan without doing."""
        request = input.request_for(operation)
        return info.context.services.generations.estimate(request, count)

    @strawberry.field(graphql_type=Viewer, description="Who is asking, and what they may.")
    def viewer(self, info: Info) -> Caller:
        """Say who asks."""
        return info.context.caller

    @strawberry.field(
        graphql_type=list[Spend],
        description=(
            f"What was spent, at most {MOST} sums: the largest first, days in their order. "
            "Members see their own, admins everybody's."
        ),
    )
    async def spend(
        self, info: Info, by: By, since: Since = None, until: Until = None
    ) -> list[spending.Spend]:
        """Add up."""
        now = datetime.now(UTC)
        first, last = since or now.replace(day=1), until or now
        days = first.astimezone(UTC).date(), last.astimezone(UTC).date()
        return await info.context.services.spending.by(info.context.audited, by, *days)


def _page(
    first: int | None, after: str | None, last: int | None, before: str | None
) -> PageRequest:
    asked = PageRequest(
        first=first,
        after=read_cursor(after, "after"),
        last=last,
        before=read_cursor(before, "before"),
    )
    asked.check()
    return asked


def check_number_of_ids(ids: list[strawberry.ID]) -> None:
    """Raise `InvalidInput` when there are too many."""
    if len(ids) > limits.IDS_PER_REQUEST.largest:
        right = f"Give at most {limits.IDS_PER_REQUEST.largest:g}."
        raise InvalidInput("ids", f"{len(ids)} ids are too many.", right)


async def _load(context: Context, kind: NodeKind, id: UUID) -> NodeRecord | None:
    match kind:
        case NodeKind.IMAGE:
            return await context.images.load(id)
        case NodeKind.GENERATION:
            return await context.generations.load(id)
        case NodeKind.BATCH:
            return await context.batches.load(id)
