"""Pictures taken in: what is kept can be shown, and says nothing that it should not."""

import io
import re
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from image_generation.domain.errors import InvalidInput
from image_generation.services.inspection import inspect
from image_generation.services.intake import Intake
from tests.pictures.files import encoded, exif, plain_png, quarters, srgb

pytestmark = pytest.mark.anyio

TOLD = {"exif": exif(6, gps=True), "icc_profile": srgb()}
SEEDS = [
    encoded(quarters(), "PNG", **TOLD),
    encoded(quarters(), "JPEG", **TOLD),
    encoded(quarters(), "JPEG", progressive=True, comment=b"SecretNote"),
    encoded(quarters().convert("CMYK"), "JPEG", **TOLD),
    encoded(quarters(), "MPO", save_all=True, append_images=[quarters()]),
    encoded(quarters(), "WEBP", **TOLD),
    encoded(quarters().convert("RGBA"), "WEBP", lossless=True),
    encoded(quarters().convert("P")),
    plain_png(32, 32, 16, 0),
]
ORIENTATION = 0x0112


@dataclass(frozen=True, slots=True)
class Sent:
    """A file with these bytes."""

    data: bytes

    async def read(self, limit: int) -> bytes:
        return self.data


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # it warns of broken EXIF
@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 900), st.binary(max_size=4)), min_size=1, max_size=4),
)
async def test_a_damaged_picture_is_kept_whole_or_refused_and_nothing_else(
    data: bytes, damage: list[tuple[int, bytes]]
) -> None:
    for place, patch in damage:
        data = data[:place] + patch + data[place + 2 :]
    intake = Intake(1_000_000, 1_000_000)

    try:
        taken = await intake.take("image", await intake.read("image", Sent(data)))
    except InvalidInput:
        return
    assert await inspect(taken.data) == taken.picture
    assert re.search(rb"SecretCamera|SecretNote", taken.data) is None


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("prefix", [b"Exif\0\0", b""])
async def test_orientation_is_read_in_either_order_of_bytes(order: str, prefix: bytes) -> None:
    tags = Image.Exif()
    tags[ORIENTATION] = 8
    tags.endian = "<" if order == "little" else ">"
    told = prefix + tags.tobytes().removeprefix(b"Exif\0\0")
    intake = Intake(1_000_000, 1_000_000)

    taken = await intake.take("image", encoded(quarters(), "WEBP", lossless=True, exif=told))

    with Image.open(io.BytesIO(taken.data)) as picture:
        assert (picture.size, picture.getpixel((2, 2))) == ((48, 64), (0, 255, 0))
