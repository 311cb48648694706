"""How the gallery is asked: what is refused, and what a page holds."""

from typing import Any

import pytest

from image_generation.domain.errors import InvalidInput
from image_generation.domain.gallery import GalleryFilter, PageRequest


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"provider": ""}, "filter.provider"),
        ({"model": "m" * 201}, "filter.model"),
        ({"style": " "}, "filter.style"),
        ({"search": "s" * 501}, "filter.search"),
        ({"search": "a\0b"}, "filter.search"),
        ({"seed": -1}, "filter.seed"),
        ({"seed": 2**32}, "filter.seed"),
        ({"tag": "t" * 65}, "filter.tag"),
    ],
)
def test_a_filter_outside_its_limits_is_refused_by_name(values: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        GalleryFilter(**values).check()

    assert refusal.value.field == field


def test_a_filter_within_its_limits_is_good() -> None:
    GalleryFilter().check()
    GalleryFilter(provider="p", model="m", style="s", search="s", seed=0, tag="t").check()


@pytest.mark.parametrize(
    ("page", "field"),
    [
        (PageRequest(first=-1), "first"),
        (PageRequest(first=101), "first"),
        (PageRequest(last=-1), "last"),
        (PageRequest(last=101), "last"),
        (PageRequest(first=1, last=1), "last"),
        (PageRequest(first=0, last=0), "last"),
    ],
)
def test_a_page_too_large_or_from_both_ends_is_refused(page: PageRequest, field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        page.check()

    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("page", "size", "backward"),
    [
        (PageRequest(), 20, False),
        (PageRequest(first=0), 0, False),
        (PageRequest(first=100), 100, False),
        (PageRequest(last=0), 0, True),
        (PageRequest(last=100), 100, True),
    ],
)
def test_a_page_has_the_size_asked_for_or_twenty(
    page: PageRequest, size: int, backward: bool
) -> None:
    page.check()

    assert (page.size, page.backward) == (size, backward)
