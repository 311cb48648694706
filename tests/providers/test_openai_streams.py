"""A picture that is shown while it is made, and how that can go wrong."""

from decimal import Decimal

import pytest

from image_generation.domain.errors import ProviderError, ResultLost
from image_generation.domain.generations import Cost, CostSource
from image_generation.providers.openai import OpenAIProvider
from tests.providers.jobs import RecordedJob
from tests.providers.verdicts import (
    CUT,
    DOWN,
    LOST,
    RATE,
    Verdict,
    busy,
    moderated,
    unsafe,
    verdict_on,
)
from tests.providers.wishes import wish
from tests.servers.openai_server import (
    PICTURE,
    PREVIEWS,
    OpenAIServer,
    Reply,
    blocked,
    streams,
)

pytestmark = pytest.mark.anyio

USED = Decimal("0.01345")
"""40 text tokens at 5, 10 of pictures at 8, 439 made at 30 dollars for a million."""


async def test_somebody_who_watches_sees_the_picture_come(
    openai: OpenAIProvider, server: OpenAIServer
) -> None:
    job = RecordedJob(wants_previews=True)

    image = await openai.generate(wish(), job)

    assert image.data == PICTURE
    assert image.cost == Cost(USED, CostSource.USAGE)
    assert job.previews == list(PREVIEWS[:2])
    assert job.fractions == [1 / 3, 2 / 3]
    assert server.sent() == {
        "model": "gpt-image-2.5-flare",
        "prompt": "a red fox",
        "size": "1024x1024",
        "quality": "medium",
        "stream": True,
        "partial_images": 2,
    }


async def test_a_stream_with_fewer_previews_than_asked_for_is_complete(
    openai: OpenAIProvider, server: OpenAIServer
) -> None:
    server.replies.append(streams(partials=0))
    job = RecordedJob(wants_previews=True)

    image = await openai.generate(wish(), job)

    assert image.data == PICTURE
    assert job.previews == []


@pytest.mark.parametrize("cut", [False, True])
async def test_a_stream_that_breaks_off_is_a_lost_picture_that_may_have_cost(
    openai: OpenAIProvider, server: OpenAIServer, cut: bool
) -> None:
    server.replies.append(streams(partials=1, completed=False, cut=cut))
    job = RecordedJob(wants_previews=True)

    with pytest.raises(ResultLost) as caught:
        await openai.generate(wish(), job)

    assert caught.value.charged is None
    assert caught.value.repeatable is False
    assert job.previews == [PREVIEWS[0]]
    assert len(server.seen) == 1


STREAMED: dict[str, tuple[Reply, Verdict]] = {
    "moderation before the stream": (
        moderated("input"),
        unsafe("OpenAI: the safety system refuses the prompt."),
    ),
    "moderation within the stream": (
        streams(partials=1, error=blocked("output", "sexual")),
        unsafe(
            "OpenAI: the safety system refuses the picture that was made of the prompt (sexual).",
            charged=None,
        ),
    ),
    "rate limit within the stream": (
        streams(partials=0, error={"message": RATE, "code": "rate_limit_exceeded"}),
        busy(None)._replace(charged=None),
    ),
    "an error without a code within the stream": (
        streams(partials=1, error={"message": "A red fox.", "type": "server_error"}),
        DOWN._replace(charged=None),
    ),
    "broken JSON within the stream": (
        Reply(b"event: x\ndata: {\n\n", media_type="text/event-stream"),
        LOST,
    ),
    "a stream without bytes": (Reply(b"", media_type="text/event-stream"), LOST),
    "an answer that is no stream": (Reply(b'{"data":[]}'), LOST),
    "a finished picture without a picture": (
        Reply(b'data: {"type":"image_generation.completed"}\n\n', media_type="text/event-stream"),
        LOST,
    ),
    "a connection that breaks": (streams(partials=1, completed=False, cut=True), CUT),
}


@pytest.mark.parametrize(("reply", "verdict"), STREAMED.values(), ids=STREAMED.keys())
async def test_each_fault_of_a_stream_has_its_error_and_is_not_asked_for_again(
    openai: OpenAIProvider, server: OpenAIServer, reply: Reply, verdict: Verdict
) -> None:
    server.replies.append(reply)

    with pytest.raises(ProviderError) as caught:
        await openai.generate(wish(), RecordedJob(wants_previews=True))

    assert verdict_on(caught.value) == verdict
    assert len(server.seen) == 1


async def test_events_that_are_not_pictures_are_passed_over(
    openai: OpenAIProvider, server: OpenAIServer
) -> None:
    finished = streams(partials=1).body
    server.replies.append(
        Reply(b'data: {"type":"keepalive"}\n\n' + finished, media_type="text/event-stream")
    )
    job = RecordedJob(wants_previews=True)

    await openai.generate(wish(), job)

    assert len(job.previews) == 1
