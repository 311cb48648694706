"""What is black in a mask is in the picture as it was in the source."""

from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from image_generation.domain.generations import Operation
from image_generation.gallery.records import Job
from image_generation.providers.base import GeneratedImage
from image_generation.providers.models import ModelSpec
from image_generation.services.keys import mask_key, storage_key
from image_generation.services.masking import Masking
from image_generation.services.requests import Requests
from image_generation.storage.memory import MemoryStore
from tests.gallery.rows import job, new_id
from tests.product.drawings import difference, encoded, photo, pixels_of, sky_mask
from tests.services.shop import Shop, spec

pytestmark = pytest.mark.anyio

MODEL = spec(operations=frozenset(Operation))
MADE = Image.new("RGB", (320, 256), (10, 200, 30))


class Desk:
    """An inpainting whose source and mask are kept."""

    def __init__(self, **changes: Any) -> None:
        self.store = MemoryStore()
        values = {"operation": Operation.INPAINT, "source_id": new_id(), "width": 320}
        self.job: Job = job(**{**values, "height": 256, "model": MODEL.name, **changes})

    async def applied(
        self,
        data: bytes,
        model: ModelSpec = MODEL,
        mask: Image.Image | None = None,
        *,
        has_source: bool = True,
    ) -> tuple[GeneratedImage, list[str]]:
        """Apply the mask to what was made."""
        if has_source:
            await self.store.put(storage_key(self.job.source_id or new_id()), encoded(photo()))
        await self.store.put(mask_key(self.job.id), encoded(mask or sky_mask()))
        image = GeneratedImage(data=data, seed=1)
        made, notes = await Masking(Requests(self.store)).applied(self.job, Shop(model), image)
        return made, [note.field for note in notes]


def opened(image: GeneratedImage) -> Image.Image:
    return Image.open(BytesIO(image.data))


async def test_black_is_kept_to_the_pixel_and_white_is_what_was_made() -> None:
    image, told = await Desk().applied(encoded(MADE))

    pixels = pixels_of(opened(image))
    assert (pixels[128:] == pixels_of(photo())[128:]).all()
    assert (pixels[:112] == pixels_of(MADE)[:112]).all()
    assert told == []


async def test_the_seam_is_soft_and_lies_within_the_white() -> None:
    image, _ = await Desk().applied(encoded(MADE))

    pixels, source = pixels_of(opened(image)), pixels_of(photo())
    apart = [difference(pixels[row], source[row]) for row in (115, 122, 125, 127, 128)]
    assert apart == sorted(apart, reverse=True)
    assert apart[0] > apart[2] > apart[3] > apart[4] == 0


async def test_a_line_that_is_thinner_than_the_seam_is_painted_anew_wholly() -> None:
    line = Image.new("L", (320, 256), 0)
    line.paste(255, (0, 100, 320, 102))

    image, _ = await Desk().applied(encoded(MADE), mask=line)

    pixels, source = pixels_of(opened(image)), pixels_of(photo())
    assert (pixels[100:102] == pixels_of(MADE)[100:102]).all()
    assert (pixels[:100] == source[:100]).all()
    assert (pixels[102:] == source[102:]).all()


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
async def test_a_picture_stays_in_its_format_and_is_kept_as_nearly_as_that_can(kind: str) -> None:
    image, _ = await Desk().applied(encoded(MADE, kind))

    pixels = pixels_of(opened(image))
    assert opened(image).format == kind
    assert difference(pixels[136:], pixels_of(photo())[136:]) < 4
    assert difference(pixels[:112], pixels_of(MADE)[:112]) < 4


async def test_source_and_mask_follow_the_size_in_which_the_picture_came() -> None:
    image, _ = await Desk().applied(encoded(MADE.resize((640, 512))))

    pixels = pixels_of(opened(image))
    large = pixels_of(photo().resize((640, 512), Image.Resampling.LANCZOS))
    assert pixels.shape == (512, 640, 3)
    assert difference(pixels[272:], large[272:]) < 1


async def test_what_was_made_transparent_stays_so_where_the_mask_is_white() -> None:
    image, _ = await Desk().applied(encoded(Image.new("RGBA", (320, 256), (0, 0, 0, 0))))

    alpha = np.asarray(opened(image).getchannel("A"))
    assert (alpha[:112] == 0).all()
    assert (alpha[128:] == 255).all()


async def test_pictures_without_a_mask_and_of_models_that_keep_exactly_are_left_alone() -> None:
    data = encoded(MADE)

    redrawn, _ = await Desk(operation=Operation.IMG2IMG).applied(data)
    exact, _ = await Desk().applied(data, spec(mask_is_exact=True))

    assert redrawn.data == exact.data == data


async def test_a_paid_picture_is_kept_without_its_source_and_that_is_told() -> None:
    image, told = await Desk().applied(encoded(MADE), has_source=False)

    assert image.data == encoded(MADE)
    assert told == ["mask"]


async def test_what_is_no_picture_is_left_to_be_found_out() -> None:
    too_large = encoded(Image.new("1", (8200, 8200)))

    for data in (b"no picture", too_large):
        image, told = await Desk().applied(data)

        assert (image.data, told) == (data, [])
