"""The form that OpenAI's edits take, and what is refused of it."""

from collections.abc import Mapping, Sequence

from PIL import Image, UnidentifiedImageError

from tests.servers.forms import Part
from tests.servers.openai_rules import Body, Refusal
from tests.servers.painting import redrawn, repainted

_MEDIA_TYPES = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}
_ENDINGS: Mapping[str, str | tuple[str, ...]] = {
    "PNG": ".png",
    "JPEG": (".jpeg", ".jpg"),
    "WEBP": ".webp",
}
_NUMBERS = frozenset({"n", "partial_images", "output_compression"})
_LARGEST_IMAGE, _LARGEST_MASK = 50_000_000, 4_000_000
_CLOSENESS = 0.4
"""How far a picture without a mask goes from its source."""


def values_of(parts: Sequence[Part]) -> Body:
    """Return the values of a form, which are text there."""
    return {part.key: _value(part.key, part.data.decode()) for part in parts if not part.name}


def _value(key: str, text: str) -> object:
    if key in _NUMBERS:
        return int(text)
    return {"true": True, "false": False}.get(text, text)


def refusal_of_files(parts: Sequence[Part]) -> Refusal | None:
    """Return what is wrong with the files of an edit."""
    images = [part for part in parts if part.key in {"image", "image[]"}]
    masks = [part for part in parts if part.key == "mask"]
    if len(images) not in range(1, 17) or len({part.key for part in images}) > 1:
        return Refusal("There must be 1 to 16 images.", "image", "invalid_value")
    if len(images) + len(masks) != len(parts) or len(masks) > 1:
        return Refusal("Unknown file.", None, "unknown_parameter")
    wrong = next((found for part in parts if (found := _unreadable(part))), None)
    return wrong or next((found for part in masks if (found := _unfit(part, images[0]))), None)


def _unreadable(part: Part) -> Refusal | None:
    kind = _MEDIA_TYPES.get(part.media_type)
    if kind is None or not part.name.endswith(_ENDINGS[kind]):
        message = f"Invalid file '{part.name}': unsupported mimetype ('{part.media_type}')."
        return Refusal(message, None, "unsupported_file_mimetype")
    try:
        with part.open() as picture:
            picture.load()
            is_it = picture.format == kind
    except (UnidentifiedImageError, OSError):
        is_it = False
    if not is_it or len(part.data) >= _LARGEST_IMAGE:
        return Refusal("Invalid image file or mode.", part.key, "invalid_image_file")
    return None


def _unfit(mask: Part, image: Part) -> Refusal | None:
    with mask.open() as picture, image.open() as source:
        if mask.media_type != "image/png" or "A" not in picture.getbands():
            return Refusal("Mask image missing alpha channel.", "mask", "invalid_value")
        if picture.size != source.size or len(mask.data) >= _LARGEST_MASK:
            return Refusal("Mask size does not match image size.", "mask", "invalid_value")
    return None


def edited(parts: Sequence[Part], body: Mapping[str, object]) -> Image.Image:
    """Make a picture of the first image: where the mask is transparent, or all of it."""
    source, *_ = [part.open() for part in parts if part.key != "mask"]
    masks = [part.open() for part in parts if part.key == "mask"]
    if not masks:
        return redrawn(source, body["prompt"], _CLOSENESS)
    where = masks[0].getchannel("A").point(lambda alpha: 0 if alpha else 255)
    return repainted(source, where, body["prompt"])
