"""Pages: walked in either direction they hold what a plain filter over all rows holds."""

import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from image_generation.domain.gallery import GalleryFilter, GalleryOrder, Page, PageRequest
from image_generation.domain.generations import Operation
from image_generation.domain.identifiers import first_of, moment_of
from image_generation.gallery.database import Database, open_database
from image_generation.gallery.gallery import Gallery
from image_generation.gallery.records import Image
from tests.gallery.rows import ADA, check_indexes, insert, picture, picture_row

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 7, 31, 12, 0, tzinfo=UTC)
BATCHES = [UUID(int=1), UUID(int=2)]
SEEDS = [0, 7, 4_294_967_295]
WORDS = ["otter", "castle", "moon"]
TAGS = ["fog", "rain"]


def _rows(number: int) -> list[dict[str, Any]]:
    """Make rows of all kinds, a few in each millisecond; one in three is no picture of Ada's."""
    random = Random(7)
    rows = []
    for place in range(number):
        first = first_of(NOON + timedelta(milliseconds=place // 3))
        rows.append(
            picture_row(
                UUID(int=first.int + (place % 3 << 64) + random.getrandbits(62)),
                owner=random.choice(["ada"] * 9 + ["bob"]),
                provider=random.choice(["p", "q"]),
                model=random.choice(["m", "n"]),
                style=random.choice(["anime", "sketch"]),
                operation=random.choice([Operation.TEXT_TO_IMAGE, Operation.UPLOAD]),
                prompt=" ".join(random.sample(WORDS, random.randint(1, 3))),
                seed=random.choice([None, *SEEDS]),
                batch_id=random.choice([None, *BATCHES]),
                favorite=random.choice([True, False]),
                tags=random.sample(TAGS, random.randint(0, 2)),
                sha256=random.choice(["ab" * 32] * 9 + [None]),
                deleted_at=random.choice([None] * 9 + [NOON]),
            )
        )
    return rows


ROWS = _rows(75)
MOMENTS = [NOON + timedelta(microseconds=250 * step) for step in range(-4, 104, 9)]

filters = st.fixed_dictionaries(
    {},
    optional={
        "provider": st.sampled_from(["p", "nobody"]),
        "model": st.just("m"),
        "style": st.just("anime"),
        "operation": st.sampled_from(Operation),
        "search": st.sampled_from(["otter", "castle moon", "ott* moon"]),
        "seed": st.sampled_from(SEEDS),
        "batch_id": st.sampled_from(BATCHES),
        "favorite": st.booleans(),
        "tag": st.sampled_from(TAGS),
        "created_after": st.sampled_from(MOMENTS),
        "created_before": st.sampled_from(MOMENTS),
    },
).map(lambda values: GalleryFilter(**values))
PLACES = [*(row["id"] for row in ROWS), *map(first_of, MOMENTS)]
orders = st.sampled_from(GalleryOrder)
cursors = st.none() | st.sampled_from(PLACES)


def passes(row: dict[str, Any], wanted: GalleryFilter) -> bool:
    """Whether a row is a picture of Ada's that passes a filter, told without any database."""
    same = ("provider", "model", "style", "operation", "seed", "batch_id", "favorite")
    words = [word.rstrip("*") for word in (wanted.search or "").split()]
    made = moment_of(row["id"])
    return (
        row["owner"] == "ada"
        and row["sha256"] is not None
        and row["deleted_at"] is None
        and all(getattr(wanted, name) in (None, row[name]) for name in same)
        and all(word in row["prompt"] for word in words)
        and (wanted.tag is None or wanted.tag in row["tags"])
        and (wanted.created_after is None or made >= wanted.created_after)
        and (wanted.created_before is None or made < wanted.created_before)
    )


def expected(wanted: GalleryFilter, order: GalleryOrder) -> list[UUID]:
    found = [row["id"] for row in ROWS if passes(row, wanted)]
    return sorted(found, reverse=order is GalleryOrder.NEWEST)


def ids(page: Page[Image]) -> list[UUID]:
    return [image.id for image in page.rows]


@pytest.fixture(scope="module")
async def shelf(empty: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gallery]:
    """A gallery that none of these tests changes."""
    path = tmp_path_factory.mktemp("shelf") / "gallery.db"
    shutil.copyfile(empty, path)
    async with open_database(path) as database:
        await database.write(lambda connection: insert(connection, ROWS))
        await check_indexes(database)
        yield Gallery(database)


def test_the_rows_are_of_all_kinds() -> None:
    assert len(expected(GalleryFilter(), GalleryOrder.OLDEST)) == 62
    assert len(expected(GalleryFilter(tag="fog", search="otter"), GalleryOrder.OLDEST)) == 14


@settings(deadline=None, max_examples=60)
@given(filters, orders, st.integers(2, 40))
async def test_walking_forward_meets_every_picture_once_and_in_order(
    shelf: Gallery, wanted: GalleryFilter, order: GalleryOrder, size: int
) -> None:
    every, walked = expected(wanted, order), list[UUID]()
    page: Page[Image] = Page(has_next=True)

    while page.has_next and len(walked) <= len(every):
        after = walked[-1] if walked else None
        page = await shelf.images(ADA, wanted, order, PageRequest(first=size, after=after))
        assert page.has_previous is bool(walked)
        walked += ids(page)
        assert ids(page) == every[len(walked) - len(page.rows) : len(walked)]
        assert len(page.rows) == size or not page.has_next

    assert walked == every
    assert await shelf.count(ADA, wanted) == len(every)


@settings(deadline=None, max_examples=60)
@given(filters, orders, st.integers(2, 40))
async def test_walking_backward_meets_them_too(
    shelf: Gallery, wanted: GalleryFilter, order: GalleryOrder, size: int
) -> None:
    every, walked = expected(wanted, order), list[UUID]()
    page: Page[Image] = Page(has_previous=True)

    while page.has_previous and len(walked) <= len(every):
        before = walked[0] if walked else None
        page = await shelf.images(ADA, wanted, order, PageRequest(last=size, before=before))
        assert page.has_next is bool(walked)
        walked = ids(page) + walked
        assert len(page.rows) == size or not page.has_previous

    assert walked == every


@settings(deadline=None, max_examples=150)
@given(filters, orders, st.integers(0, 30), st.tuples(cursors, cursors))
async def test_a_page_lies_between_its_cursors_whatever_they_name(
    shelf: Gallery,
    wanted: GalleryFilter,
    order: GalleryOrder,
    size: int,
    cursors: tuple[UUID | None, UUID | None],
) -> None:
    after, before = cursors
    newest = order is GalleryOrder.NEWEST
    every = expected(wanted, order)
    behind = [id for id in every if after is None or (id < after if newest else id > after)]
    ahead = [id for id in every if before is None or (id > before if newest else id < before)]
    between = [id for id in behind if id in ahead]

    first = await shelf.images(
        ADA, wanted, order, PageRequest(first=size, after=after, before=before)
    )
    last = await shelf.images(
        ADA, wanted, order, PageRequest(last=size, after=after, before=before)
    )

    assert ids(first) == between[:size]
    assert (first.has_next, first.has_previous) == (len(between) > size, behind != every)
    assert ids(last) == between[max(0, len(between) - size) :]
    assert (last.has_previous, last.has_next) == (len(between) > size, ahead != every)


@settings(deadline=None, max_examples=60)
@given(filters, st.sampled_from([row["id"] for row in ROWS]))
async def test_a_picture_matches_exactly_the_filters_it_is_listed_under(
    shelf: Gallery, wanted: GalleryFilter, id: UUID
) -> None:
    image = await shelf.matching(ADA, wanted, id)

    assert (image is not None) == (id in expected(wanted, GalleryOrder.NEWEST))
    assert image is None or image.id == id


@pytest.mark.parametrize(
    "wanted", [GalleryFilter(), GalleryFilter(search="otter"), GalleryFilter(tag="fog")]
)
async def test_a_cursor_still_names_its_place_after_its_picture_is_gone(
    gallery: Gallery, database: Database, wanted: GalleryFilter
) -> None:
    made = [await picture(database, tags=["fog"]) for _ in range(5)]
    newest = made[::-1]
    first = await gallery.images(ADA, wanted, GalleryOrder.NEWEST, PageRequest(first=2))
    assert ids(first) == newest[:2]

    await gallery.mark_deleted(ADA, [newest[1]])
    marked = await gallery.images(
        ADA, wanted, GalleryOrder.NEWEST, PageRequest(first=2, after=newest[1])
    )
    await gallery.forget([newest[1]])
    gone = await gallery.images(
        ADA, wanted, GalleryOrder.NEWEST, PageRequest(first=2, after=newest[1])
    )

    assert marked == gone
    assert ids(gone) == newest[2:4]
    assert (gone.has_next, gone.has_previous) == (True, True)


@pytest.mark.parametrize("order", GalleryOrder)
@pytest.mark.parametrize(
    "wanted", [GalleryFilter(), GalleryFilter(search="otter"), GalleryFilter(tag="fog")]
)
async def test_a_cursor_beyond_every_id_is_a_place_like_others(
    shelf: Gallery, wanted: GalleryFilter, order: GalleryOrder
) -> None:
    every = expected(wanted, order)
    ends = (UUID(int=2**128 - 1), UUID(int=0))
    start, end = ends if order is GalleryOrder.NEWEST else ends[::-1]

    all_of_it = await shelf.images(
        ADA, wanted, order, PageRequest(first=100, after=start, before=end)
    )
    nothing = [
        await shelf.images(ADA, wanted, order, PageRequest(first=100, after=end)),
        await shelf.images(ADA, wanted, order, PageRequest(last=100, before=start)),
    ]

    assert ids(all_of_it) == every
    assert (all_of_it.has_next, all_of_it.has_previous) == (False, False)
    assert nothing == [Page(has_previous=True), Page(has_next=True)]


async def test_pictures_made_meanwhile_do_not_shift_the_pages(
    gallery: Gallery, database: Database
) -> None:
    made = [await picture(database) for _ in range(4)]
    first = await gallery.images(ADA, GalleryFilter(), GalleryOrder.NEWEST, PageRequest(first=2))

    await picture(database)
    after = first.rows[-1].id
    second = await gallery.images(
        ADA, GalleryFilter(), GalleryOrder.NEWEST, PageRequest(first=2, after=after)
    )

    assert ids(first) + ids(second) == made[::-1]


async def test_an_empty_gallery_has_one_empty_page(gallery: Gallery) -> None:
    for asked in (PageRequest(), PageRequest(first=0), PageRequest(last=5)):
        assert await gallery.images(ADA, GalleryFilter(), GalleryOrder.NEWEST, asked) == Page()
