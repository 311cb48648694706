"""What the painter's pictures look like, measured on their pixels."""

from functools import cache
from io import BytesIO
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from image_generation.domain.generations import Operation
from image_generation.providers.base import ProviderRequest
from image_generation.providers.procedural.canvas import png
from image_generation.providers.procedural.graphic import PIXEL_COLOURS, pixel_block
from image_generation.providers.procedural.painter import paint

Values: TypeAlias = npt.NDArray[np.float64]

STYLES = (
    "photorealistic",
    "artistic",
    "anime",
    "cinematic",
    "digital_art",
    "watercolor",
    "oil_painting",
    "pixel_art",
    "sketch",
)


@cache
def look(
    prompt: str, style: str = "default", *, without: str | None = None, seed: int = 3
) -> Values:
    """Return the picture of a prompt, 0…255, shape (288, 288, 3)."""
    request = ProviderRequest(
        operation=Operation.TEXT_TO_IMAGE,
        model="painter-1",
        prompt=prompt,
        negative_prompt=without,
        style=style,
        width=288,
        height=288,
        steps=30,
        guidance_scale=7.5,
        seed=seed,
    )
    *_, last = paint(request)
    with Image.open(BytesIO(png(last.pixels))) as picture:
        return np.asarray(picture, dtype=np.float64)


def colourfulness(values: Values) -> float:
    """Return the mean distance between a pixel's strongest and weakest channel."""
    return float(np.ptp(values, axis=2).mean())


def roughness(values: Values) -> float:
    """Return the mean difference between neighbours."""
    return float(np.abs(np.diff(values, axis=1)).mean())


def test_night_is_darker_than_sunset_and_sunset_than_noon() -> None:
    night, sunset, noon = (look(f"a lake at {time}").mean() for time in ("night", "sunset", "noon"))

    assert night + 40 < sunset
    assert sunset + 10 < noon


def test_a_sea_mirrors_its_sky() -> None:
    sea = look("a calm sea at sunset")
    sky, water = sea[60:160].mean(axis=(0, 1)), sea[185:280].mean(axis=(0, 1))

    assert water.mean() < sky.mean()
    assert np.corrcoef(sky, water)[0, 1] > 0.5


def test_a_noon_sky_is_blue_and_a_meadow_is_green() -> None:
    meadow = look("a meadow at noon")
    sky, ground = meadow[:80].mean(axis=(0, 1)), meadow[190:].mean(axis=(0, 1))

    assert sky[2] > sky[0] + 20
    assert ground[1] > ground[0] + 10
    assert ground[1] > ground[2] + 10


def test_dunes_are_sand_and_fog_is_pale_and_flat() -> None:
    dunes = look("desert dunes at noon")[190:].mean(axis=(0, 1))
    clear, foggy = look("a forest at noon"), look("a forest at noon in fog")

    assert dunes[0] > dunes[1] > dunes[2]
    assert foggy.std() < clear.std()


def test_a_city_by_night_has_lights_that_are_mirrored_in_the_sea() -> None:
    city = look("a city at night by the sea")
    towers, water, sky = city[90:165], city[190:280], city[:30]

    def lamps(part: Values) -> float:
        return float((part[..., 0] - part[..., 2] > 40).mean())

    assert lamps(towers) > 0.01
    assert lamps(water) > 0.001
    assert lamps(sky) < 0.001


@pytest.mark.parametrize("weather", ["rain", "snow", "storm"])
def test_weather_takes_colour_away(weather: str) -> None:
    assert colourfulness(look(f"a sea at noon, {weather}")) < colourfulness(look("a sea at noon"))


def test_autumn_trees_are_warmer_than_summer_trees() -> None:
    summer = look("trees in a meadow, summer, noon")[110:].mean(axis=(0, 1))
    autumn = look("trees in a meadow, autumn, noon")[110:].mean(axis=(0, 1))

    assert autumn[0] - autumn[1] > summer[0] - summer[1] + 20


@pytest.mark.parametrize(("colour", "channel"), [("red", 0), ("green", 1), ("blue", 2)])
def test_a_colour_named_tints_the_picture(colour: str, channel: int) -> None:
    tinted = look(f"{colour} dreams").mean(axis=(0, 1))

    assert int(tinted.argmax()) == channel


def test_a_negative_prompt_clears_the_sky() -> None:
    cloudy = look("clouds in the sky over a lake at noon")
    clear = look("clouds in the sky over a lake at noon", without="clouds")

    def unevenness(sky: Values) -> float:
        return float(np.abs(np.diff(sky[:140, ::8], axis=1)).mean())

    assert unevenness(clear) < 0.6 * unevenness(cloudy)


@pytest.mark.parametrize(
    ("prompt", "without", "share"),
    [
        ("aurora over a lake at night", "aurora", 0.15),
        ("stars and a moon over dunes", "stars", 0.02),
        ("birds over a sea at noon", "birds", 0.0005),
        ("a red boat on the sea at noon", "boat", 0.002),
        ("red flowers on a meadow at noon", "flowers", 0.03),
        ("wildflowers on a snowy meadow at noon", "wildflower", 0.03),
        ("red trees on a meadow at noon", "trees", 0.01),
        ("a forest below mountains at noon", "forest", 0.2),
        ("a blue forest in winter", "forest", 0.2),
        ("mountains and trees in spring by a lake", "trees", 0.01),
        ("mountains behind a city at noon", "mountains", 0.003),
        ("a city behind a meadow at noon", "city", 0.05),
        ("a portrait of a queen on the moon", "portrait queen", 0.5),
    ],
)
def test_a_negative_word_takes_its_subject_out(prompt: str, without: str, share: float) -> None:
    change = np.abs(look(prompt) - look(prompt, without=without)).max(axis=2)

    assert (change > 12).mean() > share


@pytest.mark.parametrize("without", [None, "water", "water mountains meadow"])
def test_a_sky_named_alone_gets_land_unless_that_is_denied(without: str | None) -> None:
    picture = look("a purple sky at sunset", without=without)

    assert np.abs(picture[100] - picture[-20]).mean() > 10


def test_an_aurora_is_green_and_flowers_have_the_colour_named() -> None:
    aurora = look("aurora over a lake at night")[:120].mean(axis=(0, 1))
    red = look("red flowers on a meadow at noon")[200:]

    assert aurora[1] > 1.3 * aurora[0]
    assert ((red[..., 0] > 150) & (red[..., 1] < 110)).mean() > 0.02


@pytest.mark.parametrize("seed", range(6))
def test_abstract_pictures_are_rich_for_every_seed(seed: int) -> None:
    picture = look("jazz", seed=seed)

    assert picture.std() > 20
    assert colourfulness(picture) > 15


def test_a_negative_prompt_puts_out_the_moon_and_its_path_on_the_water() -> None:
    moonlit = look("a lake at night")
    dark = look("a lake at night", without="moon")

    assert moonlit.max() > 200
    assert (dark.mean(axis=2) > 120).mean() < 0.2 * (moonlit.mean(axis=2) > 120).mean()


def test_words_that_name_no_scene_give_different_forms() -> None:
    pictures = [look(words) for words in ("silence", "a theory of everything", "jazz")]

    assert all(picture.std() > 15 for picture in pictures)
    assert np.abs(pictures[0] - pictures[1]).mean() > 10
    assert np.abs(pictures[1] - pictures[2]).mean() > 10


@pytest.mark.parametrize("first", STYLES)
def test_each_style_looks_unlike_the_plain_one(first: str) -> None:
    prompt = "mountains by a lake at sunset"

    assert np.abs(look(prompt, first) - look(prompt)).mean() > 6


def test_an_unknown_style_is_finished_plainly() -> None:
    plain, unknown = look("a sea at noon"), look("a sea at noon", "my own style")

    assert abs(roughness(plain) - roughness(unknown)) < 1.5


def test_a_sketch_is_gray_on_light_paper() -> None:
    sketch = look("mountains by a lake at noon", "sketch")

    assert colourfulness(sketch) == 0
    assert np.percentile(sketch, 95) > 215
    assert np.percentile(sketch, 2) < 130


def test_pixel_art_has_blocks_and_few_colours() -> None:
    art = look("a city at sunset", "pixel_art")
    block = pixel_block(288, 288)
    cells = art.reshape(288 // block, block, 288 // block, block, 3)

    assert np.array_equal(cells, np.broadcast_to(cells[:, :1, :, :1], cells.shape))
    assert len(np.unique(art.reshape(-1, 3), axis=0)) <= PIXEL_COLOURS


def test_watercolor_leaves_the_border_of_the_paper_bare() -> None:
    wash = look("mountains by a lake at sunset", "watercolor")
    border = np.concatenate([wash[:4].reshape(-1, 3), wash[:, :4].reshape(-1, 3)])

    assert np.percentile(border, 1) > 210
    assert wash[100:180, 100:180].mean() < 215


def test_cinematic_darkens_the_corners_and_cools_the_shadows() -> None:
    plain, film = look("a lake at sunset"), look("a lake at sunset", "cinematic")
    shadows = film[film.mean(axis=2) < 60].mean(axis=0)

    assert film[:24, :24].mean() < 0.75 * plain[:24, :24].mean()
    assert shadows[2] > shadows[0]


def test_digital_art_and_anime_are_more_colourful_than_a_photograph() -> None:
    prompt = "mountains by a lake at noon"
    photograph = colourfulness(look(prompt, "photorealistic"))

    assert colourfulness(look(prompt, "digital_art")) > 1.25 * photograph
    assert colourfulness(look(prompt, "anime")) > 1.25 * photograph


def test_a_photograph_has_grain_and_anime_has_flat_tones() -> None:
    prompt = "a clear sky over a sea at noon"
    photograph, plain, cel = (
        look(prompt, style, without="clouds") for style in ("photorealistic", "default", "anime")
    )

    assert roughness(photograph[:60]) > 2 * roughness(plain[:60])
    assert roughness(cel[:60]) < 0.5 * roughness(photograph[:60])


@pytest.mark.parametrize("style", ["artistic", "oil_painting"])
def test_brushes_leave_strokes(style: str) -> None:
    prompt = "a clear sky over a sea at noon"
    plain, brushed = look(prompt, without="clouds"), look(prompt, style, without="clouds")

    assert roughness(brushed[:60]) > 3 * roughness(plain[:60])
