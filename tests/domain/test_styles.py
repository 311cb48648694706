"""The preset styles, and how they are found."""

from dataclasses import replace

import pytest

from image_generation.domain.errors import InvalidInput
from image_generation.domain.styles import DEFAULT_STYLE, PRESETS, StyleBook, with_suffix

KNOWN = {
    "default": (7.5, 30, ()),
    "photorealistic": (8.0, 35, ("8K UHD", "Canon EOS R5", "natural lighting")),
    "artistic": (9.0, 35, ("expressive brushstrokes", "gallery quality")),
    "anime": (8.5, 30, ("cel shading", "clean linework", "trending on pixiv")),
    "cinematic": (8.0, 35, ("anamorphic lens flare", "depth of field", "35mm film")),
    "digital_art": (7.5, 30, ("detailed illustration", "concept art")),
    "watercolor": (7.0, 30, ("soft washes", "paper texture", "wet-on-wet technique")),
    "oil_painting": (7.5, 35, ("impasto", "canvas", "warm tones")),
    "pixel_art": (8.0, 25, ("16-bit", "retro game style", "limited color palette")),
    "sketch": (7.0, 25, ("graphite", "cross-hatching", "line drawing")),
}

BOOK = StyleBook(PRESETS)


def test_there_are_ten_presets_and_the_default_comes_first() -> None:
    assert [style.name for style in BOOK] == list(KNOWN)
    assert DEFAULT_STYLE == "default"


@pytest.mark.parametrize("name", KNOWN)
def test_a_preset_brings_its_parameters_and_words(name: str) -> None:
    guidance_scale, steps, keywords = KNOWN[name]

    style = BOOK.get(name)

    assert (style.guidance_scale, style.steps) == (guidance_scale, steps)
    assert [word for word in keywords if word not in style.suffix] == []
    assert style.title
    assert style.description.endswith(".")
    assert bool(style.negative_prompt) == bool(style.suffix) == (name != "default")


@pytest.mark.parametrize("name", ["pixel_art", "PIXEL_ART", "Pixel_Art", " pixel_art\n"])
def test_a_name_matches_in_any_case(name: str) -> None:
    assert BOOK.get(name).name == "pixel_art"


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidInput) as refusal:
        BOOK.get("vaporwave")

    assert BOOK.find("vaporwave") is None
    assert refusal.value.field == "style"
    assert refusal.value.message == (f"There is no such style. Give one of: {', '.join(KNOWN)}.")


def test_of_two_styles_whose_names_differ_in_case_the_later_counts() -> None:
    book = StyleBook([*PRESETS, replace(PRESETS[0], name="Anime", steps=7)])

    assert book.get("anime").steps == 7
    assert len([*book]) == 10


@pytest.mark.parametrize(
    ("own", "preset", "joined"),
    [
        (None, "", None),
        ("", "", None),
        ("fog", "", "fog"),
        (None, "blur", "blur"),
        ("fog", "blur", "fog, blur"),
    ],
)
def test_the_negative_prompts_of_caller_and_style_are_joined(
    own: str | None, preset: str, joined: str | None
) -> None:
    style = replace(PRESETS[0], negative_prompt=preset)

    assert style.negative_with(own) == joined


def test_a_suffix_goes_behind_the_prompt_and_an_empty_one_adds_nothing() -> None:
    assert with_suffix("an otter", "oil painting") == "an otter, oil painting"
    assert with_suffix("an otter", "") == "an otter"
