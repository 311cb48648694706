"""Styles that operators add or replace, and what their files can have wrong."""

from pathlib import Path

import pytest

from image_generation.domain.styles import PRESETS, Style, StyleBook
from image_generation.services.style_files import StyleFileError, read_styles


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "styles.toml"


def test_an_empty_file_leaves_the_presets(file: Path) -> None:
    file.touch()

    assert read_styles(file) == [*PRESETS]


def test_a_table_is_a_style_and_what_it_leaves_out_is_plain(file: Path) -> None:
    file.write_text('[blue_print]\nsuffix = "blueprint, cyanotype"\n', "utf-8")

    styles = read_styles(file)

    assert styles[:-1] == [*PRESETS]
    assert styles[-1] == Style(
        name="blue_print",
        title="Blue print",
        description="",
        suffix="blueprint, cyanotype",
        negative_prompt="",
        guidance_scale=7.5,
        steps=30,
    )


def test_a_table_may_say_everything(file: Path) -> None:
    file.write_text(
        """
        [noir]
        title = "Film noir"
        description = "A film of the forties."
        suffix = "film noir"
        negative_prompt = "color"
        guidance_scale = 9
        steps = 150
        """,
        "utf-8",
    )

    assert read_styles(file)[-1] == Style(
        name="noir",
        title="Film noir",
        description="A film of the forties.",
        suffix="film noir",
        negative_prompt="color",
        guidance_scale=9,
        steps=150,
    )


@pytest.mark.parametrize("name", ["anime", "Anime", "ANIME"])
def test_a_preset_is_changed_in_its_place_and_keeps_the_rest(file: Path, name: str) -> None:
    file.write_text(f"[{name}]\nsteps = 12\n", "utf-8")
    preset = StyleBook(PRESETS).get("anime")

    styles = read_styles(file)

    assert [style.name for style in styles] == [style.name for style in PRESETS]
    changed = StyleBook(styles).get("anime")
    assert (changed.steps, changed.suffix) == (12, preset.suffix)
    assert changed.guidance_scale == preset.guidance_scale


def test_names_that_differ_in_case_are_one_style(file: Path) -> None:
    file.write_text("[Noir]\nsteps = 10\n[noir]\nguidance_scale = 5\n", "utf-8")

    added = read_styles(file)[len(PRESETS) :]

    assert [(style.name, style.steps, style.guidance_scale) for style in added] == [("Noir", 10, 5)]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("[noir", "Expected ']'"),
        ("noir = 3", "noir is not a table; write [noir]."),
        (
            "[noir]\ncolor = 'black'",
            "[noir] has color; known are ['description', 'guidance_scale', 'negative_prompt', "
            "'steps', 'suffix', 'title'].",
        ),
        ("[noir]\nname = 'other'", "[noir] has name; known are"),
        ("[noir]\nsuffix = 3", "[noir] suffix has the wrong type."),
        ("[noir]\ntitle = ['Noir']", "[noir] title has the wrong type."),
        ("[noir]\nsteps = 'many'", "[noir] steps has the wrong type."),
        ("[noir]\nguidance_scale = {}", "[noir] guidance_scale has the wrong type."),
        (
            "[noir]\nsteps = 151",
            "[noir] steps: 151 is out of range. Give a number from 1 to 150.",
        ),
        (
            "[noir]\nguidance_scale = 0.5",
            "[noir] guidance_scale: 0.5 is out of range. Give a number from 1 to 30.",
        ),
        (
            "[noir]\nguidance_scale = nan",
            "[noir] guidance_scale: nan is out of range. Give a number from 1 to 30.",
        ),
        (
            f"[noir]\nsuffix = '{'x' * 1001}'",
            "[noir] suffix: 1001 characters do not fit. Give 0 to 1000 characters.",
        ),
        (
            f"[noir]\nnegative_prompt = '{'x' * 1001}'",
            "[noir] negative_prompt: 1001 characters do not fit. Give 0 to 1000 characters.",
        ),
        ('[" "]', "[] name: The text is empty. Give 1 to 200 characters."),
        ('["\\u0000"]', "name: The text is not valid Unicode. Leave out NUL and surrogates."),
    ],
)
def test_a_file_that_cannot_be_used_says_where_and_why(
    file: Path, content: str, fault: str
) -> None:
    file.write_text(content, "utf-8")

    with pytest.raises(StyleFileError) as error:
        read_styles(file)

    assert f"{error.value}".startswith(f"{file}: ")
    assert fault in f"{error.value}"


def test_a_file_that_is_not_there_or_not_text_says_so(file: Path) -> None:
    with pytest.raises(StyleFileError, match="No such file"):
        read_styles(file)

    file.write_bytes(b"\xff\xfe[noir]")
    with pytest.raises(StyleFileError, match="can't decode"):
        read_styles(file)
