"""What the painter reads in a prompt."""

import pytest

from image_generation.providers.procedural.lexicon import COLOURS
from image_generation.providers.procedural.words import Season, Subject, Time, Weather, read


@pytest.mark.parametrize(
    ("prompt", "subject"),
    [
        ("The OCEAN", Subject.WATER),
        ("two lakes", Subject.WATER),
        ("beaches", Subject.WATER),
        ("Mountains!", Subject.MOUNTAINS),
        ("alpine peaks", Subject.MOUNTAINS),
        ("old trees", Subject.FOREST),
        ("three cities", Subject.CITY),
        ("sand dunes", Subject.DESERT),
        ("daisies", Subject.FLOWERS),
        ("house plants", Subject.MEADOW),
        ("northern lights", Subject.AURORA),
        ("a starry sky", Subject.STARS),
        ("a self portrait", Subject.FIGURE),
        ("Lighthouses", Subject.LIGHTHOUSE),
        ("a light house", Subject.LIGHTHOUSE),
        ("fortresses", Subject.CASTLE),
        ("two cottages", Subject.VILLAGE),
        ("a log cabin", Subject.HOUSE),
        ("a sailing boat", Subject.BOAT),
        ("galleons", Subject.SHIP),
        ("viaducts", Subject.BRIDGE),
        ("a winding trail", Subject.ROAD),
        ("Niagara water falls", Subject.WATERFALL),
        ("wanderers", Subject.PERSON),
        ("a crowd", Subject.PEOPLE),
        ("seagulls", Subject.BIRDS),
    ],
)
def test_a_word_names_its_subject_in_any_case_and_number(prompt: str, subject: Subject) -> None:
    assert subject in read(prompt, None).subjects


def test_only_whole_words_count() -> None:
    scene = read("seasoned citywide skyward forestry monday", None)

    assert scene.subjects == frozenset()
    assert scene.time is None


def test_words_combine() -> None:
    scene = read("a city at night by the sea in the rain, autumn", None)

    assert scene.subjects == {Subject.CITY, Subject.WATER}
    assert scene.time is Time.NIGHT
    assert scene.weather == {Weather.RAIN}
    assert scene.season is Season.AUTUMN


@pytest.mark.parametrize(
    ("prompt", "negative"),
    [("a sky with clouds", "cloud"), ("a sky, no clouds", None), ("a sky without clouds", "text")],
)
def test_what_is_denied_is_absent(prompt: str, negative: str | None) -> None:
    scene = read(prompt, negative)

    assert scene.subjects == {Subject.SKY}
    assert not scene.allows(Subject.CLOUDS)


def test_colours_tint_the_picture_and_belong_to_the_word_they_precede() -> None:
    scene = read("red flowers and a golden city", None)

    assert scene.tints == (COLOURS["red"], COLOURS["gold"])
    assert scene.own[Subject.FLOWERS] == COLOURS["red"]
    assert scene.own[Subject.CITY] == COLOURS["gold"]


def test_a_golden_hour_is_a_time_and_no_colour() -> None:
    scene = read("a meadow at golden hour", None)

    assert (scene.time, scene.tints) == (Time.SUNSET, ())


@pytest.mark.parametrize("words", ["wet-on-wet technique", "shallow depth of field"])
def test_terms_of_the_craft_name_nothing(words: str) -> None:
    scene = read(words, None)

    assert (scene.subjects, scene.weather) == (frozenset(), frozenset())


def test_denied_people_are_gone_whether_one_or_many() -> None:
    scene = read("people and a woman on a beach", "people")

    assert not scene.has(Subject.PERSON, Subject.PEOPLE)
    assert scene.has(Subject.WATER)
