"""Watching."""

from base64 import b64encode
from collections.abc import AsyncGenerator
from contextlib import aclosing

import strawberry
from strawberry.types.nodes import SelectedField, Selection

from image_generation.gallery import records
from image_generation.graphql.arguments import Filter, NodeId
from image_generation.graphql.context import Info
from image_generation.graphql.identifiers import NodeKind, read_id
from image_generation.graphql.inputs import wanted
from image_generation.graphql.types import Generation, Image
from image_generation.services import watching

ProgressParent = strawberry.Parent[watching.Progress]


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
        if event.preview is None:
            return None
        return (
            f"data:{watching.media_type(event.preview)};base64,{b64encode(event.preview).decode()}"
        )


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
        events = context.services.watching.generation(
            context.scope, key, previews=_selects(info, "preview")
        )
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
