"""Whatever can be decoded can be marked and drawn smaller, however odd it is."""

import io

import pytest
from PIL import Image

from image_generation.domain.origins import TRAINED, Maker, Origin
from image_generation.domain.pictures import ImageFormat, Size
from image_generation.domain.variants import Fit, Wish
from image_generation.imaging.marks import mark, mark_copy, term_of
from image_generation.imaging.rendering import render
from image_generation.services.inspection import NotAPicture, inspect
from tests.pictures.corpus import corpus

pytestmark = pytest.mark.anyio

ORIGIN = Origin(TRAINED, Maker("flux", is_algorithm=False))
WISHES = [
    Wish(64, format=ImageFormat.PNG),
    Wish(None, 16),
    Wish(32, 32, Fit.COVER, ImageFormat.JPEG),
    Wish(format=ImageFormat.WEBP),
]


async def pictures() -> dict[str, bytes]:
    """Return what a provider could deliver of the corpus."""
    found = {}
    for name, (data, _) in corpus().items():
        try:
            await inspect(data)
        except NotAPicture:
            continue
        found[name] = data
    return found


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")  # Pillow looks there for the resolution
async def test_every_odd_picture_can_be_marked_and_drawn_smaller() -> None:
    drawn = 0

    for name, data in (await pictures()).items():
        marked = mark(data, ORIGIN)
        facts = await inspect(marked)
        whole = Size(facts.image_width, facts.image_height)
        assert term_of(marked) == TRAINED, name
        for wish in WISHES:
            variant = wish.of(whole, facts.format)
            if variant is None:
                continue
            small = mark_copy(render(marked, variant), marked, None)
            with Image.open(io.BytesIO(small)) as image:
                image.load()
                assert (image.format, image.size) == (variant.format, variant.size(whole)), name
            assert term_of(small) == TRAINED, name
            drawn += 1

    assert drawn > 150
