"""What people type into the search box, and what they find."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine

from image_generation.domain.errors import InvalidInput
from image_generation.domain.gallery import GalleryFilter
from image_generation.gallery.database import Database
from image_generation.gallery.gallery import Gallery
from image_generation.gallery.ledger import Ledger
from image_generation.gallery.pages import Listing
from image_generation.gallery.search import full_text_query
from tests.gallery.rows import ADA, PICTURE, check_indexes, insert, new_id, picture_row, running

pytestmark = pytest.mark.anyio

PROMPTS = {
    "otter": "Two otters running through a rainy Café, holding hands",
    "castle": "A castle AND a moat, not near the river; 16-bit pixel-art",
    "quote": 'the sign says "open late" in l\'Été',
    "tokyo": "neon rain in 東京 at night, 50% off",
    "mixed": "rain on the castle",
}


async def found(gallery: Gallery, search: str) -> set[str]:
    matching = set()
    for name, id in IDS.items():
        if await gallery.matching(ADA, GalleryFilter(search=search), id):
            matching.add(name)
    assert await gallery.count(ADA, GalleryFilter(search=search)) == len(matching)
    return matching


IDS = {name: new_id() for name in PROMPTS}


@pytest.fixture
async def full(database: Database) -> Gallery:
    rows = [picture_row(IDS[name], prompt=prompt) for name, prompt in PROMPTS.items()]
    await database.write(lambda connection: insert(connection, rows))
    return Gallery(database)


@pytest.mark.parametrize(
    ("search", "names"),
    [
        # every word, in any order and case
        ("rain", {"tokyo", "mixed"}),
        ("castle rain", {"mixed"}),
        ("RAIN Castle", {"mixed"}),
        ("rain otter", set()),
        # phrases
        ('"castle and a moat"', {"castle"}),
        ('"moat a castle"', set()),
        ('"rain on" castle', {"mixed"}),
        ('"open late', {"quote"}),
        ('open"late', {"quote"}),
        # prefixes
        ("rain*", {"otter", "tokyo", "mixed"}),
        ("cast* riv*", {"castle"}),
        ("ott*", {"otter"}),
        ("t*er", set()),
        # word stems
        ("run", {"otter"}),
        ("otter hand", {"otter"}),
        ("castles", {"castle", "mixed"}),
        # accents and other scripts
        ("cafe", {"otter"}),
        ("CAFÉ", {"otter"}),
        ("ete", {"quote"}),
        ("東京", {"tokyo"}),
        ("東*", {"tokyo"}),
        # what is an operator elsewhere is a word here
        ("castle AND moat", {"castle"}),
        ("otter OR castle", set()),
        ("castle NOT near", {"castle"}),
        ("castle NOT rain", set()),
        ("near(the river)", {"castle"}),
        ("NEAR(castle moat)", set()),
        ("prompt:castle", set()),
        ("{prompt} : castle", set()),
        ("^rain", {"tokyo", "mixed"}),
        ("rain + castle", {"mixed"}),
        ("-castle rain", {"mixed"}),
        ("(castle)", {"castle", "mixed"}),
        ("50%", {"tokyo"}),
        ("pixel-art", {"castle"}),
        ("art-pixel", set()),
        ("16-bit", {"castle"}),
        ("l'ete", {"quote"}),
        ("castle; -- DROP TABLE generation", set()),
    ],
)
async def test_words_phrases_and_prefixes_are_found_and_the_rest_is_literal(
    full: Gallery, search: str, names: set[str]
) -> None:
    assert await found(full, search) == names


@pytest.mark.parametrize("search", ["*", '"', '""', "***", "!?", "()", "🦦", "' '", "^*", "-"])
async def test_a_search_without_a_word_is_refused(full: Gallery, search: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await full.count(ADA, GalleryFilter(search=search))

    assert refusal.value.field == "filter.search"
    assert refusal.value.message == "There is no word in it. Give a word to look for."


async def test_enhanced_and_revised_prompts_are_searched_too(
    database: Database, ledger: Ledger
) -> None:
    work = await running(ledger, prompt="an otter")
    await ledger.advance(work, enhanced_prompt="a sleek mustelid", revised_prompt="at golden hour")
    gallery = Gallery(database)
    wanted = GalleryFilter(search="otter mustelid golden")
    assert await gallery.count(ADA, wanted) == 0

    await ledger.succeed(work, PICTURE)

    assert await gallery.count(ADA, wanted) == 1
    assert await gallery.count(ADA, GalleryFilter(search='"otter a sleek"')) == 0
    await check_indexes(database)


async def test_the_longest_search_is_answered(full: Gallery) -> None:
    for search, names in (
        ("a " * 250, {"castle", "otter"}),
        ("r* " * 166, {"otter", "tokyo", "mixed", "castle"}),
        ('"a" ' * 125, {"castle", "otter"}),
        ("x" * 500, set()),
    ):
        GalleryFilter(search=search).check()

        assert await found(full, search) == names


@pytest.fixture(scope="module")
def engine(empty: Path) -> Engine:
    return create_engine(f"sqlite:///file:{empty}?mode=ro&uri=true")


hostile = st.text(
    st.one_of(st.characters(), st.sampled_from("\"'*^:+-(){}[]<>\\%_;,. \t\nANDORTXe\0")),
    min_size=1,
    max_size=60,
)


@settings(deadline=None)
@given(search=hostile)
@example(search='"a" OR NOT')
@example(search="a\ud800")
@example(search="\ue000")
@example(search="a\0b")
def test_no_search_is_more_than_refused(engine: Engine, search: str) -> None:
    wanted = GalleryFilter(search=search)
    with suppress(InvalidInput), engine.connect() as connection:
        wanted.check()

        assert connection.scalar(Listing.of(ADA, wanted).count()) == 0


@given(st.text("ab \"*'", min_size=1, max_size=30))
def test_every_quote_in_a_query_is_closed(search: str) -> None:
    if not any(character.isalnum() for character in search):
        return

    assert full_text_query(search).count('"') % 2 == 0
