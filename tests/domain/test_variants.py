"""Which variant comes of a wish, and what it shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image_generation.domain.errors import InvalidInput
from image_generation.domain.pictures import ImageFormat, Size
from image_generation.domain.variants import Crop, Fit, Variant, Wish

PNG, JPEG, WEBP = ImageFormat.PNG, ImageFormat.JPEG, ImageFormat.WEBP
WHOLE = Size(1536, 1024)

EDGES = st.none() | st.integers(1, 16_384)
WISHES = st.builds(
    Wish, EDGES, EDGES, st.sampled_from(Fit), st.none() | st.sampled_from(ImageFormat)
)
SIZES = st.builds(Size, st.integers(16, 12_288), st.integers(16, 12_288))


@pytest.mark.parametrize(
    ("wish", "query", "size"),
    [
        (Wish(), None, WHOLE),
        (Wish(format=PNG), None, WHOLE),
        (Wish(format=JPEG), "format=jpeg", WHOLE),
        (Wish(width=256), "w=256", (256, 171)),
        (Wish(width=200), "w=256", (256, 171)),
        (Wish(width=257), "w=384", (384, 256)),
        (Wish(width=1), "w=16", (16, 11)),
        (Wish(height=256), "h=256", (384, 256)),
        (Wish(width=256, height=256), "w=256", (256, 171)),
        (Wish(width=1024, height=128), "h=128", (192, 128)),
        (Wish(width=256, format=PNG), "w=256&format=png", (256, 171)),
        (Wish(width=1536), None, WHOLE),
        (Wish(width=9000, height=9000), None, WHOLE),
        (Wish(width=9000, format=WEBP), "format=webp", WHOLE),
        (Wish(width=256, height=256, fit=Fit.COVER), "w=256&h=256&fit=cover", (256, 256)),
        (Wish(width=200, height=100, fit=Fit.COVER), "w=256&h=128&fit=cover", (256, 128)),
        (Wish(width=384, height=256, fit=Fit.COVER), "w=384", (384, 256)),
        (Wish(width=256, fit=Fit.COVER), "w=256", (256, 171)),
        (Wish(width=9000, height=9000, fit=Fit.COVER), "w=1536&h=1536&fit=cover", (1024, 1024)),
        (Wish(4096, 64, Fit.COVER, JPEG), "w=2048&h=32&fit=cover&format=jpeg", (1536, 24)),
    ],
)  # fmt: skip
def test_a_wish_becomes_a_variant(wish: Wish, query: str | None, size: tuple[int, int]) -> None:
    variant = wish.of(WHOLE, PNG)

    assert (variant.query if variant else None) == query
    assert (variant.size(WHOLE) if variant else WHOLE) == size


def test_a_variant_that_is_cut_shows_the_middle() -> None:
    assert Variant(WEBP, 256, 256, Fit.COVER).crop(WHOLE) == Crop(256, 0, 1280, 1024)
    assert Variant(WEBP, 256, 64, Fit.COVER).crop(WHOLE) == Crop(0, 320, 1536, 704)
    assert Variant(WEBP, width=256).crop(WHOLE) == Crop(0, 0, 1536, 1024)


@given(st.integers(1, 12_288), st.integers(1, 12_288), SIZES)
def test_what_is_shown_lies_within_the_picture(width: int, height: int, whole: Size) -> None:
    variant = Wish(width, height, Fit.COVER).of(whole, PNG)

    if variant is not None:
        left, top, right, bottom = variant.crop(whole)
        assert 0 <= left < right <= whole.width
        assert 0 <= top < bottom <= whole.height


def test_names_tell_variants_apart() -> None:
    variants = [Variant(WEBP, 256), Variant(WEBP, None, 256), Variant(PNG, 256, 128, Fit.COVER)]

    assert [each.name for each in variants] == ["w256.webp", "h256.webp", "w256h128.png"]
    assert Variant(JPEG).name == "full.jpeg"


@given(WISHES, SIZES, st.sampled_from(ImageFormat))
def test_what_stands_in_the_address_of_a_variant_asks_for_it(
    wish: Wish, whole: Size, kind: ImageFormat
) -> None:
    variant = wish.of(whole, kind)

    if variant is not None:
        again = Wish(variant.width, variant.height, variant.fit, variant.format)
        assert again.of(whole, kind) == variant


@given(WISHES, SIZES, st.sampled_from(ImageFormat))
def test_a_variant_has_the_pixels_that_are_asked_for_or_all_there_are(
    wish: Wish, whole: Size, kind: ImageFormat
) -> None:
    variant = wish.of(whole, kind)
    size = whole if variant is None else variant.size(whole)
    asked = Size(wish.width or 1, wish.height or 1)
    enough = [
        size.width >= min(asked.width, whole.width),
        size.height >= min(asked.height, whole.height),
    ]

    assert size.width <= whole.width
    assert size.height <= whole.height
    if wish.width and wish.height:
        assert any(enough)
    else:
        assert all(enough)


@pytest.mark.parametrize("whole", [(1024, 1024), (1536, 1024), (16, 3000), (8000, 6000)])
def test_there_are_not_many_variants_of_one_picture(whole: tuple[int, int]) -> None:
    edges = [None, 1, *range(15, 100), *(2**n + more for n in range(7, 14) for more in (0, 1))]

    variants = {
        Wish(width, height, fit).of(Size(*whole), PNG)
        for width in edges
        for height in edges
        for fit in Fit
    }

    assert len(variants) <= 420


@pytest.mark.parametrize(
    ("width", "height", "field"), [(0, 5, "w"), (5, 16_385, "h"), (-1, 0, "w")]
)
def test_an_edge_out_of_range_is_refused_by_name(width: int, height: int, field: str) -> None:
    with pytest.raises(InvalidInput, match="Give a number from 1 to 16384") as refusal:
        Wish(width, height).check("w", "h")

    assert refusal.value.field == field
