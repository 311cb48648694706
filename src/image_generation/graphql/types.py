"""Pictures and the work behind them, as callers see them.

Resolvers return records; a field without a body reads the record's attribute of the same name.
"""

from base64 import b64encode
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry

from image_generation.domain import generations as domain
from image_generation.domain.errors import ErrorCode, NotFound
from image_generation.domain.gallery import Page, PageRequest
from image_generation.domain.generations import CostSource, GenerationStatus, Operation
from image_generation.domain.pictures import ImageFormat, Size
from image_generation.domain.variants import Fit, Wish
from image_generation.gallery import records
from image_generation.gallery.batches import BatchState
from image_generation.graphql.arguments import After, First, Fitting, Format, Height, Width
from image_generation.graphql.connections import ImageConnection
from image_generation.graphql.context import Info
from image_generation.graphql.errors import camel_path
from image_generation.graphql.identifiers import NodeKind, global_id, read_cursor
from image_generation.graphql.scalars import Seed
from image_generation.services.explanations import explain

ImageParent = strawberry.Parent[records.Image]
AdjustmentParent = strawberry.Parent[domain.Adjustment]
if TYPE_CHECKING:
    from image_generation.graphql.batches import Batch

NodeRecord = records.Image | records.Generation | BatchState
NodeParent = strawberry.Parent[NodeRecord]
LazyBatch = Annotated["Batch", strawberry.lazy("image_generation.graphql.batches")]
GenerationParent = strawberry.Parent[records.Generation]


def kind_of(node: NodeRecord) -> NodeKind:
    """Tell which type a record is of."""
    match node:
        case records.Image():
            return NodeKind.IMAGE
        case records.Generation():
            return NodeKind.GENERATION
        case BatchState():
            return NodeKind.BATCH


@strawberry.interface(description="Anything that can be found again by its id.")
class Node:
    """An object with a global id."""

    @strawberry.field(description="Opaque, global and stable.")
    @staticmethod
    def id(node: NodeParent) -> strawberry.ID:
        """Make the global id: the type's name and the row's id."""
        return strawberry.ID(global_id(kind_of(node), node.id))


@strawberry.type(description="A wish that was not granted to the letter.")
class Adjustment:
    """The names of a domain adjustment's fields."""

    @strawberry.field(description="The input field, as it is written there.")
    @staticmethod
    def field(adjustment: AdjustmentParent) -> str:
        """Write the field's name as clients know it."""
        return camel_path(adjustment.field)

    asked: str = strawberry.field(description="The value that was asked for.")
    used: str | None = strawberry.field(description="The value that was used; null: left out.")
    reason: str = strawberry.field(description="Why, for people.")


@strawberry.type(description="What something costs.")
class Cost:
    """The names of a domain cost's fields."""

    usd: Decimal | None = strawberry.field(description="US dollars; null when not known.")
    source: CostSource = strawberry.field(description="Where the number comes from.")


@strawberry.type(description="What pictures will cost, and what will be adjusted.")
class Estimate:
    """The names of an estimate's fields."""

    min_usd: Decimal | None = strawberry.field(description="At least, in US dollars.")
    max_usd: Decimal | None = strawberry.field(description="At most, in US dollars.")
    source: CostSource = strawberry.field(description="Where the numbers come from.")
    adjustments: list[domain.Adjustment] = strawberry.field(
        graphql_type=list[Adjustment], description="Every wish that will not be granted."
    )


@strawberry.type(description="Why there is no picture.")
class GenerationError:
    """What a record says of its failure."""

    code: ErrorCode = strawberry.field(description="What went wrong, in one stable word.")
    message: str = strawberry.field(description="What went wrong, for people.")
    provider: str | None = strawberry.field(description="The provider that failed.")
    retryable: bool = strawberry.field(description="Whether asking again may succeed.")
    retry_after: float | None = strawberry.field(description="Seconds to wait before that.")
    charged: bool | None = strawberry.field(
        description="Whether the provider charges for it; null when that is not known."
    )


@strawberry.type(description="A picture in the gallery.")
class Image(Node):
    """An image record."""

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        """Tell image records from other nodes."""
        return isinstance(value, records.Image)

    @strawberry.field(
        description=(
            "Where its bytes are: plain HTTP, cacheable. Where keys are needed it opens without "
            "one for a while; ask again then. With a size it is made smaller, never larger: in "
            "steps, so that it may have some pixels more than asked for."
        )
    )
    @staticmethod
    def url(  # noqa: PLR0913, PLR0917 - its parameters are the field's arguments
        image: ImageParent,
        info: Info,
        width: Width = None,
        height: Height = None,
        fit: Fitting = Fit.CONTAIN,
        format: Format = None,
    ) -> str:
        """Make the address from the caller's side."""
        wish = Wish(width, height, fit or Fit.CONTAIN, format)
        wish.check("width", "height")
        variant = wish.of(Size(image.image_width, image.image_height), image.format)
        path = f"/images/{image.id}"
        return info.context.url_of(path if variant is None else f"{path}?{variant.query}")

    @strawberry.field(description="The original bytes in base64. Prefer `url`.")
    @staticmethod
    async def base64(image: ImageParent, info: Info) -> str:
        """Read the bytes."""
        delivery = info.context.services.delivery
        picture = await delivery.find(info.context.scope, image.id)
        if picture is None:
            raise NotFound("The picture was deleted.")
        return b64encode(await delivery.read(picture, range(picture.byte_size))).decode()

    image_width: int = strawberry.field(
        name="width", description="Pixels from left to right, read from the bytes."
    )
    image_height: int = strawberry.field(
        name="height", description="Pixels from top to bottom, read from the bytes."
    )
    format: ImageFormat = strawberry.field(description="The kind of file, read from the bytes.")
    byte_size: int = strawberry.field(description="How many bytes the original has.")
    sha256: str = strawberry.field(description="The SHA-256 of the original, in hexadecimal.")
    placeholder: str | None = strawberry.field(
        description=(
            "A ThumbHash in base64, to be shown until the picture is there; null for pictures of "
            "before there were any."
        )
    )
    operation: Operation = strawberry.field(description="How it came to be.")
    prompt: str = strawberry.field(description="The prompt as it was asked; empty for an upload.")
    provider: str = strawberry.field(description="Who made it; `upload` for an upload.")
    model: str = strawberry.field(description="The model that made it; empty for an upload.")
    style: str = strawberry.field(description="The name of its style; empty for an upload.")
    seed: Seed | None = strawberry.field(
        description="The seed that was used; null when the model has none."
    )
    favorite: bool = strawberry.field(description="Whether it is marked as a favorite.")
    tags: list[str] = strawberry.field(description="Its tags, in the order they were given.")
    created_at: datetime = strawberry.field(description="When it was asked for.")

    @strawberry.field(
        graphql_type="Generation",
        description="The work behind it.",
    )
    @staticmethod
    async def generation(image: ImageParent, info: Info) -> records.Generation:
        """Load the other view of the row."""
        return await _work_behind(image, info)

    @strawberry.field(
        description="How it was made, in words that use its own parameters; Markdown."
    )
    @staticmethod
    async def explanation(image: ImageParent, info: Info) -> str:
        """Tell it from the work behind the picture."""
        generation = await _work_behind(image, info)
        provider = info.context.services.providers.find(generation.provider)
        model = None if provider is None else provider.find_model(generation.model)
        return explain(generation, model)

    @strawberry.field(
        graphql_type=Annotated["Image", strawberry.lazy(__name__)] | None,
        description="The picture it was made from; null without one, and when that was deleted.",
    )
    @staticmethod
    async def source(image: ImageParent, info: Info) -> records.Image | None:
        """Load the source."""
        return await _source(image, info)

    @strawberry.field(description="What was made from it, the newest first.")
    @staticmethod
    async def derived(
        image: ImageParent, info: Info, first: First = None, after: After = None
    ) -> ImageConnection:
        """Load a page of it, in one read for all pictures that are asked."""
        asked = PageRequest(first=first, after=read_cursor(after, "after"))
        asked.check()
        page = await info.context.derived.load((image.id, asked))
        return ImageConnection.of(page or Page.of([], asked), image.id)


async def _work_behind(image: records.Image, info: Info) -> records.Generation:
    generation = await info.context.generations.load(image.id)
    if generation is None:
        raise NotFound("The picture was deleted.")
    return generation


async def _source(row: records.Image | records.Generation, info: Info) -> records.Image | None:
    return None if row.source_id is None else await info.context.images.load(row.source_id)


@strawberry.type(description="The work of making one picture: what was asked, used and made.")
class Generation(Node):
    """A generation record."""

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        """Tell generation records from other nodes."""
        return isinstance(value, records.Generation)

    status: GenerationStatus = strawberry.field(description="Where the work stands.")
    operation: Operation = strawberry.field(description="What is done.")

    @strawberry.field(graphql_type=LazyBatch | None, description="The batch it belongs to.")
    @staticmethod
    async def batch(generation: GenerationParent, info: Info) -> BatchState | None:
        """Load the batch."""
        if generation.batch_id is None:
            return None
        return await info.context.batches.load(generation.batch_id)

    @strawberry.field(
        graphql_type=Image | None,
        description="The picture that it starts from; null without one, and when that is deleted.",
    )
    @staticmethod
    async def source(generation: GenerationParent, info: Info) -> records.Image | None:
        """Load the source."""
        return await _source(generation, info)

    prompt: str = strawberry.field(description="The prompt as it was asked.")
    enhanced_prompt: str | None = strawberry.field(
        description="The prompt as a language model wrote it, when it did."
    )
    final_prompt: str | None = strawberry.field(
        description="The prompt that was sent: enhanced, then styled."
    )
    revised_prompt: str | None = strawberry.field(
        description="The prompt that the provider says it used."
    )
    negative_prompt: str | None = strawberry.field(
        description="What was to be avoided: the caller's words, then the style's."
    )
    style: str = strawberry.field(description="The name of the style.")
    provider: str = strawberry.field(description="Who makes it.")
    model: str = strawberry.field(description="The model that makes it.")
    width: int = strawberry.field(description="Pixels from left to right, as sent.")
    height: int = strawberry.field(description="Pixels from top to bottom, as sent.")
    steps: int | None = strawberry.field(description="Steps; null when the model has none.")
    guidance_scale: float | None = strawberry.field(
        description="How strongly the prompt leads; null when the model has no such thing."
    )
    strength: float | None = strawberry.field(
        description="How far to go from the source: 0 keeps it, 1 ignores it."
    )
    seed: Seed | None = strawberry.field(
        description="The seed used, also when the server drew it; null when the model has none."
    )
    adjustments: list[domain.Adjustment] = strawberry.field(
        graphql_type=list[Adjustment], description="Every wish that was not granted to the letter."
    )

    progress: float = strawberry.field(description="How much is done, 0 to 1; it never goes back.")
    attempts: int = strawberry.field(description="How often the work was begun.")

    @strawberry.field(
        graphql_type=GenerationError | None, description="Why there is no picture, if so."
    )
    @staticmethod
    def error(generation: GenerationParent) -> GenerationError | None:
        """Gather the columns of the error."""
        if generation.error_code is None:
            return None
        return GenerationError(
            code=generation.error_code,
            message=generation.error_message or "",
            provider=generation.error_provider,
            retryable=bool(generation.error_retryable),
            retry_after=generation.error_retry_after,
            charged=generation.error_charged,
        )

    @strawberry.field(
        graphql_type=Cost | None, description="What it cost; null as long as nothing was made."
    )
    @staticmethod
    def cost(generation: GenerationParent) -> domain.Cost | None:
        """Gather the columns of the cost."""
        if generation.cost_source is None:
            return None
        return domain.Cost(generation.cost_usd, generation.cost_source)

    @strawberry.field(graphql_type=Image | None, description="The picture, once it is made.")
    @staticmethod
    async def image(generation: GenerationParent, info: Info) -> records.Image | None:
        """Load the other view of the row."""
        if generation.status is not GenerationStatus.SUCCEEDED:
            return None
        return await info.context.images.load(generation.id)

    created_at: datetime = strawberry.field(description="When it was accepted.")
    started_at: datetime | None = strawberry.field(description="When the work was first begun.")
    finished_at: datetime | None = strawberry.field(description="When its last state was reached.")
    duration_ms: int | None = strawberry.field(
        description="Milliseconds from the start of the work to its end."
    )
