"""Landmarks, storms and washes in the painter's pictures, measured on their pixels."""

import numpy as np
import pytest

from tests.providers.test_procedural_looks import STYLES, Values, colourfulness, look

LIGHTHOUSE = "a lighthouse over a stormy sea at sunset"


def gray(values: Values) -> Values:
    """Return the brightness of each pixel, 0…255."""
    tones: Values = values @ np.array([0.299, 0.587, 0.114])
    return tones


def change(prompt: str, without: str, style: str = "default") -> Values:
    """Return how much each pixel changes when something is denied, 0…255."""
    away: Values = np.abs(look(prompt, style) - look(prompt, style, without=without)).max(axis=2)
    return away


def coarse(values: Values) -> Values:
    """Return the brightness of cells of 12 pixels, without the border of a sheet of paper."""
    inner = gray(values)[24:-24, 24:-24]
    cells: Values = inner.reshape(20, 12, 20, 12).mean(axis=(1, 3))
    return cells


@pytest.mark.parametrize(
    ("prompt", "without", "share"),
    [
        (LIGHTHOUSE, "lighthouse", 0.08),
        ("a lighthouse in a meadow at noon", "lighthouses", 0.02),
        ("a tall ship on the sea at noon", "ships", 0.015),
        ("a cabin in the woods at dusk", "cabin", 0.008),
        ("a village on a meadow at noon", "houses", 0.02),
        ("a castle by the sea at noon", "castle", 0.08),
        ("a castle on a hill at noon", "castles", 0.08),
        ("a bridge over a river at noon", "bridge", 0.05),
        ("a bridge before a city at noon", "bridges", 0.03),
        ("a road through a desert at noon", "road", 0.02),
        ("an autumn forest path", "path", 0.05),
        ("a waterfall in the mountains at noon", "waterfall", 0.05),
        ("a man on a meadow at noon", "man", 0.004),
        ("people by the sea at noon", "people", 0.01),
    ],
)
def test_a_landmark_is_painted_and_a_negative_word_takes_it_out(
    prompt: str, without: str, share: float
) -> None:
    assert (change(prompt, without) > 20).mean() > share


@pytest.mark.parametrize("style", STYLES)
def test_a_lighthouse_stands_in_every_style(style: str) -> None:
    assert (change(LIGHTHOUSE, "lighthouse", style) > 20).mean() > 0.04


@pytest.mark.parametrize("seed", range(3))
def test_a_lighthouse_is_a_tall_light_form_on_a_third_of_the_picture(seed: int) -> None:
    prompt = "a lighthouse by the sea at noon"
    with_it = look(prompt, seed=seed)
    touched = np.abs(with_it - look(prompt, seed=seed, without="lighthouse")).max(axis=2) > 20

    # In the sky, above the keeper's house, only the tower changes.
    tower = touched[40:120]
    columns = np.flatnonzero(tower.any(axis=0))
    middle = columns.mean() / 288

    assert tower.any(axis=1).mean() > 0.8
    assert np.ptp(columns) < 40
    assert min(abs(middle - 1 / 3), abs(middle - 2 / 3)) < 0.08
    assert (gray(with_it)[40:160][touched[40:160]] > 190).mean() > 0.15


def test_a_lighthouse_is_mirrored_in_calm_water_and_shines_by_night() -> None:
    below = change("a lighthouse on a lake at noon", "lighthouse")[215:260]
    day, night = (look(f"a lighthouse by the sea at {time}") for time in ("noon", "night"))
    dark = look("a lighthouse by the sea at night", without="lighthouse")

    def lamplight(values: Values) -> float:
        return float((values[..., 0] - values[..., 2] > 40)[:140].mean())

    assert (below > 12).mean() > 0.05
    assert lamplight(night) > lamplight(dark) + 0.005
    assert gray(day).mean() > gray(night).mean() + 40


def test_houses_are_lit_at_dusk_and_dark_at_noon() -> None:
    def lit_windows(time: str) -> float:
        picture = look(f"a village in snow at {time}")
        yellow = (picture[..., 0] > 235) & (picture[..., 0] - picture[..., 2] > 90)
        return float(yellow.mean())

    assert lit_windows("night") > 0.003
    assert lit_windows("noon") == 0


@pytest.mark.parametrize("seed", range(3))
def test_a_stormy_sunset_burns_between_dark_clouds_and_the_sea(seed: int) -> None:
    picture = look("a stormy sea at sunset", seed=seed)
    band, sky, sea = picture[145:160], picture[:90], picture[200:]
    warm = band.mean(axis=(0, 1))

    assert warm[0] > 170
    assert warm[0] > warm[2] + 70
    assert gray(band).mean() > gray(sky).mean() + 25
    assert gray(band).mean() > gray(sea).mean() + 50


@pytest.mark.parametrize("seed", range(3))
def test_a_storm_raises_waves_with_foam(seed: int) -> None:
    calm, storm = (
        gray(look(words, seed=seed))[200:]
        for words in ("a sea at sunset", "a stormy sea at sunset")
    )

    def steepness(sea: Values) -> float:
        return float(np.abs(np.diff(sea, axis=0)).mean())

    assert steepness(storm) > 1.5 * steepness(calm)
    assert np.percentile(storm, 99) > np.median(storm) + 60


def test_lightning_strikes_in_some_storms() -> None:
    strikes = [
        np.abs(np.diff(gray(look("a stormy sea at noon", seed=seed))[:120], axis=1)).max() > 60
        for seed in range(8)
    ]

    assert 1 <= sum(strikes) <= 7


@pytest.mark.parametrize("prompt", ["a city at night", "a city at night in the rain by the sea"])
def test_a_city_by_night_has_bright_windows_before_a_lighter_sky(prompt: str) -> None:
    picture = look(prompt)
    foot = 165 if "sea" in prompt else 240
    towers, above = gray(picture)[foot - 60 : foot], gray(picture)[60:100]

    assert (towers > 170).mean() > 0.015
    assert np.percentile(towers, 25) < above.mean()


@pytest.mark.parametrize(
    "prompt",
    [
        "a city at night in the rain",
        "a stormy sea at night",
        "desert dunes under stars",
        "a winter village in snow at night",
        "an aurora over a frozen lake",
    ],
)
def test_a_dark_scene_is_not_crammed_into_the_lowest_quarter(prompt: str) -> None:
    tones = gray(look(prompt))

    assert (tones > 64).mean() > 0.25
    assert np.percentile(tones, 99) - np.percentile(tones, 5) > 60


WASHED = (
    LIGHTHOUSE,
    "a city at night by the sea in the rain",
    "mountains by a lake at sunset",
    "an autumn forest path",
    "desert dunes under stars",
)


@pytest.mark.parametrize("prompt", WASHED)
def test_watercolor_keeps_the_scene_and_makes_it_lighter_and_purer(prompt: str) -> None:
    plain, wash = look(prompt), look(prompt, "watercolor")

    likeness = np.corrcoef(coarse(plain).ravel(), coarse(wash).ravel())[0, 1]

    assert likeness > 0.85
    assert coarse(wash).mean() > coarse(plain).mean() + 15
    assert colourfulness(wash[24:-24, 24:-24]) > colourfulness(plain[24:-24, 24:-24])


@pytest.mark.parametrize("style", ["artistic", "oil_painting"])
@pytest.mark.parametrize("prompt", WASHED)
def test_strokes_keep_the_regions_of_the_scene_readable(style: str, prompt: str) -> None:
    likeness = np.corrcoef(coarse(look(prompt)).ravel(), coarse(look(prompt, style)).ravel())[0, 1]

    assert likeness > 0.90


@pytest.mark.parametrize(
    ("style", "suffix"),
    [
        ("watercolor", "soft washes, paper texture, wet-on-wet technique"),
        ("cinematic", "anamorphic lens flare, shallow depth of field, 35mm film"),
    ],
)
def test_terms_of_the_craft_are_no_scenery(style: str, suffix: str) -> None:
    plain, styled = look("a lake at noon", style), look(f"a lake at noon, {suffix}", style)

    # Other words, another composition: only what rain or a meadow would do is compared.
    assert abs(gray(plain).mean() - gray(styled).mean()) < 25
    assert styled[-30:, 100:180].mean(axis=(0, 1))[2] > styled[-30:, 100:180].mean(axis=(0, 1))[0]
