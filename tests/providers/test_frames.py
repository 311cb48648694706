"""Source and mask as models get them: filling the frame, plain, and the same each time."""

from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from image_generation.domain.errors import ProviderRejected
from image_generation.domain.generations import Operation
from image_generation.domain.pictures import ImageFormat
from image_generation.providers.frames import Framed, frames_of
from image_generation.providers.models import MaskPolarity
from tests.product.drawings import difference, encoded, photo, pixels_of, sky_mask
from tests.providers.wishes import wish

pytestmark = pytest.mark.anyio

FRAME: dict[str, Any] = {"width": 320, "height": 256}
WHITE = MaskPolarity.WHITE


async def source_of(data: bytes, **more: Any) -> Framed:
    request = wish(operation=Operation.IMG2IMG, source=data, **{**FRAME, **more})
    return (await frames_of(request, None, "shop")).source


async def mask_of(mask: Image.Image, polarity: MaskPolarity, **more: Any) -> Image.Image:
    given = {"source": encoded(photo()), "mask": encoded(mask), **FRAME, **more}
    frames = await frames_of(wish(operation=Operation.INPAINT, **given), polarity, "shop")
    assert frames.mask is not None
    return Image.open(BytesIO(frames.mask.data))


@pytest.mark.parametrize("kind", ImageFormat)
async def test_a_source_that_fits_is_left_as_it_is(kind: ImageFormat) -> None:
    data = encoded(photo(), kind)

    assert await source_of(data) == Framed(data, kind)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (encoded(photo(640, 512), "JPEG"), ImageFormat.JPEG),
        (encoded(photo(640, 512), "WEBP"), ImageFormat.PNG),
        (encoded(photo(640, 512)), ImageFormat.PNG),
        (encoded(photo().convert("L")), ImageFormat.PNG),
        (encoded(photo().convert("P")), ImageFormat.PNG),
    ],
    ids=["a JPEG", "a WebP", "a PNG", "grey", "a palette"],
)
async def test_any_other_is_brought_into_the_frame_in_plain_colours(
    data: bytes, kind: ImageFormat
) -> None:
    framed = await source_of(data)

    with Image.open(BytesIO(framed.data)) as picture:
        assert (picture.format, picture.mode, picture.size) == (kind, "RGB", (320, 256))
    assert framed.format is kind
    assert framed == await source_of(data)


async def test_a_source_of_another_shape_is_cut_and_not_squeezed() -> None:
    framed = await source_of(encoded(photo(640, 256)))

    middle = pixels_of(photo(640, 256).crop((160, 0, 480, 256)))
    assert difference(pixels_of(Image.open(BytesIO(framed.data))), middle) == 0


async def test_what_is_transparent_in_a_source_becomes_white() -> None:
    framed = await source_of(encoded(Image.new("RGBA", (320, 256), (200, 0, 0, 0))))

    assert (pixels_of(Image.open(BytesIO(framed.data))) == 255).all()


async def test_a_photo_that_lies_on_its_side_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(Image.new("RGB", (320, 256), "navy"), "JPEG", exif=exif)

    with Image.open(BytesIO((await source_of(data, width=256, height=320)).data)) as picture:
        assert picture.size == (256, 320)
        assert picture.getexif().get(0x0112, 1) == 1


@pytest.mark.parametrize(
    ("polarity", "mode", "painted", "kept"),
    [(WHITE, "L", 255, 0), (MaskPolarity.TRANSPARENT, "RGBA", 0, 255)],
)
async def test_a_mask_says_in_the_models_way_where_white_is(
    polarity: MaskPolarity, mode: str, painted: int, kept: int
) -> None:
    mask = await mask_of(sky_mask(640, 512), polarity)

    values = np.asarray(mask.getchannel(mask.getbands()[-1]))
    assert (mask.mode, mask.size, mask.format) == (mode, (320, 256), "PNG")
    assert (values[:128] == painted).all()
    assert (values[128:] == kept).all()


async def test_grey_in_a_mask_counts_as_what_it_is_nearer_to() -> None:
    grey = sky_mask().point(lambda value: 128 if value else 127)

    values = np.asarray(await mask_of(grey, WHITE))

    assert (values[:128] == 255).all()
    assert (values[128:] == 0).all()


async def test_a_mask_whose_white_is_cut_away_is_refused() -> None:
    outside = Image.new("L", (640, 256), 0)
    outside.paste(255, (0, 0, 40, 256))

    with pytest.raises(ProviderRejected, match="Nothing that is white"):
        await mask_of(outside, WHITE)
