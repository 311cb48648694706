"""What figures there are, and that the same figure has the same bytes."""

from io import BytesIO

import pytest
from PIL import Image

from image_generation.concepts.figures.catalogue import FIGURES, SVG
from image_generation.domain.concepts import ConceptKind


def test_every_concept_has_a_figure() -> None:
    assert {figure.kind for figure in FIGURES.values()} == set(ConceptKind)
    assert len(FIGURES) == 8


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_a_picture_and_the_same_each_time(name: str) -> None:
    figure = FIGURES[name]
    asked = figure.arguments()

    data = figure.draw(asked, None)

    assert figure.draw(asked, None) == data
    assert len(figure.alternative(asked)) > 80
    if figure.media_type == SVG:
        assert data.startswith(b"<?xml")
        assert data.rstrip().endswith(b"</svg>")
    else:
        with Image.open(BytesIO(data)) as picture:
            assert picture.format == "PNG"
