"""Choosing a store by its name."""

from pathlib import Path

import pytest

from image_generation.storage.registry import open_store


def test_opening_a_store_touches_nothing(tmp_path: Path) -> None:
    open_store("local", tmp_path / "pictures")
    open_store("memory", tmp_path / "pictures")

    assert list(tmp_path.iterdir()) == []


def test_an_unknown_store_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no store 'floppy'. Known are: local, memory"):
        open_store("floppy", tmp_path)
