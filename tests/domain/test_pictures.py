"""Pictures: sizes and formats."""

from image_generation.domain.pictures import ImageFormat, Size


def test_a_size_is_written_the_way_providers_do() -> None:
    assert f"{Size(1024, 768)}" == "1024x768"


def test_every_format_has_its_media_type() -> None:
    assert [kind.media_type for kind in ImageFormat] == ["image/png", "image/jpeg", "image/webp"]
