"""An event is executed and written once for all who ask the same of it."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, cast

import pytest
import strawberry

from image_generation.graphql.extensions import RememberedDocuments
from image_generation.graphql.sharing import SharingExecutor
from image_generation.graphql.views.json import Written, encode
from image_generation.services.feeds import Event

pytestmark = pytest.mark.anyio


@dataclass
class Context:
    """Who asks, and what is to be told to all."""

    event: Event
    executed: list[str]
    audience: str = "ada"


@strawberry.type
class Told:
    """One event."""

    @strawberry.field
    async def word(self, info: strawberry.Info[Context, None], text: str = "a") -> str:
        info.context.executed.append(info.context.audience)
        await asyncio.sleep(0)
        if text == "bad":
            raise ValueError(text)
        return f"{text} for {info.context.audience}"


@strawberry.type
class Query:
    """Nothing."""

    nothing: bool = True


@strawberry.type
class Subscription:
    """One stream."""

    @strawberry.subscription
    async def told(self, info: strawberry.Info[Context, None]) -> AsyncGenerator[Told, None]:
        yield cast("Told", info.context.event)


SCHEMA = strawberry.Schema(
    Query,
    subscription=Subscription,
    extensions=[RememberedDocuments],
    execution_context_class=SharingExecutor,
)
WORD = "subscription { told { word } }"
CHOSEN = "subscription ($text: String!) { told { word(text: $text) } }"


async def heard(context: Context, query: str = WORD, **variables: str) -> Any:
    """Return the one result of a stream."""
    [result] = [
        result
        async for result in await SCHEMA.stream(
            query, variable_values=variables, context_value=context
        )
    ]
    return result


async def test_all_who_ask_the_same_get_one_answer_that_is_written_once() -> None:
    event, executed = Event(1), list[str]()

    answers = await asyncio.gather(*(heard(Context(event, executed)) for _ in range(50)))

    assert executed == ["ada"]
    assert len({id(answer.data) for answer in answers}) == 1
    written = answers[0].data
    assert isinstance(written, Written)
    assert written.text is written.text
    assert encode({"payload": {"data": written}}) == (
        b'{"payload":{"data":{"told":{"word":"a for ada"}}}}'
    )


async def test_whoever_asks_something_else_or_is_somebody_else_has_an_answer_of_their_own() -> None:
    event, executed = Event(1), list[str]()
    ada = Context(event, executed)

    words = [
        (await heard(context, query, **variables)).data["told"]
        for context, query, variables in (
            (ada, WORD, {}),
            (Context(event, executed, "bob"), WORD, {}),
            (ada, CHOSEN, {"text": "b"}),
            (ada, CHOSEN, {"text": "c"}),
            (ada, "subscription { told { other: word } }", {}),
            (Context(Event(2), executed), WORD, {}),
        )
    ]

    assert words == [
        {"word": "a for ada"},
        {"word": "a for bob"},
        {"word": "b for ada"},
        {"word": "c for ada"},
        {"other": "a for ada"},
        {"word": "a for ada"},
    ]
    assert executed == ["ada", "bob", "ada", "ada", "ada", "ada"]


async def test_one_who_leaves_takes_the_answer_from_nobody() -> None:
    event, executed = Event(1), list[str]()
    leaving = asyncio.create_task(heard(Context(event, executed)))
    staying = asyncio.create_task(heard(Context(event, executed)))
    while not executed:  # noqa: ASYNC110 - it is a matter of turns of the loop
        await asyncio.sleep(0)

    leaving.cancel()

    assert (await staying).data == {"told": {"word": "a for ada"}}
    assert executed == ["ada"]


async def test_an_error_is_everybodys() -> None:
    event, executed = Event(1), list[str]()

    answers = [await heard(Context(event, executed), CHOSEN, text="bad") for _ in range(2)]

    assert [answer.data for answer in answers] == [None, None]
    assert [[error.message for error in answer.errors or []] for answer in answers] == [["bad"]] * 2
    assert executed == ["ada"]
