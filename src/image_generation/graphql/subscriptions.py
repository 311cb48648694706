"""Watching."""

from base64 import b64encode
from collections.abc import AsyncGenerator
from contextlib import aclosing

import strawberry
from strawberry.types.nodes import SelectedField, Selection

from image_generation.gallery import records
from image_generation.gallery.batches import BatchState
from image_generation.graphql.arguments import Filter, NodeId
from image_generation.graphql.batches import Batch
from image_generation.graphql.context import Info
from image_generation.graphql.identifiers import NodeKind, read_id
from image_generation.graphql.inputs import wanted
from image_generation.graphql.types import Generation, Image
from image_generation.services import batches, watching
from image_generation.services.feeds import Watched

ProgressParent = strawberry.Parent[watching.Progress]
BatchProgressParent = strawberry.Parent[batches.BatchProgress]


@strawberry.type(description="One moment of a generation.")
class GenerationProgress:
    """An event of a watched generation."""

    sequence: int = strawberry.field(description="Grows with every event, also after a reconnect.")
    generation: records.Generation = strawberry.field(
        graphql_type=Generation, description="The generation as it is now."
    )
    progress: float = strawberry.field(description="How much is done, 0 to 1.")

    @strawberry.field(description="The picture so far as a data: URL, where there is one.")
    @staticmethod
    def preview(event: ProgressParent) -> str | None:
        """Encode the preview."""
        return _data_url(event.preview)


@strawberry.type(description="One moment of a batch.")
class BatchProgress:
    """An event of a watched batch."""

    sequence: int = strawberry.field(description="Grows with every event, also after a reconnect.")
    batch: BatchState = strawberry.field(graphql_type=Batch, description="The batch as it is now.")
    generation: records.Generation | None = strawberry.field(
        graphql_type=Generation | None, description="The item that changed; null in the snapshot."
    )
    progress: float = strawberry.field(
        description="How much is done of the whole batch, 0 to 1; it never goes back."
    )

    @strawberry.field(description="The item's picture so far as a data: URL, where there is one.")
    @staticmethod
    def preview(event: BatchProgressParent) -> str | None:
        """Encode the preview."""
        return _data_url(event.preview)


@strawberry.type(description="What can be watched.")
class Subscription:
    """The subscriptions."""

    @strawberry.subscription(
        graphql_type=GenerationProgress,
        description="A generation's progress: how it is now, then each change, until its end.",
    )
    async def generation_progress(
        self, info: Info, id: NodeId
    ) -> AsyncGenerator[watching.Progress, None]:
        """Stream events."""
        context = info.context
        key = read_id(NodeKind.GENERATION, id)
        watched = Watched(context.scope, key, _selects(info, "preview"))
        events = context.services.watching.generation(watched)
        async with aclosing(events):
            async for event in events:
                yield event

    @strawberry.subscription(
        graphql_type=BatchProgress,
        description="A batch's progress: how it is now, then each change, until its end.",
    )
    async def batch_progress(
        self, info: Info, id: NodeId
    ) -> AsyncGenerator[batches.BatchProgress, None]:
        """Stream events."""
        context = info.context
        key = read_id(NodeKind.BATCH, id)
        watched = Watched(context.scope, key, _selects(info, "preview"))
        events = context.services.batch_work.watch(watched)
        async with aclosing(events):
            async for event in events:
                yield event

    @strawberry.subscription(
        graphql_type=Image, description="Each picture that enters the gallery from now on."
    )
    async def image_added(
        self, info: Info, filter: Filter = None
    ) -> AsyncGenerator[records.Image, None]:
        """Stream pictures."""
        context = info.context
        images = context.services.watching.images_added(
            context.scope, context.owner, wanted(filter, context.services.styles)
        )
        async with aclosing(images):
            async for image in images:
                yield image


def _data_url(preview: bytes | None) -> str | None:
    """Write a preview, which is a JPEG, as a data: URL."""
    return None if preview is None else f"data:image/jpeg;base64,{b64encode(preview).decode()}"


def _selects(info: Info, name: str) -> bool:
    """Whether the field's own selection holds a name, in fragments too."""
    waiting: list[Selection] = [*info.selected_fields]
    top = {id(field) for field in waiting}
    while waiting:
        selection = waiting.pop()
        if isinstance(selection, SelectedField) and id(selection) not in top:
            if selection.name == name:
                return True
        else:
            waiting += selection.selections
    return False
