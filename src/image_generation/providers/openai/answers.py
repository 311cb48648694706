"""From the JSON that comes back to a picture and what it cost."""

import base64
from dataclasses import dataclass, field

from pydantic import BaseModel, Field, NonNegativeInt, ValidationError

from image_generation.providers.prices import Usage

_PARTIAL = frozenset({"image_generation.partial_image", "image_edit.partial_image"})
_COMPLETED = frozenset({"image_generation.completed", "image_edit.completed"})


class Unreadable(ValueError):
    """The answer is not what it should be."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a finished call holds: a picture or a link to it."""

    data: bytes | None = field(repr=False)
    url: str | None = field(repr=False)
    revised_prompt: str | None = field(repr=False)
    usage: Usage | None


class _Details(BaseModel):
    text_tokens: NonNegativeInt = 0
    image_tokens: NonNegativeInt = 0


class _Usage(BaseModel):
    input_tokens: NonNegativeInt
    output_tokens: NonNegativeInt
    input_tokens_details: _Details | None = None
    output_tokens_details: _Details | None = None


class _Picture(BaseModel):
    b64_json: str | None = None
    url: str | None = None
    revised_prompt: str | None = None


class _Body(BaseModel):
    data: list[_Picture] = Field(min_length=1)
    usage: object = None


class _Event(BaseModel):
    """A picture in a stream, partial or finished."""

    type: str
    b64_json: str
    partial_image_index: NonNegativeInt = 0
    usage: object = None


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture out of a stream; `number` counts the partial ones from 1, the finished has none."""

    data: bytes = field(repr=False)
    number: int | None
    usage: Usage | None


def parse(content: bytes) -> Answer:
    """Read the body of a finished call, or raise `Unreadable`."""
    try:
        body = _Body.model_validate_json(content)
    except ValidationError:
        raise Unreadable from None
    picture = body.data[0]
    if not picture.b64_json and not picture.url:
        raise Unreadable
    return Answer(
        data=_decoded(picture.b64_json) if picture.b64_json else None,
        url=picture.url,
        revised_prompt=picture.revised_prompt,
        usage=_usage(body.usage),
    )


def parse_event(event: object) -> Frame | None:
    """Read an event of the SDK, or raise `Unreadable`; None for one that holds no picture."""
    kind = getattr(event, "type", None)
    if kind not in _PARTIAL | _COMPLETED:
        return None
    try:
        frame = _Event.model_validate(event, from_attributes=True)
    except ValidationError:
        raise Unreadable from None
    number = frame.partial_image_index + 1 if kind in _PARTIAL else None
    return Frame(_decoded(frame.b64_json), number, _usage(frame.usage))


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise Unreadable from None


def _usage(counted: object) -> Usage | None:
    """Read the tokens; None when there are none, or zeros, as from servers that do not count."""
    try:
        usage = _Usage.model_validate(counted, from_attributes=True)
    except ValidationError:
        return None
    if not usage.output_tokens:
        return None
    taken = usage.input_tokens_details or _Details(text_tokens=usage.input_tokens)
    made = usage.output_tokens_details or _Details(image_tokens=usage.output_tokens)
    return Usage(
        text_input=taken.text_tokens,
        image_input=taken.image_tokens,
        image_output=made.image_tokens,
        text_output=made.text_tokens,
    )
