"""The small words: sizes, formats and states."""

from image_generation.domain.generations import UNFINISHED, GenerationStatus
from image_generation.domain.pictures import ImageFormat, Size


def test_a_size_is_written_the_way_providers_do() -> None:
    assert f"{Size(1024, 768)}" == "1024x768"


def test_every_format_has_its_media_type() -> None:
    assert [kind.media_type for kind in ImageFormat] == ["image/png", "image/jpeg", "image/webp"]


def test_work_is_finished_unless_it_waits_or_runs() -> None:
    assert [status.name for status in GenerationStatus if status.finished] == [
        "SUCCEEDED",
        "FAILED",
        "CANCELED",
    ]
    assert UNFINISHED == (GenerationStatus.QUEUED, GenerationStatus.RUNNING)
