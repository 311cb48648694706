"""From words to a scene: what the prompt names, and what it forbids."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum, auto
from itertools import pairwise

from image_generation.providers.procedural.canvas import Colour
from image_generation.providers.procedural.lexicon import COLOURS, PHRASES, WORDS


class Subject(StrEnum):
    """What can be painted."""

    WATER = auto()
    MOUNTAINS = auto()
    FOREST = auto()
    CITY = auto()
    DESERT = auto()
    MEADOW = auto()
    FLOWERS = auto()
    SKY = auto()
    CLOUDS = auto()
    STARS = auto()
    MOON = auto()
    SUN = auto()
    AURORA = auto()
    BOAT = auto()
    SHIP = auto()
    LIGHTHOUSE = auto()
    HOUSE = auto()
    VILLAGE = auto()
    CASTLE = auto()
    BRIDGE = auto()
    ROAD = auto()
    WATERFALL = auto()
    BIRDS = auto()
    PERSON = auto()
    PEOPLE = auto()
    FIGURE = auto()


class Time(StrEnum):
    """The time of day."""

    DAWN = auto()
    NOON = auto()
    SUNSET = auto()
    NIGHT = auto()


class Weather(StrEnum):
    """The weather; several may come together."""

    RAIN = auto()
    SNOW = auto()
    FOG = auto()
    STORM = auto()


class Season(StrEnum):
    """The time of year."""

    SPRING = auto()
    SUMMER = auto()
    AUTUMN = auto()
    WINTER = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What the words ask for. `absent` holds the meanings that must not appear.

    `tints` are the colours named, in order; `own` gives a subject the colour that stood
    right before it ("red flowers").
    """

    subjects: frozenset[Subject]
    time: Time | None = None
    weather: frozenset[Weather] = frozenset()
    season: Season | None = None
    tints: tuple[Colour, ...] = ()
    own: Mapping[Subject, Colour] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()

    def has(self, *subjects: Subject) -> bool:
        """Whether any of the subjects is in the scene."""
        return any(subject in self.subjects for subject in subjects)

    def allows(self, meaning: str) -> bool:
        """Whether something may be added unasked."""
        return meaning not in self.absent


_DENIALS = frozenset({"no", "without"})
_LETTERS = re.compile(r"[^\W\d_]+")


def read(prompt: str, negative_prompt: str | None) -> Scene:
    """Return the scene of a prompt. Whole words count, in any case, singular or plural."""
    tokens = _tokens(prompt)
    denied = {
        meaning
        for before, token in zip(["", *tokens], tokens, strict=False)
        if before in _DENIALS
        for meaning in _meanings(token)
    }
    absent = frozenset(denied | set(_all_meanings(_tokens(negative_prompt or ""))))
    meanings = [meaning for meaning in _all_meanings(tokens) if meaning not in absent]
    return Scene(
        subjects=frozenset(subject for subject in Subject if subject in meanings),
        time=next((Time(word) for word in meanings if word in set(Time)), None),
        weather=frozenset(weather for weather in Weather if weather in meanings),
        season=next((Season(word) for word in meanings if word in set(Season)), None),
        tints=tuple(COLOURS[word] for word in dict.fromkeys(meanings) if word in COLOURS),
        own=_own_colours(tokens, absent),
        absent=absent,
    )


def _tokens(text: str) -> list[str]:
    lowered = " ".join(_LETTERS.findall(text.lower()))
    for phrase, word in PHRASES.items():
        lowered = re.sub(rf"\b{phrase}\b", word, lowered)
    return lowered.split()


def _all_meanings(tokens: list[str]) -> Iterator[str]:
    for token in tokens:
        yield from _meanings(token)


def _meanings(token: str) -> tuple[str, ...]:
    for form in _singulars(token):
        if form in WORDS:
            return WORDS[form]
    return ()


def _singulars(token: str) -> Iterator[str]:
    yield token
    if token.endswith("ies"):
        yield token[:-3] + "y"
    if token.endswith("es"):
        yield token[:-2]
    if token.endswith("s"):
        yield token[:-1]


def _own_colours(tokens: list[str], absent: frozenset[str]) -> dict[Subject, Colour]:
    own: dict[Subject, Colour] = {}
    for before, token in pairwise(tokens):
        colours = [word for word in _meanings(before) if word in COLOURS and word not in absent]
        subjects = [word for word in _meanings(token) if word in set(Subject)]
        if colours and subjects:
            own[Subject(subjects[-1])] = COLOURS[colours[0]]
    return own
