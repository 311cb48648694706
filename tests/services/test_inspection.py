"""What a picture really is, and what is none."""

import io
import struct
import zlib
from base64 import b64encode
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from image_generation.domain.pictures import ImageFormat
from image_generation.gallery.ledger import Picture
from image_generation.imaging.thumbhash import thumbhash
from image_generation.services.inspection import NotAPicture, inspect

pytestmark = pytest.mark.anyio


def encoded(kind: str, size: tuple[int, int] = (16, 12), mode: str = "RGB") -> bytes:
    image = Image.linear_gradient("L").resize(size).convert(mode)
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


SMALL = [encoded(kind.value) for kind in ImageFormat]


def claiming(width: int, height: int) -> bytes:
    """Make a small PNG whose header claims another size."""
    picture = encoded("PNG")
    header = b"IHDR" + struct.pack(">II", width, height) + picture[24:29]
    return picture[:12] + header + struct.pack(">I", zlib.crc32(header)) + picture[33:]


def placeholder_of(data: bytes) -> str:
    with Image.open(io.BytesIO(data)) as image:
        return b64encode(thumbhash(image)).decode()


@pytest.mark.parametrize("kind", ImageFormat)
async def test_a_picture_is_known_by_its_bytes(kind: ImageFormat) -> None:
    data = encoded(kind.value, (33, 20))

    assert await inspect(data) == Picture(
        image_width=33,
        image_height=20,
        format=kind,
        byte_size=len(data),
        sha256=sha256(data).hexdigest(),
        placeholder=placeholder_of(data),
    )


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
async def test_any_kind_of_pixel_will_do(mode: str) -> None:
    assert (await inspect(encoded("PNG", mode=mode))).format is ImageFormat.PNG


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "ICO", "PPM"])
async def test_another_format_is_no_picture_here(kind: str) -> None:
    with pytest.raises(NotAPicture):
        await inspect(encoded(kind))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 1000,
        b"not a picture",
        b'{"error": "overloaded"}',
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
        b"RIFF\x00\x00\x00\x00WEBPVP8 ",
    ],
)
async def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(NotAPicture):
        await inspect(data)


@pytest.mark.parametrize("data", SMALL, ids=[kind.name for kind in ImageFormat])
async def test_half_a_picture_is_refused(data: bytes) -> None:
    with pytest.raises(NotAPicture):
        await inspect(data[: len(data) // 2])


@pytest.mark.parametrize(
    ("width", "height"), [(8192, 8193), (10_000, 9_000), (30_000, 30_000), (2**31 - 1, 2**31 - 1)]
)
async def test_what_claims_to_be_huge_is_refused_unread(width: int, height: int) -> None:
    with pytest.raises(NotAPicture) as refusal:
        await inspect(claiming(width, height))

    # Decoding it would have failed for want of data.
    assert not isinstance(refusal.value.__cause__, OSError)


@settings(deadline=None, max_examples=150)
@given(
    st.sampled_from(SMALL),
    st.lists(st.tuples(st.integers(0, 400), st.binary(max_size=3)), min_size=1, max_size=4),
)
async def test_damaged_bytes_are_a_picture_or_refused_and_nothing_else(
    data: bytes, damage: list[tuple[int, bytes]]
) -> None:
    for place, patch in damage:
        data = data[:place] + patch + data[place + 1 :]

    try:
        picture = await inspect(data)
    except NotAPicture:
        return
    assert picture.sha256 == sha256(data).hexdigest()
