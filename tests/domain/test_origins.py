"""Which term of IPTC a picture gets."""

import pytest

from image_generation.domain.origins import (
    ALGORITHMIC,
    COMPOSITE_SYNTHETIC,
    COMPOSITE_WITH_TRAINED,
    TRAINED,
    Maker,
)

MODEL = Maker("flux", is_algorithm=False)
PAINTER = Maker("painter-1", is_algorithm=True)


def test_what_is_made_from_words_is_the_work_of_its_maker() -> None:
    assert MODEL.term_from_words() == TRAINED
    assert PAINTER.term_from_words() == ALGORITHMIC


@pytest.mark.parametrize(
    ("source", "by_model", "by_painter"),
    [
        (None, COMPOSITE_WITH_TRAINED, COMPOSITE_SYNTHETIC),
        ("digitalCapture", COMPOSITE_WITH_TRAINED, COMPOSITE_SYNTHETIC),
        (TRAINED, TRAINED, COMPOSITE_WITH_TRAINED),
        (COMPOSITE_WITH_TRAINED, COMPOSITE_WITH_TRAINED, COMPOSITE_WITH_TRAINED),
        (ALGORITHMIC, COMPOSITE_WITH_TRAINED, ALGORITHMIC),
        (COMPOSITE_SYNTHETIC, COMPOSITE_WITH_TRAINED, COMPOSITE_SYNTHETIC),
    ],
)
def test_what_is_made_from_a_picture_has_something_of_it(
    source: str | None, by_model: str, by_painter: str
) -> None:
    assert MODEL.term_from_picture(source) == by_model
    assert PAINTER.term_from_picture(source) == by_painter
