"""What callers send, and its translation into the words of the domain."""

from dataclasses import fields, replace
from datetime import datetime
from typing import Any

import strawberry
from strawberry.file_uploads import Upload
from strawberry.scalars import JSON

from image_generation.domain import gallery as domain
from image_generation.domain import limits
from image_generation.domain.batches import DEFAULT_COUNT, BatchRequest
from image_generation.domain.edits import DEFAULT_STRENGTH, EditRequest, Source
from image_generation.domain.errors import InvalidInput
from image_generation.domain.generations import Operation
from image_generation.domain.requests import GenerationRequest
from image_generation.domain.styles import StyleBook
from image_generation.graphql.files import Base64, part
from image_generation.graphql.identifiers import NodeKind, read_id
from image_generation.graphql.scalars import Seed
from image_generation.services.editing import Sources

_STRENGTH = f"How far to go from the source, {limits.STRENGTH}: 0 keeps it, 1 ignores it."


def _wish(description: str) -> Any:
    return strawberry.field(default=strawberry.UNSET, description=description)


def given(source: object) -> dict[str, Any]:
    """Return the fields of an input that were given a value; null is none."""
    return {
        name: value
        for name, value in vars(source).items()
        if value is not strawberry.UNSET and value is not None
    }


@strawberry.input
class WishWords:
    """What every wish says."""

    prompt: str = strawberry.field(description=f"What to draw: {limits.PROMPT}.")
    style: str | None = strawberry.field(
        default="default", description="The name of a style, in any case."
    )


@strawberry.input
class WishChoices:
    """What every wish may choose."""

    negative_prompt: str | None = _wish(f"What to avoid: {limits.NEGATIVE_PROMPT}.")
    provider: str | None = _wish("Who makes it; else the configured default.")
    model: str | None = _wish("The model's name or alias; else the provider's first one that can.")
    width: int | None = _wish(f"Pixels, {limits.EDGE}; else the configured default.")
    height: int | None = _wish(f"Pixels, {limits.EDGE}; else the configured default.")
    steps: int | None = _wish(
        f"Steps, {limits.STEPS}; else the style's, or in the default style the model's."
    )
    guidance_scale: float | None = _wish(
        f"How strongly the prompt leads, {limits.GUIDANCE_SCALE}; else as with steps."
    )
    enhance_prompt: bool | None = _wish(
        "Whether a language model rewrites the prompt; else the configured default."
    )
    options: JSON | None = _wish("An object of settings that only this provider knows.")
    strict: bool | None = strawberry.field(
        default=False, description="Refuse what cannot be granted to the letter."
    )
    idempotency_key: str | None = _wish(
        f"The same key and input give the same answer: {limits.IDEMPOTENCY_KEY}."
    )

    def values(self) -> dict[str, Any]:
        """Return what is said of a picture to be made."""
        known = {field.name for field in fields(EditRequest)}
        values = {name: value for name, value in given(self).items() if name in known}
        if not isinstance(values.get("options", {}), dict):
            raise InvalidInput("options", "The value is not an object.", "Give a JSON object.")
        return values


@strawberry.input
class WishFields(WishChoices, WishWords):
    """What every wish has."""

    def request(self) -> GenerationRequest:
        """Translate; the limits are checked where the wish is planned."""
        return GenerationRequest(**self.values())


@strawberry.input
class SingleWish:
    """What a wish for one picture has."""

    seed: Seed | None = _wish(f"The seed, {limits.SEED}; else the server draws and records one.")
    wait: bool | None = strawberry.field(
        default=True, description="Answer when it is finished; false: at once."
    )


@strawberry.input(description="A wish for a picture. What is left out, the style or model decides.")
class GenerateInput(SingleWish, WishFields):
    """What `generate` takes."""

    def request_for(self, operation: Operation) -> GenerationRequest:
        """Translate for an operation, or raise `InvalidInput` for one that nobody is asked for."""
        if operation is Operation.TEXT_TO_IMAGE:
            return self.request()
        if operation is Operation.UPLOAD:
            right = "Give TEXT_TO_IMAGE, IMG2IMG or INPAINT."
            raise InvalidInput("operation", "An upload is made by nobody.", right)
        return EditRequest(**self.values(), operation=operation)


@strawberry.input(
    one_of=True, description="A picture: a file sent along, one of the gallery, or base64."
)
class ImageSource:
    """One of three ways to give a picture."""

    upload: Upload | None = _wish(
        "A PNG, JPEG or WebP file, sent by the multipart request specification."
    )
    image_id: strawberry.ID | None = _wish("A picture of the gallery.")
    base64: str | None = _wish("The bytes of a PNG, JPEG or WebP file, or a data URL of them.")

    def source(self, field: str) -> Source:
        """Translate for the field that it is the value of."""
        match given(self):
            case {"image_id": id}:
                return read_id(NodeKind.IMAGE, id, field)
            case {"base64": text}:
                return Base64(field, text)
            case {"upload": file}:
                return part(field, file)
        raise InvalidInput(field, "There is no picture.", "Give one of upload, imageId, base64.")


@strawberry.input(
    description="A wish for a picture made from another; without a size it has the other's, or the "
    "nearest that the model makes. A size of another shape cuts the other to fill it."
)
class Img2ImgInput(SingleWish, WishFields):
    """What `img2img` takes."""

    image: ImageSource = strawberry.field(description="The picture to start from.")
    strength: float | None = strawberry.field(default=DEFAULT_STRENGTH, description=_STRENGTH)

    def edit(self) -> tuple[EditRequest, Sources]:
        """Translate."""
        request = EditRequest(**self.values(), operation=Operation.IMG2IMG)
        return request, Sources(image=self.image.source("image"))


@strawberry.input(
    description="A wish to paint a part of a picture anew; without a size it keeps its own, or the "
    "nearest that the model makes."
)
class InpaintInput(SingleWish, WishFields):
    """What `inpaint` takes."""

    image: ImageSource = strawberry.field(description="The picture.")
    mask: ImageSource = strawberry.field(
        description="Where to paint: white is painted anew, black is kept, with every provider. "
        "What is transparent counts as black. It has the picture's shape."
    )
    strength: float | None = _wish(f"{_STRENGTH} Without it, white is painted anew as a whole.")

    def edit(self) -> tuple[EditRequest, Sources]:
        """Translate."""
        sources = Sources(image=self.image.source("image"), mask=self.mask.source("mask"))
        return EditRequest(**self.values(), operation=Operation.INPAINT), sources


@strawberry.input(
    description="A picture to be made again. What is not named stays, the seed too; another style "
    "brings its steps and guidance, another model a new seed as well."
)
class RegenerateInput(SingleWish, WishChoices):
    """What `regenerate` takes."""

    image_id: strawberry.ID = strawberry.field(description="The picture.")
    prompt: str | None = _wish(f"Other words: {limits.PROMPT}.")
    style: str | None = _wish("The name of another style, in any case.")
    strength: float | None = _wish(f"{_STRENGTH} Only for what was made from a picture.")


@strawberry.input(description="A picture to keep.")
class UploadImageInput:
    """What `uploadImage` takes."""

    image: ImageSource = strawberry.field(
        description="The picture. It is kept upright and without what was written about it, "
        "where it was taken for instance."
    )


@strawberry.input(description="The same wish many times.")
class GenerateBatchInput(WishFields):
    """What `generateBatch` takes."""

    count: int | None = _wish(f"How many pictures; {DEFAULT_COUNT} without seeds.")
    seeds: list[Seed] | None = _wish("A seed for each picture; `count` may be left out then.")
    wait: bool | None = strawberry.field(
        default=False, description="Answer when all are finished; false: at once."
    )

    def batch_request(self) -> BatchRequest:
        """Translate."""
        values = given(self)
        seeds = values.get("seeds")
        return BatchRequest(
            wish=self.request(),
            count=values.get("count"),
            seeds=None if seeds is None else tuple(seeds),
        )


@strawberry.input(description="A prompt to be written better by a language model.")
class EnhancePromptInput:
    """What `enhancePrompt` takes."""

    prompt: str = strawberry.field(description=f"The words to start from: {limits.PROMPT}.")
    style: str | None = _wish("The name of the style to write for, in any case.")


@strawberry.input(description="Which pictures; all that is given must hold.")
class GalleryFilter:
    """What the gallery is filtered by."""

    provider: str | None = _wish("Made by this provider.")
    model: str | None = _wish("Made by this model.")
    style: str | None = _wish("Made in this style.")
    operation: Operation | None = _wish("Came to be in this way.")
    search: str | None = _wish(
        'Words of the prompt, all of them; "a phrase" in quotes, a prefix with *.'
    )
    seed: Seed | None = _wish("Made with this seed.")
    batch_id: strawberry.ID | None = _wish("Belongs to this batch.")
    favorite: bool | None = _wish("Marked as a favorite, or not.")
    tag: str | None = _wish("Carries this tag.")
    created_after: datetime | None = _wish("Asked for at this moment or later.")
    created_before: datetime | None = _wish("Asked for before this moment.")


def wanted(filter: GalleryFilter | None, styles: StyleBook) -> domain.GalleryFilter:
    """Translate a filter and check its limits; names of styles and providers match in any case."""
    values = given(filter) if filter else {}
    if batch := values.get("batch_id"):
        values["batch_id"] = read_id(NodeKind.BATCH, batch, "filter.batch_id")
    result = domain.GalleryFilter(**values)
    result.check()
    style = styles.find(result.style) if result.style else None
    return replace(
        result,
        style=style.name if style else result.style,
        provider=result.provider.strip().lower() if result.provider else None,
    )


@strawberry.input(description="A picture's own marks; what is left out stays.")
class UpdateImageInput:
    """What `updateImage` takes."""

    id: strawberry.ID = strawberry.field(description="The picture.")
    favorite: bool | None = _wish("Whether it is a favorite.")
    tags: list[str] | None = _wish(
        f"All its tags, at most {limits.TAGS_PER_IMAGE.largest:g}, each {limits.TAG}."
    )

    def changes(self) -> dict[str, Any]:
        """Return the columns to change, checked."""
        values = given(self)
        del values["id"]
        if "tags" in values:
            values["tags"] = _tags(values["tags"])
        return values


def _tags(tags: list[str]) -> list[str]:
    unique = list(dict.fromkeys(tag.strip() for tag in tags))
    for tag in unique:
        limits.TAG.check("tags", tag)
    if len(unique) > limits.TAGS_PER_IMAGE.largest:
        right = f"Give at most {limits.TAGS_PER_IMAGE.largest:g}."
        raise InvalidInput("tags", f"{len(unique)} tags are too many.", right)
    return unique
