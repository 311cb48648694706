"""Changing."""

import strawberry

from image_generation.domain.errors import NotFound
from image_generation.gallery import records
from image_generation.gallery.batches import BatchState
from image_generation.graphql.arguments import (
    Again,
    Marks,
    NodeId,
    NodeIds,
    Redrawing,
    Repair,
    Sent,
    Wish,
    Wishes,
    Words,
)
from image_generation.graphql.batches import Batch
from image_generation.graphql.context import Context, Info
from image_generation.graphql.identifiers import NodeKind, global_id, read_id
from image_generation.graphql.inputs import Img2ImgInput, InpaintInput, SingleWish
from image_generation.graphql.queries import check_number_of_ids
from image_generation.graphql.types import Generation, Image
from image_generation.services import enhancement


@strawberry.type(description="What became of a wish.")
class GeneratePayload:
    """A generation."""

    generation: records.Generation = strawberry.field(
        graphql_type=Generation, description="The work, and the picture once it is made."
    )


@strawberry.type(description="What became of many wishes.")
class GenerateBatchPayload:
    """A batch."""

    batch: BatchState = strawberry.field(
        graphql_type=Batch, description="The batch; its items can be watched."
    )


@strawberry.type(description="A picture that was sent.")
class UploadImagePayload:
    """An image."""

    image: records.Image = strawberry.field(graphql_type=Image, description="As it is kept.")


@strawberry.type(description="A changed picture.")
class UpdateImagePayload:
    """An image."""

    image: records.Image = strawberry.field(graphql_type=Image, description="As it is now.")


@strawberry.type(description="What was deleted.")
class DeleteImagesPayload:
    """Ids."""

    deleted_ids: list[strawberry.ID] = strawberry.field(
        description="The pictures that were there and are gone now, with their bytes."
    )


@strawberry.type(description="What a language model made of a prompt.")
class EnhancePromptPayload:
    """The names of an enhancement's fields."""

    original: str = strawberry.field(description="The prompt as it was asked.")
    enhanced: str = strawberry.field(description="The prompt to use; the original if not applied.")
    applied: bool = strawberry.field(description="Whether it was rewritten.")
    reason: str | None = strawberry.field(description="Why it was not, if so.")
    model: str | None = strawberry.field(description="The language model that was asked.")


@strawberry.type(description="What can be changed.")
class Mutation:
    """The mutations."""

    @strawberry.mutation(description="Make a picture from words.")
    async def generate(self, info: Info, input: Wish) -> GeneratePayload:
        """Accept a wish, and wait for the picture unless told otherwise."""
        context = info.context
        generation = await context.services.generations.start(
            context.owner, input.request(), input.idempotency_key or None
        )
        return await _answer(context, generation, input)

    @strawberry.mutation(description="Make a picture from another one and words.")
    async def img2img(self, info: Info, input: Redrawing) -> GeneratePayload:
        """Accept a wish that starts from a picture."""
        return await _edit(info.context, input)

    @strawberry.mutation(description="Paint a part of a picture anew, by words; keep the rest.")
    async def inpaint(self, info: Info, input: Repair) -> GeneratePayload:
        """Accept a wish for a part of a picture."""
        return await _edit(info.context, input)

    @strawberry.mutation(description="Make a picture again, with what is named changed.")
    async def regenerate(self, info: Info, input: Again) -> GeneratePayload:
        """Accept the wish of a picture once more."""
        context, id = info.context, read_id(NodeKind.IMAGE, input.image_id, "image_id")
        generation = await context.services.repetition.start(
            context.owner, id, input.values(), input.idempotency_key or None
        )
        return await _answer(context, generation, input)

    @strawberry.mutation(description="Keep a picture in the gallery, to start from it later.")
    async def upload_image(self, info: Info, input: Sent) -> UploadImagePayload:
        """Take a picture in."""
        context = info.context
        source = input.image.source("image")
        return UploadImagePayload(
            image=await context.services.editing.upload(context.owner, source)
        )

    @strawberry.mutation(
        description="Stop a generation. One that is finished, or nearly, stays as it is."
    )
    async def cancel_generation(self, info: Info, id: NodeId) -> GeneratePayload:
        """Cancel."""
        context = info.context
        key = read_id(NodeKind.GENERATION, id)
        generation = await context.services.generations.cancel(context.scope, key)
        return GeneratePayload(generation=generation)

    @strawberry.mutation(description="Make many pictures from the same words.")
    async def generate_batch(self, info: Info, input: Wishes) -> GenerateBatchPayload:
        """Accept a batch, and wait for all of it if told so."""
        context = info.context
        work = context.services.batch_work
        id = await work.start(context.owner, input.batch_request(), input.idempotency_key or None)
        get = work.wait if input.wait else work.get
        return GenerateBatchPayload(batch=await get(context.scope, id))

    @strawberry.mutation(description="Stop what is not finished of a batch.")
    async def cancel_batch(self, info: Info, id: NodeId) -> GenerateBatchPayload:
        """Cancel."""
        key = read_id(NodeKind.BATCH, id)
        batch = await info.context.services.batch_work.cancel(info.context.scope, key)
        return GenerateBatchPayload(batch=batch)

    @strawberry.mutation(
        description="Do again what failed or was canceled in a batch; what is finished is kept."
    )
    async def retry_batch(self, info: Info, id: NodeId) -> GenerateBatchPayload:
        """Try again."""
        key = read_id(NodeKind.BATCH, id)
        batch = await info.context.services.batch_work.retry(info.context.scope, key)
        return GenerateBatchPayload(batch=batch)

    @strawberry.mutation(
        graphql_type=EnhancePromptPayload,
        description="Have a language model rewrite a prompt. No picture is made.",
    )
    async def enhance_prompt(self, info: Info, input: Words) -> enhancement.Enhancement:
        """Enhance."""
        generations = info.context.services.generations
        return await generations.enhance(input.prompt, input.style or None)

    @strawberry.mutation(description="Mark a picture as a favorite, or tag it.")
    async def update_image(self, info: Info, input: Marks) -> UpdateImagePayload:
        """Change a picture's marks."""
        id, changes = read_id(NodeKind.IMAGE, input.id), input.changes()
        gallery = info.context.services.gallery
        image = await gallery.update_image(info.context.scope, id, changes)
        if image is None:
            raise NotFound("There is no such picture.", "id")
        return UpdateImagePayload(image=image)

    @strawberry.mutation(description="Delete pictures: rows and bytes.")
    async def delete_images(self, info: Info, ids: NodeIds) -> DeleteImagesPayload:
        """Delete."""
        check_number_of_ids(ids)
        keys = {read_id(NodeKind.IMAGE, id, "ids") for id in ids}
        deleted = await info.context.services.deletion.delete(info.context.scope, keys)
        return DeleteImagesPayload(
            deleted_ids=[strawberry.ID(global_id(NodeKind.IMAGE, id)) for id in deleted]
        )


async def _edit(context: Context, input: Img2ImgInput | InpaintInput) -> GeneratePayload:
    request, sources = input.edit()
    generation = await context.services.editing.start(
        context.owner, request, sources, input.idempotency_key or None
    )
    return await _answer(context, generation, input)


async def _answer(
    context: Context, generation: records.Generation, input: SingleWish
) -> GeneratePayload:
    """Answer with the generation as it is, or wait for its end unless told otherwise."""
    if input.wait is not False:
        generation = await context.services.generations.wait(context.scope, generation.id)
    return GeneratePayload(generation=generation)
