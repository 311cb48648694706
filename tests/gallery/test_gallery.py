"""The gallery: pictures, their marks, their end, and whose they are."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from image_generation.domain.gallery import GalleryFilter, GalleryOrder, Page, PageRequest
from image_generation.domain.identifiers import moment_of
from image_generation.gallery.database import Database
from image_generation.gallery.gallery import Gallery
from image_generation.gallery.ledger import Ledger
from image_generation.gallery.scope import EVERYBODY, Scope
from tests.gallery.rows import ADA, BOB, accepted, check_indexes, new_id, picture, snapshot

pytestmark = pytest.mark.anyio

NEWEST = GalleryOrder.NEWEST

Question = Callable[[Gallery, Scope, UUID], Awaitable[object]]

QUESTIONS: dict[str, tuple[Question, object]] = {
    "images": (lambda g, s, _: g.images(s, GalleryFilter(), NEWEST, PageRequest()), Page()),
    "images after": (
        lambda g, s, id: g.images(s, GalleryFilter(), NEWEST, PageRequest(after=id)),
        Page(),
    ),
    "images before": (
        lambda g, s, id: g.images(s, GalleryFilter(), NEWEST, PageRequest(last=9, before=id)),
        Page(),
    ),
    "search": (
        lambda g, s, _: g.images(s, GalleryFilter(search="otter"), NEWEST, PageRequest()),
        Page(),
    ),
    "tag": (
        lambda g, s, _: g.images(s, GalleryFilter(tag="rain"), NEWEST, PageRequest()),
        Page(),
    ),
    "search and tag": (
        lambda g, s, _: g.images(
            s, GalleryFilter(search="otter", tag="rain"), NEWEST, PageRequest()
        ),
        Page(),
    ),
    "count": (lambda g, s, _: g.count(s, GalleryFilter()), 0),
    "count of a search": (lambda g, s, _: g.count(s, GalleryFilter(search="otter")), 0),
    "count of a tag": (lambda g, s, _: g.count(s, GalleryFilter(tag="rain")), 0),
    "matching": (lambda g, s, id: g.matching(s, GalleryFilter(), id), None),
    "matching a tag": (lambda g, s, id: g.matching(s, GalleryFilter(tag="rain"), id), None),
    "derived": (lambda g, s, id: g.derived(s, [(id, PageRequest())]), {}),
    "count derived": (lambda g, s, id: g.count_derived(s, [id]), {}),
    "images by id": (lambda g, s, id: g.images_by_id(s, [id]), {}),
    "generations by id": (lambda g, s, id: g.generations_by_id(s, [id]), {}),
    "update": (lambda g, s, id: g.update_image(s, id, {"favorite": False}), None),
    "update nothing": (lambda g, s, id: g.update_image(s, id, {}), None),
    "mark deleted": (lambda g, s, id: g.mark_deleted(s, [id]), []),
}


@pytest.mark.parametrize(("ask", "nothing"), QUESTIONS.values(), ids=QUESTIONS.keys())
async def test_what_is_hers_is_nobody_else_s(
    gallery: Gallery, database: Database, ask: Question, nothing: object
) -> None:
    id = await picture(database, tags=["rain"], favorite=True)
    await picture(database, source_id=id)
    before = await snapshot(database)

    assert await ask(gallery, BOB, id) == nothing

    assert await snapshot(database) == before
    assert await ask(gallery, EVERYBODY, id) != nothing


def test_every_question_of_the_gallery_is_asked_above() -> None:
    asked = {name for ask, _ in QUESTIONS.values() for name in ask.__code__.co_names}
    unscoped = {"deleted", "forget"}

    assert {name for name in vars(Gallery) if not name.startswith("_")} - unscoped <= asked


async def test_a_picture_shows_what_was_asked_and_when(
    gallery: Gallery, database: Database
) -> None:
    id = await picture(database, prompt="a tea house", provider="p", model="m", style="s", seed=7)

    image = (await gallery.images_by_id(ADA, [id]))[id]

    assert (image.prompt, image.provider, image.model) == ("a tea house", "p", "m")
    assert (image.style, image.seed, image.batch_id, image.source_id) == ("s", 7, None, None)
    assert image.created_at == moment_of(id)


async def test_among_many_ids_those_that_are_there_are_found(
    gallery: Gallery, database: Database, ledger: Ledger
) -> None:
    ids = [await picture(database) for _ in range(3)]
    waiting = (await accepted(ledger)).id

    assert (await gallery.images_by_id(ADA, [*ids, waiting, new_id()])).keys() == {*ids}
    assert (await gallery.generations_by_id(ADA, [*ids, waiting])).keys() == {*ids, waiting}
    assert await gallery.images_by_id(ADA, []) == {}


async def test_work_without_a_picture_is_not_in_the_gallery(
    gallery: Gallery, ledger: Ledger
) -> None:
    waiting = (await accepted(ledger)).id

    assert await gallery.images(ADA, GalleryFilter(), NEWEST, PageRequest()) == Page()
    assert await gallery.count(ADA, GalleryFilter(search="otter")) == 0
    assert await gallery.update_image(ADA, waiting, {"favorite": True}) is None
    assert await gallery.mark_deleted(ADA, [waiting]) == []


async def test_marks_are_set_one_by_one_and_the_picture_comes_back(
    gallery: Gallery, database: Database
) -> None:
    id = await picture(database)

    favorite = await gallery.update_image(ADA, id, {"favorite": True})
    tagged = await gallery.update_image(ADA, id, {"tags": ["rain", "Otter", "fog"]})
    same = await gallery.update_image(ADA, id, {})

    assert favorite is not None
    assert (favorite.favorite, favorite.tags) == (True, [])
    assert tagged is not None
    assert (tagged.favorite, tagged.tags) == (True, ["rain", "Otter", "fog"])
    assert same == tagged
    assert await gallery.count(ADA, GalleryFilter(favorite=True)) == 1
    assert await gallery.count(ADA, GalleryFilter(favorite=False)) == 0
    await check_indexes(database)


@pytest.mark.parametrize(
    ("tags", "wanted", "found"),
    [
        (["rain"], "rain", True),
        (["rain"], "Rain", False),
        (["rain"], "rai", False),
        (["rain", "rain"], "rain", True),
        (["sun"], "rain", False),
        ([], "rain", False),
        (['it\'s 100% "wet"'], 'it\'s 100% "wet"', True),
        (["élan", "雨"], "雨", True),
        (["1"], "1", True),
    ],
)
async def test_a_tag_is_found_exactly_as_it_is(
    gallery: Gallery, database: Database, tags: list[str], wanted: str, found: bool
) -> None:
    id = await picture(database, tags=["before", "rain"])
    await gallery.update_image(ADA, id, {"tags": tags})

    assert await gallery.count(ADA, GalleryFilter(tag=wanted)) == found
    assert await gallery.count(ADA, GalleryFilter(tag="before")) == 0
    await check_indexes(database)


async def test_deleting_takes_the_picture_out_at_once_and_for_good(
    gallery: Gallery, database: Database
) -> None:
    kept = await picture(database, tags=["rain"])
    gone = await picture(database, tags=["rain"], prompt="an otter in the sun")

    marked = await gallery.mark_deleted(ADA, [gone, new_id()])

    assert marked == [gone]
    assert await gallery.deleted() == [gone]
    for wanted in (GalleryFilter(), GalleryFilter(search="otter"), GalleryFilter(tag="rain")):
        page = await gallery.images(ADA, wanted, NEWEST, PageRequest())
        assert [image.id for image in page.rows] == [kept]
        assert await gallery.count(ADA, wanted) == 1
        assert await gallery.matching(ADA, wanted, gone) is None
    assert await gallery.generations_by_id(ADA, [gone]) == {}
    assert await gallery.update_image(ADA, gone, {"favorite": True}) is None
    assert await gallery.mark_deleted(ADA, [gone]) == []
    await check_indexes(database)

    await gallery.forget([gone])

    assert await gallery.deleted() == []
    assert len(await snapshot(database)) == 1
    await check_indexes(database)


async def test_only_what_was_marked_deleted_is_forgotten(
    gallery: Gallery, database: Database, ledger: Ledger
) -> None:
    id, waiting = await picture(database), (await accepted(ledger)).id

    await gallery.forget([id, waiting, new_id()])

    assert (await gallery.generations_by_id(ADA, [id, waiting])).keys() == {id, waiting}
