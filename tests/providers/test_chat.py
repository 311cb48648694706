"""The chat model: the OpenAI SDK over real HTTP, against a server that does as it is told."""

import asyncio
import logging
import socket
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest

from image_generation.domain.generations import FREE, UNKNOWN_COST, Cost, CostSource
from image_generation.providers.chat import ChatAnswer, ChatFailed, ChatModel, Ending
from tests.servers.chat_server import ChatHost, ChatServer, Reply, chat_host, fails, says

pytestmark = pytest.mark.anyio

KEY = "sk-planted-0123456789"
PROMPT = "a planted prompt"
USAGE = {
    "prompt_tokens": 1000,
    "completion_tokens": 200,
    "total_tokens": 1200,
    "prompt_tokens_details": {"cached_tokens": 400},
}


@pytest.fixture(scope="module")
async def host() -> AsyncIterator[ChatHost]:
    async with chat_host() as host:
        yield host


@pytest.fixture
def server(host: ChatHost) -> Iterator[ChatServer]:
    with host.server() as server:
        yield server


@pytest.fixture
async def chat(server: ChatServer) -> AsyncIterator[ChatModel]:
    """A model at a server that is not OpenAI's."""
    chat = ChatModel(KEY, server.base_url, "llama")
    yield chat
    await chat.aclose()


OpenAI = Callable[[str], ChatModel]


@pytest.fixture
async def openai(server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OpenAI]:
    """Makes models at OpenAI; a proxy brings what is sent there to the server."""
    monkeypatch.setenv("http_proxy", server.origin)
    monkeypatch.setenv("no_proxy", "")
    made = []

    def make(model: str) -> ChatModel:
        made.append(ChatModel(KEY, f"http://api.openai.com{server.path}", model))
        return made[-1]

    yield make
    for chat in made:
        await chat.aclose()


async def failure(answer: Awaitable[ChatAnswer]) -> ChatFailed:
    with pytest.raises(ChatFailed) as caught:
        await answer
    return caught.value


async def test_only_what_every_server_understands_is_sent(
    server: ChatServer, chat: ChatModel
) -> None:
    server.replies = [says("A red fox in the snow.")]

    answer = await chat.answer("Rewrite this.", "a fox")

    assert answer == ChatAnswer("A red fox in the snow.", Ending.COMPLETE, UNKNOWN_COST)
    [asked] = server.asked
    assert (asked.model, asked.system, asked.user) == ("llama", "Rewrite this.", "a fox")
    assert asked.options == {"max_tokens": 2048}
    assert asked.authorization == f"Bearer {KEY}"


async def test_openai_is_asked_not_to_reason(server: ChatServer, openai: OpenAI) -> None:
    await openai("gpt-6-luna").answer("Rewrite this.", "a fox")

    [asked] = server.asked
    assert asked.model == "gpt-6-luna"
    assert asked.options == {"reasoning_effort": "none", "max_completion_tokens": 2048}


@pytest.mark.parametrize("names_it", [True, False])
async def test_a_parameter_that_is_refused_is_left_out_from_then_on(
    server: ChatServer, openai: OpenAI, names_it: bool
) -> None:
    server.refuses, server.names_it = {"reasoning_effort"}, names_it
    chat = openai("gpt-4o-mini")

    first = await chat.answer("Rewrite this.", "a fox")
    second = await chat.answer("Rewrite this.", "a cat")

    assert (first.text, second.text) == ("A red fox.", "A red fox.")
    assert [asked.options for asked in server.asked] == [
        {"reasoning_effort": "none", "max_completion_tokens": 2048},
        {"max_completion_tokens": 2048},
        {"max_completion_tokens": 2048},
    ]


async def test_all_parameters_may_be_refused(server: ChatServer, openai: OpenAI) -> None:
    server.refuses = {"reasoning_effort", "max_completion_tokens"}

    answer = await openai("gpt-4").answer("Rewrite this.", "a fox")

    assert answer.text == "A red fox."
    assert [len(asked.options) for asked in server.asked] == [2, 1, 0]


async def test_other_servers_may_refuse_max_tokens(server: ChatServer, chat: ChatModel) -> None:
    server.refuses = {"max_tokens"}

    answer = await chat.answer("Rewrite this.", "a fox")

    assert answer.text == "A red fox."
    assert [dict(asked.options) for asked in server.asked] == [{"max_tokens": 2048}, {}]


async def test_a_refusal_that_names_something_else_is_not_tried_again(
    server: ChatServer, chat: ChatModel
) -> None:
    server.replies = [fails(400, "max_tokens is fine, the messages are not.", param="messages")]

    error = await failure(chat.answer("Rewrite this.", "a fox"))

    assert error.message == "The language model does not accept the request."
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("<think>A fox. Red?</think>\n\nA red fox.", "A red fox."),
        ("<think>\nfirst\n</think>A <think>then</think>fox.", "A fox."),
        ("The template opened it.</think>A red fox.", "A red fox."),
        ("<think>It never came to an end", ""),
        ("  A red fox.\n", "A red fox."),
        (None, ""),
    ],
)
async def test_thoughts_are_no_part_of_the_answer(
    server: ChatServer, chat: ChatModel, said: str | None, text: str
) -> None:
    server.replies = [says(said)]

    answer = await chat.answer("Rewrite this.", "a fox")

    assert answer.text == text


@pytest.mark.parametrize(
    ("reply", "ending"),
    [
        (says("A red", finish_reason="length"), Ending.CUT),
        (says("", finish_reason="content_filter"), Ending.REFUSED),
        (says(None, refusal="I can't help with that."), Ending.REFUSED),
        (says("A red fox.", finish_reason="stop"), Ending.COMPLETE),
    ],
)
async def test_the_answer_tells_why_it_ended(
    server: ChatServer, chat: ChatModel, reply: Reply, ending: Ending
) -> None:
    server.replies = [reply]

    answer = await chat.answer("Rewrite this.", "a fox")

    assert answer.ending is ending


@pytest.mark.parametrize(
    ("model", "usd"),
    [
        ("gpt-6-luna", "0.000164"),
        ("gpt-4o-mini", "0.00024"),
        ("gpt-4o-mini-2024-07-18", "0.00024"),
        ("gpt-4.1-mini", "0.0006"),
    ],
)
async def test_openai_is_paid_by_the_token_and_less_for_cached_ones(
    server: ChatServer, openai: OpenAI, model: str, usd: str
) -> None:
    server.replies = [says("A red fox.", usage=USAGE)]

    answer = await openai(model).answer("Rewrite this.", "a fox")

    assert answer.cost == Cost(Decimal(usd), CostSource.USAGE)


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": "many", "completion_tokens": 1}])
async def test_without_usage_the_cost_is_unknown(
    server: ChatServer, openai: OpenAI, usage: dict[str, object] | None
) -> None:
    server.replies = [says("A red fox.", usage=usage)]

    answer = await openai("gpt-6-luna").answer("Rewrite this.", "a fox")

    assert (answer.text, answer.cost) == ("A red fox.", UNKNOWN_COST)


async def test_a_model_that_is_not_in_the_price_list_costs_nobody_knows_what(
    server: ChatServer, openai: OpenAI
) -> None:
    server.replies = [says("A red fox.", usage=USAGE)]

    answer = await openai("gpt-9").answer("Rewrite this.", "a fox")

    assert answer.cost == UNKNOWN_COST


async def test_prices_of_openai_say_nothing_about_another_server(server: ChatServer) -> None:
    server.replies = [says("A red fox.", usage=USAGE)]
    async with closing(ChatModel(KEY, server.base_url, "gpt-6-luna")) as chat:
        answer = await chat.answer("Rewrite this.", "a fox")

    assert answer.cost == UNKNOWN_COST


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (fails(400), "The language model does not accept the request."),
        (fails(401, code="invalid_api_key"), "The language model does not accept the key."),
        (fails(403), "The language model does not accept the key."),
        (fails(404, code="model_not_found"), "There is no such language model."),
        (fails(422), "The language model does not accept the request."),
        (fails(429, type="requests"), "The language model is busy."),
        (
            fails(429, type="insufficient_quota"),
            "The account at the language model has no money or quota left.",
        ),
        (fails(500, type="server_error"), "The language model is out of order."),
        (Reply(b"<html>Bad gateway</html>", 502), "The language model is out of order."),
        (Reply(b'{"error": "out of memory"}', 503), "The language model is out of order."),
    ],
)
async def test_every_refusal_is_told_in_our_words_and_asked_once(
    server: ChatServer, chat: ChatModel, reply: Reply, message: str
) -> None:
    server.replies = [reply]

    error = await failure(chat.answer("Rewrite this.", "a fox"))

    assert (error.message, error.cost) == (message, FREE)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "body",
    [
        b'{"choices": [',
        b"<html>Welcome</html>",
        b"",
        b"null",
        b"{}",
        b'{"choices": []}',
        b'{"choices": [{"message": null}]}',
        b'{"choices": [{"message": {"content": 7}}]}',
    ],
)
async def test_an_answer_that_cannot_be_read_is_a_failure(
    server: ChatServer, chat: ChatModel, body: bytes
) -> None:
    server.replies = [Reply(body)]

    error = await failure(chat.answer("Rewrite this.", "a fox"))

    assert error.message == "The language model's answer cannot be read."
    assert error.cost == UNKNOWN_COST


async def test_a_server_that_says_nothing_is_not_waited_for(server: ChatServer) -> None:
    server.silent = True
    async with closing(ChatModel(KEY, server.base_url, timeout=1.5)) as chat:
        error = await failure(chat.answer("Rewrite this.", "a fox"))

    assert error.message == "The language model did not answer within 1.5 seconds."
    assert error.cost == UNKNOWN_COST
    assert len(server.asked) == 1


async def test_a_server_that_is_not_there_is_a_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    async with closing(ChatModel(KEY, url)) as chat:
        error = await failure(chat.answer("Rewrite this.", "a fox"))

    assert error.message == "The language model does not answer."


async def test_a_key_that_cannot_be_sent_is_a_failure(server: ChatServer) -> None:
    async with closing(ChatModel("schlüssel", server.base_url)) as chat:
        error = await failure(chat.answer("Rewrite this.", "a fox"))

    assert error.message == "The language model does not answer."
    assert server.asked == []


async def test_a_server_without_keys_needs_none(server: ChatServer) -> None:
    async with closing(ChatModel(None, server.base_url, "llama")) as chat:
        answer = await chat.answer("Rewrite this.", "a fox")

    assert answer.text == "A red fox."
    assert server.asked[0].authorization == "Bearer none"


async def test_the_environment_does_not_say_where_prompts_go(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        nowhere = f"http://127.0.0.1:{listener.getsockname()[1]}"
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    monkeypatch.setenv("https_proxy", nowhere)
    async with closing(ChatModel(KEY)) as chat:
        await failure(chat.answer("Rewrite this.", "a fox"))

    assert server.asked == []


async def test_whoever_stops_waiting_is_let_go_and_the_model_can_be_asked_again(
    server: ChatServer, chat: ChatModel
) -> None:
    server.silent = True
    waiting = asyncio.ensure_future(chat.answer("Rewrite this.", "a fox"))
    await server.reached.wait()
    waiting.cancel()
    await asyncio.wait([waiting])
    server.silent = False

    answer = await chat.answer("Rewrite this.", "a fox")

    assert waiting.cancelled()
    assert answer.text == "A red fox."


@pytest.mark.parametrize(
    "reply",
    [
        fails(401, f"Incorrect API key provided: {KEY}, asked for {PROMPT}"),
        fails(400, f"{KEY} {PROMPT}"),
        fails(500, f"{KEY} {PROMPT}"),
        Reply(f'{{"choices": ["{KEY} {PROMPT}"]}}'.encode()),
        says(f"{KEY} {PROMPT}"),
    ],
)
async def test_neither_key_nor_prompt_is_seen_in_errors_names_or_logs(
    server: ChatServer, chat: ChatModel, caplog: pytest.LogCaptureFixture, reply: Reply
) -> None:
    caplog.set_level(logging.DEBUG)
    server.replies = [reply]
    seen = [repr(chat), str(chat)]

    try:
        seen.append(repr(await chat.answer("Rewrite this.", PROMPT)))
    except ChatFailed as error:
        seen += [repr(error), str(error), *traceback.format_exception(error)]

    seen += [record.getMessage() for record in caplog.records]
    assert len(seen) > 3
    assert not [text for text in seen if KEY in text or PROMPT in text]


@asynccontextmanager
async def closing(chat: ChatModel) -> AsyncIterator[ChatModel]:
    try:
        yield chat
    finally:
        await chat.aclose()
