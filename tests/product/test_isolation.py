"""Whatever callers do, in whatever order: nothing of one comes to another."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from image_generation.domain.callers import Role
from image_generation.graphql.identifiers import NodeKind, read_id
from image_generation.services.addresses import NO_PICTURE
from tests.product.guests import asking, keys_for
from tests.product.running import GENERATE, PROGRESS, Running, running

pytestmark = pytest.mark.anyio

NAMES = ("ada", "bob", "eve")

MAKE = """
mutation ($key: String!) {
  generateBatch(input: {prompt: "a sea", count: 1, wait: true, idempotencyKey: $key}) {
    batch { id generations { edges { node { id image { id url } } } } }
  }
}
"""
GALLERY = """
query ($filter: GalleryFilter) {
  gallery(first: 100, filter: $filter) { totalCount edges { node { id favorite tags } } }
}
"""
BATCHES = "{ batches(first: 100) { edges { node { id } } } }"
MARK = """
mutation ($id: ID!, $tag: String!) {
  updateImage(input: {id: $id, favorite: true, tags: [$tag]}) { image { id } }
}
"""
WATCH_BATCH = "subscription ($id: ID!) { batchProgress(id: $id) { batch { id } } }"


def uuid_of(id: str) -> str:
    """Return the row's id, which stands in addresses."""
    return str(read_id(NodeKind.IMAGE, id, "id"))


@dataclass
class Things:
    """What one caller has made, and the tags on it."""

    name: str
    guest: Running
    image: str
    generation: str
    batch: str
    tags: list[str]

    @property
    def ids(self) -> dict[str, str]:
        return {"image": self.image, "generation": self.generation, "batch": self.batch}


@dataclass(frozen=True)
class Try:
    """One caller tries something with what is another's, or their own."""

    who: Things
    whose: Things

    @property
    def is_own(self) -> bool:
        return self.who is self.whose

    async def finds(self, query: str, **variables: Any) -> None:
        """Ask for a field that is null unless the thing is one's own."""
        [found] = (await self.who.guest.ask(query, **variables)).values()
        assert (found is not None) == self.is_own

    async def may(self, query: str, **variables: Any) -> None:
        """Do what is `NOT_FOUND` unless the thing is one's own."""
        answer = (await self.who.guest.post(query, **variables)).json()
        codes = [error["extensions"]["code"] for error in answer.get("errors", [])]
        assert codes == ([] if self.is_own else ["NOT_FOUND"])

    async def opens(self, address: str) -> None:
        """Open an address by key alone, which is 404 unless the picture is one's own."""
        response = await self.who.guest.client.get(address)
        if self.is_own:
            assert response.status_code == 200
            assert response.headers["cache-control"] == "private, no-cache"
        else:
            unknown = address.replace(uuid_of(self.whose.image), str(UUID(int=0)))
            absent = await self.who.guest.client.get(unknown)
            assert (response.status_code, response.content) == (404, absent.content)
            assert response.json()["errors"][0]["message"] == NO_PICTURE


Attempt = Callable[[Try], Awaitable[None]]


async def look(attempt: Try) -> None:
    for name, id in attempt.whose.ids.items():
        await attempt.finds(f"query ($id: ID!) {{ {name}(id: $id) {{ id }} }}", id=id)
        await attempt.finds("query ($id: ID!) { node(id: $id) { id } }", id=id)


async def look_at_many(attempt: Try) -> None:
    ids = list(attempt.whose.ids.values())
    answer = await attempt.who.guest.ask(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids
    )
    assert [node is not None for node in answer["nodes"]] == [attempt.is_own] * 3


async def read_bytes(attempt: Try) -> None:
    await attempt.finds("query ($id: ID!) { image(id: $id) { base64 } }", id=attempt.whose.image)


async def open_image(attempt: Try) -> None:
    for wish in ("", "?w=64", "?w=64&h=32&fit=cover&format=png"):
        await attempt.opens(f"/images/{uuid_of(attempt.whose.image)}{wish}")


async def open_figure(attempt: Try) -> None:
    picture = uuid_of(attempt.whose.image)
    await attempt.opens(f"/figures/vector-quantization?image={picture}&codes=2")


async def list_figures(attempt: Try) -> None:
    figures = """query ($id: ID!) {
      concept(kind: VAE) { figures(options: {imageId: $id, codes: 2}) { name url } }
    }"""
    await attempt.may(figures, id=attempt.whose.image)


async def filter_by_batch(attempt: Try) -> None:
    answer = await attempt.who.guest.ask(GALLERY, filter={"batchId": attempt.whose.batch})
    assert answer["gallery"]["totalCount"] == int(attempt.is_own)


async def filter_by_tag(attempt: Try) -> None:
    for tag in attempt.whose.tags:
        answer = await attempt.who.guest.ask(GALLERY, filter={"tag": tag})
        assert answer["gallery"]["totalCount"] == int(tag in attempt.who.tags)


async def mark(attempt: Try) -> None:
    tag = f"of {attempt.who.name}"
    if attempt.is_own:
        attempt.who.tags[:] = [tag]
    await attempt.may(MARK, id=attempt.whose.image, tag=tag)


async def cancel(attempt: Try) -> None:
    stop = "mutation ($id: ID!) { cancelGeneration(id: $id) { generation { id } } }"
    await attempt.may(stop, id=attempt.whose.generation)


async def cancel_batch(attempt: Try) -> None:
    stop = "mutation ($id: ID!) { cancelBatch(id: $id) { batch { id } } }"
    await attempt.may(stop, id=attempt.whose.batch)


async def retry_batch(attempt: Try) -> None:
    again = "mutation ($id: ID!) { retryBatch(id: $id) { batch { id } } }"
    await attempt.may(again, id=attempt.whose.batch)


async def watch(attempt: Try) -> None:
    for query, id in ((PROGRESS, attempt.whose.generation), (WATCH_BATCH, attempt.whose.batch)):
        if attempt.is_own:
            assert [event async for event in attempt.who.guest.watch(query, id=id)] != []
        else:
            with pytest.raises(AssertionError, match="NOT_FOUND"):
                [event async for event in attempt.who.guest.watch(query, id=id)]


async def delete_anothers(attempt: Try) -> None:
    if not attempt.is_own:
        delete = "mutation ($id: ID!) { deleteImages(ids: [$id]) { deletedIds } }"
        answer = await attempt.who.guest.ask(delete, id=attempt.whose.image)
        assert answer == {"deleteImages": {"deletedIds": []}}


async def start_from_anothers(attempt: Try) -> None:
    if not attempt.is_own:
        again = "mutation ($id: ID!) { regenerate(input: {imageId: $id}) { generation { id } } }"
        edit = """mutation ($id: ID!) {
          img2img(input: {prompt: "a sea", image: {imageId: $id}}) { generation { id } }
        }"""
        await attempt.may(again, id=attempt.whose.image)
        await attempt.may(edit, id=attempt.whose.image)


async def use_the_same_key(attempt: Try) -> None:
    answer = await attempt.who.guest.ask(MAKE, key="everybody's")
    assert answer["generateBatch"]["batch"]["id"] == attempt.who.batch
    error = await attempt.who.guest.error(
        GENERATE, input={"prompt": "another", "idempotencyKey": "everybody's"}
    )
    assert error["code"] == "CONFLICT"


ATTEMPTS: tuple[Attempt, ...] = (
    look,
    look_at_many,
    read_bytes,
    open_image,
    open_figure,
    list_figures,
    filter_by_batch,
    filter_by_tag,
    mark,
    cancel,
    cancel_batch,
    retry_batch,
    watch,
    delete_anothers,
    start_from_anothers,
    use_the_same_key,
)


@pytest.fixture(scope="module")
async def things(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, Things]]:
    folder = tmp_path_factory.mktemp("house")
    path, keys = keys_for(folder, ada=Role.MEMBER, bob=Role.MEMBER, eve=Role.ADMIN)
    async with running(folder, api_keys_file=path) as house, AsyncExitStack() as stack:
        made = {}
        for name in NAMES:
            guest = await stack.enter_async_context(asking(house, keys[name]))
            batch = (await guest.ask(MAKE, key="everybody's"))["generateBatch"]["batch"]
            [edge] = batch["generations"]["edges"]
            work = edge["node"]
            made[name] = Things(name, guest, work["image"]["id"], work["id"], batch["id"], [])
        yield made


@settings(
    max_examples=20,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    st.lists(
        st.tuples(st.sampled_from(NAMES), st.sampled_from(ATTEMPTS), st.sampled_from(NAMES)),
        min_size=3,
        max_size=8,
    )
)
async def test_nothing_crosses_from_one_caller_to_another(
    things: dict[str, Things], steps: list[tuple[str, Attempt, str]]
) -> None:
    for who, attempt, whose in steps:
        await attempt(Try(things[who], things[whose]))

    for theirs in things.values():
        gallery = (await theirs.guest.ask(GALLERY))["gallery"]
        batches = (await theirs.guest.ask(BATCHES))["batches"]
        mine = {"id": theirs.image, "favorite": bool(theirs.tags), "tags": theirs.tags}
        assert gallery == {"totalCount": 1, "edges": [{"node": mine}]}
        assert batches == {"edges": [{"node": {"id": theirs.batch}}]}
