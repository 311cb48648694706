"""Variants, drawn: their pixels, their profile, and what of the file is left behind."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from image_generation.domain.pictures import ImageFormat
from image_generation.domain.variants import Fit, Variant
from image_generation.imaging.rendering import render

PNG, JPEG, WEBP = ImageFormat.PNG, ImageFormat.JPEG, ImageFormat.WEBP
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def encoded(image: Image.Image, kind: str = "PNG", **settings: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **settings)
    return file.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def stripes(width: int = 600, height: int = 400) -> Image.Image:
    """Three upright stripes: red, green, blue."""
    image = Image.new("RGB", (width, height), GREEN)
    image.paste(RED, (0, 0, width // 3, height))
    image.paste(BLUE, (width - width // 3, 0, width, height))
    return image


def close(pixel: object, wanted: tuple[int, ...]) -> bool:
    assert isinstance(pixel, tuple)
    return len(pixel) == len(wanted) and all(
        abs(a - b) <= 24 for a, b in zip(pixel, wanted, strict=True)
    )


@pytest.mark.parametrize("kind", ImageFormat)
@pytest.mark.parametrize("source", ["PNG", "JPEG", "WEBP"])
def test_the_whole_picture_is_shown_smaller(kind: ImageFormat, source: str) -> None:
    small = opened(render(encoded(stripes(), source), Variant(kind, width=96)))

    assert (small.format, small.mode, small.size) == (kind.value, "RGB", (96, 64))
    assert close(small.getpixel((8, 32)), RED)
    assert close(small.getpixel((48, 32)), GREEN)
    assert close(small.getpixel((88, 32)), BLUE)


@pytest.mark.parametrize("source", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("edge", [16, 128, 384])
def test_the_middle_fills_the_box(source: str, edge: int) -> None:
    variant = Variant(PNG, edge, edge, Fit.COVER)

    small = opened(render(encoded(stripes(), source, quality=95), variant))

    assert small.size == (edge, edge)
    assert close(small.getpixel((edge // 2, edge // 2)), GREEN)
    assert close(small.getpixel((edge // 16, edge // 2)), RED)  # a quarter of red is cut off
    assert close(small.getpixel((edge - 1 - edge // 16, edge // 2)), BLUE)


def test_a_jpeg_that_is_decoded_smaller_looks_as_one_that_is_not() -> None:
    ramp = np.linspace(0, 255, 2048, dtype=np.uint8)
    photo = Image.fromarray(np.stack([np.tile(ramp, (1024, 1))] * 3, axis=2))
    source = encoded(photo, "JPEG", quality=95)
    variant = Variant(PNG, 256, 256, Fit.COVER)

    small = np.asarray(opened(render(source, variant)), dtype=int)

    assert small.shape == (256, 256, 3)
    expected = np.linspace(255 * 512 / 2048, 255 * 1536 / 2048, 256)
    assert np.abs(small[:, :, 0] - expected).max() <= 3


@pytest.mark.parametrize("variant", [Variant(PNG, 64), Variant(PNG, 96, 96, Fit.COVER)])
def test_a_large_picture_with_transparency_looks_as_one_without(variant: Variant) -> None:
    right, down = np.meshgrid(np.linspace(0, 255, 3001), np.linspace(0, 255, 2003))
    image = Image.fromarray(np.stack([right, down, 255 - right], axis=2).astype(np.uint8))

    clear = np.asarray(opened(render(encoded(image.convert("RGBA")), variant)), dtype=int)
    opaque = np.asarray(opened(render(encoded(image), variant)), dtype=int)

    assert np.abs(clear[..., :3] - opaque).max() <= 3
    assert (clear[..., 3] == 255).all()


def test_what_is_clear_has_no_colour_to_shine_through() -> None:
    """A clear red beside opaque green: averaged plainly, the edge would be brown."""
    image = Image.new("RGBA", (512, 512), (255, 0, 0, 0))
    image.paste((0, 255, 0, 255), (0, 0, 256, 512))

    small = np.asarray(opened(render(encoded(image), Variant(PNG, width=24))), dtype=int)

    seen = small[small[:, :, 3] > 0]
    assert seen[:, 0].max() <= 2
    assert seen[:, 1].min() >= 253


@pytest.mark.parametrize("kind", ImageFormat)
def test_what_is_clear_stays_clear_or_is_white(kind: ImageFormat) -> None:
    image = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    image.paste((0, 0, 200, 255), (16, 16, 48, 48))

    small = opened(render(encoded(image), Variant(kind, width=32)))

    assert small.mode == ("RGB" if kind is JPEG else "RGBA")
    white = Image.new("RGBA", small.size, "white")
    seen = Image.alpha_composite(white, small.convert("RGBA")).convert("RGB")
    assert close(seen.getpixel((1, 1)), (255, 255, 255))
    assert close(seen.getpixel((16, 16)), (0, 0, 200))


@pytest.mark.parametrize("kind", ImageFormat)
@pytest.mark.parametrize("source", ["PNG", "JPEG", "WEBP"])
def test_the_colour_profile_is_kept(kind: ImageFormat, source: str) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    small = render(encoded(stripes(), source, icc_profile=profile), Variant(kind, width=96))

    assert opened(small).info["icc_profile"] == profile


@pytest.mark.parametrize("kind", ImageFormat)
@pytest.mark.parametrize("image", [
    stripes().convert("L"), stripes().convert("P"), stripes().convert("LA"),
    stripes().convert("1"), stripes().convert("RGBA"),
    Image.fromarray(np.full((400, 600), 40_000, dtype=np.uint16)),
], ids=lambda image: image.mode)  # fmt: skip
def test_pixels_of_every_kind_are_drawn(kind: ImageFormat, image: Image.Image) -> None:
    small = opened(render(encoded(image), Variant(kind, width=96)))

    assert small.size == (96, 64)


def test_print_colours_are_drawn() -> None:
    small = opened(render(encoded(stripes().convert("CMYK"), "JPEG"), Variant(WEBP, width=96)))

    assert close(small.convert("RGB").getpixel((48, 32)), GREEN)


def test_what_was_written_about_the_picture_stays_behind() -> None:
    exif = Image.Exif()
    exif[0x010E] = "secret description"
    source = encoded(stripes(), "JPEG", exif=exif, comment=b"secret comment")

    for kind in ImageFormat:
        assert b"secret" not in render(source, Variant(kind, width=96))


def test_all_pixels_can_be_had_as_another_kind_of_file() -> None:
    changed = opened(render(encoded(stripes()), Variant(WEBP)))

    assert (changed.format, changed.size) == ("WEBP", (600, 400))


def test_a_variant_has_the_same_bytes_each_time() -> None:
    source = encoded(stripes())

    for kind in ImageFormat:
        variant = Variant(kind, 128, 128, Fit.COVER)
        assert render(source, variant) == render(source, variant)


@pytest.mark.parametrize("size", [(16, 3000), (3000, 16), (16, 16)])
def test_an_odd_shape_is_drawn(size: tuple[int, int]) -> None:
    source = encoded(stripes(*size))

    assert min(opened(render(source, Variant(PNG, width=16))).size) >= 1
    assert opened(render(source, Variant(PNG, 16, 16, Fit.COVER))).size == (16, 16)
