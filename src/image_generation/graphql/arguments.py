"""The arguments of fields, each with its meaning."""

from datetime import datetime
from typing import Annotated

import strawberry

from image_generation.domain import limits
from image_generation.domain.budgets import SpendBy
from image_generation.domain.concepts import ConceptKind
from image_generation.domain.gallery import DEFAULT_PAGE, GalleryOrder
from image_generation.domain.generations import GenerationStatus, Operation
from image_generation.domain.pictures import ImageFormat
from image_generation.domain.variants import Fit
from image_generation.graphql.inputs import (
    EnhancePromptInput,
    GalleryFilter,
    GenerateBatchInput,
    GenerateInput,
    Img2ImgInput,
    InpaintInput,
    RegenerateInput,
    UpdateImageInput,
    UploadImageInput,
)


def _said(description: str) -> object:
    return strawberry.argument(description=description)


NodeId = Annotated[strawberry.ID, _said("A global id, as answers give it.")]
NodeIds = Annotated[
    list[strawberry.ID],
    _said(f"Global ids, at most {limits.IDS_PER_REQUEST.largest:g}."),
]
Name = Annotated[str, _said("The name, in any case.")]
First = Annotated[
    int | None, _said(f"How many from the start, {limits.PAGE}; {DEFAULT_PAGE} by default.")
]
After = Annotated[str | None, _said("Only what comes after this cursor.")]
Last = Annotated[int | None, _said(f"How many from the end, {limits.PAGE}.")]
Before = Annotated[str | None, _said("Only what comes before this cursor.")]
Filter = Annotated[GalleryFilter | None, _said("Which pictures; all of them without it.")]
OrderBy = Annotated[GalleryOrder | None, _said("Which picture comes first.")]
Statuses = Annotated[
    list[GenerationStatus] | None, _said("Only those in one of these states; all without it.")
]
Wishes = Annotated[GenerateBatchInput, _said("What to draw, and how often.")]
Wish = Annotated[GenerateInput, _said("What to draw.")]
Redrawing = Annotated[Img2ImgInput, _said("What to make of which picture.")]
Repair = Annotated[InpaintInput, _said("What to paint into which picture, and where.")]
Again = Annotated[RegenerateInput, _said("Which picture, and what to change.")]
Sent = Annotated[UploadImageInput, _said("The picture to keep.")]
Count = Annotated[int, _said(f"How many pictures, {limits.COUNT}.")]
Deed = Annotated[
    Operation,
    _said("How it is to be made; a picture that it starts from is taken to have the input's size."),
]
By = Annotated[SpendBy, _said("What to add up by.")]
Width = Annotated[
    int | None,
    _said(f"At least so many pixels from left to right, {limits.VARIANT_EDGE}; rounded up."),
]
Height = Annotated[
    int | None,
    _said(f"At least so many pixels from top to bottom, {limits.VARIANT_EDGE}; rounded up."),
]
Fitting = Annotated[Fit | None, _said("What is done when both are given.")]
Format = Annotated[
    ImageFormat | None,
    _said("The kind of file; else WEBP when it is smaller than the original."),
]
Kind = Annotated[ConceptKind, _said("Which architecture.")]
Since = Annotated[
    datetime | None, _said("From the day of this moment on; else from the first of this month.")
]
Until = Annotated[datetime | None, _said("To the day of this moment; else until today.")]
Words = Annotated[EnhancePromptInput, _said("The prompt and its style.")]
Marks = Annotated[UpdateImageInput, _said("The picture and its new marks.")]
