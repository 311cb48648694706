"""The benchmarks run, and print what they are for; how long anything takes is not asked."""

import re

import pytest

from benchmarks import accepting, batches, figures, layers, painter, variants, watchers
from benchmarks.tables import NOTE
from image_generation.concepts.figures.catalogue import FIGURES
from image_generation.domain.styles import PRESETS

RATIO = re.compile(r"  +(\d+\.\d\dx)")


def ratios(printed: str) -> dict[str, list[str]]:
    """Read the ratios of each line that has some, by its name."""
    lines = [line for line in printed.splitlines() if RATIO.search(line)]
    return {re.split(r"  +", line)[0]: RATIO.findall(line) for line in lines}


def test_layers_are_compared_with_bare_sqlite_and_places_with_the_first_page(
    capsys: pytest.CaptureFixture[str],
) -> None:
    layers.main(["--rows=200", "--rounds=1", "--calls=1"])

    printed = capsys.readouterr().out
    found = ratios(printed)
    assert [*found] == [
        "sqlite3",
        "aiosqlite",
        "Database.read",
        "Gallery.images",
        "SQLAlchemy's async engine",
        "GraphQL over HTTP",
        "first page",
        "at half the depth",
        "at 99% of the depth",
        "favorites",
        "with a tag",
        "a word in every second",
        "a word in twenty",
        "count of all",
        "count of favorites",
        "count of every second",
    ]
    assert found["sqlite3"] == found["first page"] == ["1.00x", "1.00x"]
    assert NOTE in printed


def test_figures_are_compared_with_one_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    figures.main(["--rounds=1"])

    printed = capsys.readouterr().out
    found = ratios(printed)
    assert [*found] == [*FIGURES]
    assert found["signal-to-noise"] == ["1.00x", "1.00x"]
    assert NOTE in printed


def test_variants_are_compared_with_one_that_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    variants.main(["--rounds=1"])

    printed = capsys.readouterr().out
    found = ratios(printed)
    assert [*found] == [
        "the PNG itself",
        "256 px, kept",
        "256 px as webp, made",
        "256 px as jpeg, made",
        "256 px as png, made",
        "256 px of a JPEG, made",
        "256 px of a WEBP, made",
    ]
    assert found["256 px, kept"] == ["1.00x", "1.00x"]
    assert NOTE in printed


def test_styles_are_compared_with_the_default_one(capsys: pytest.CaptureFixture[str]) -> None:
    painter.main(["--edge=64", "--rounds=1", "--prompts=1"])

    printed = capsys.readouterr().out
    found = ratios(printed)
    assert [*found] == [style.name for style in PRESETS]
    assert found["default"] == ["1.00x", "1.00x"]
    assert NOTE in printed


def test_accepting_is_compared_with_the_smallest_request(
    capsys: pytest.CaptureFixture[str],
) -> None:
    accepting.main(["--requests=4", "--connections=2", "--rounds=1"])

    printed = capsys.readouterr().out
    found = ratios(printed)
    assert [*found] == [accepting.SMALLEST, "accepted", "made"]
    assert found[accepting.SMALLEST] == ["1.00x", "1.00x"]
    assert NOTE in printed


def test_a_batch_is_compared_with_the_time_of_its_provider(
    capsys: pytest.CaptureFixture[str],
) -> None:
    batches.main(["--items=4", "--concurrency=2", "--seconds=0.01", "--rounds=1"])

    printed = capsys.readouterr().out
    assert [*ratios(printed)] == ["a batch", "single generations"]
    assert NOTE in printed


def test_many_watchers_are_compared_with_one(capsys: pytest.CaptureFixture[str]) -> None:
    watchers.main(["--watchers=3", "--items=4", "--concurrency=2", "--seconds=0.01"])

    printed = capsys.readouterr().out
    found = ratios(printed)
    assert [*found] == ["1", "3"]
    assert found["1"] == ["1.00x", "1.00x"]
    assert NOTE in printed
