"""The Replicate adapter: from a request to a picture."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal

import pytest
from typing_extensions import override

from image_generation.domain.errors import ProviderError, ResultLost
from image_generation.domain.generations import Cost, CostSource
from image_generation.providers.base import AskableProvider
from image_generation.providers.replicate import ReplicateProvider
from image_generation.providers.replicate.waiting import Patience
from tests.providers.jobs import RecordedJob
from tests.providers.replicating import REQUEST, asking, provider_of
from tests.servers.replicate_server import (
    OUTPUT,
    PICTURE,
    Mishap,
    ReplicateServer,
    problem,
    replicate,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def server() -> AsyncIterator[ReplicateServer]:
    async with replicate() as server:
        yield server


@pytest.fixture
async def provider(server: ReplicateServer) -> AsyncIterator[ReplicateProvider]:
    provider = provider_of(server)
    yield provider
    await provider.aclose()


async def test_a_request_becomes_a_picture(
    server: ReplicateServer, provider: ReplicateProvider
) -> None:
    job = RecordedJob()

    image = await provider.generate(REQUEST, job)

    assert image.data == PICTURE
    assert image.seed == 7
    assert image.cost == Cost(Decimal("0.003"), CostSource.PRICE_LIST)
    assert job.told == ["submitting", "submitted gm30"]
    assert job.fractions == [0.0, 0.5]
    assert server.ignored == []


async def test_work_is_sent_without_waiting_for_its_end(
    server: ReplicateServer, provider: ReplicateProvider
) -> None:
    await provider.generate(REQUEST, RecordedJob())

    [created] = server.created()
    assert created.path == "/replicate/v1/models/black-forest-labs/flux-schnell/predictions"
    assert created.headers["authorization"] == "Bearer r8_planted_secret"
    assert "prefer" not in created.headers
    assert created.body.keys() == {"input"}


@dataclass
class Attentive(RecordedJob):
    """A job that looks how far the server is when it is told the id."""

    server: ReplicateServer | None = None

    @override
    async def submitting(self) -> None:
        assert self.server is not None
        self.told.append(f"{len(self.server.created())} sent")

    @override
    async def submitted(self, request_id: str) -> None:
        assert self.server is not None
        self.told.append(
            f"{len(self.server.created())} sent, {len(self.server.asked('GET'))} asked"
        )


async def test_the_job_knows_of_the_work_before_it_is_sent_and_before_it_is_waited_for(
    server: ReplicateServer, provider: ReplicateProvider
) -> None:
    job = Attentive(server=server)

    await provider.generate(REQUEST, job)

    assert job.told == ["0 sent", "1 sent, 0 asked"]


async def test_it_can_be_asked_for_past_work(provider: ReplicateProvider) -> None:
    assert isinstance(provider, AskableProvider)


@pytest.mark.parametrize("model", ["black-forest-labs/flux-dev", "black-forest-labs/flux-1.1-pro"])
async def test_the_output_may_be_a_list_or_one_link(
    model: str, server: ReplicateServer, provider: ReplicateProvider
) -> None:
    image = await provider.generate(asking(model), RecordedJob())

    assert image.data == PICTURE
    assert server.ignored == []


async def test_a_picture_in_the_answer_itself_is_decoded(
    server: ReplicateServer, provider: ReplicateProvider
) -> None:
    server.output = ["data:image/png;base64,iVBORw0="]

    image = await provider.generate(REQUEST, RecordedJob())

    assert image.data == b"\x89PNG\r"
    assert server.asked("GET", ".webp") == []


async def test_output_ends_the_work_even_when_it_is_said_to_go_on(
    server: ReplicateServer, provider: ReplicateProvider
) -> None:
    server.story = [{"status": "processing", "output": OUTPUT}]

    image = await provider.generate(REQUEST, RecordedJob())

    assert image.data == PICTURE
    assert len(server.asked("GET", "/gm30")) == 1


async def test_a_status_nobody_knows_is_waited_out(
    server: ReplicateServer, provider: ReplicateProvider
) -> None:
    server.story = [{"status": "queued"}, {"status": "succeeded", "output": OUTPUT}]

    image = await provider.generate(REQUEST, RecordedJob())

    assert image.data == PICTURE


async def test_a_model_that_draws_no_bar_tells_no_progress(provider: ReplicateProvider) -> None:
    job = RecordedJob()

    await provider.generate(asking("flux-1.1-pro"), job)

    assert job.fractions == []


async def test_questions_that_fail_are_asked_again_and_the_work_is_sent_once(
    server: ReplicateServer, provider: ReplicateProvider
) -> None:
    throttled = problem(429, "", "Request was throttled. Your rate limit resets in ~600s.")
    server.fail(
        "get",
        throttled,
        Mishap(503, headers={"retry-after": "600"}),
        Mishap(500, b"oh"),
        Mishap(502, ["not", "an", "object"]),
        Mishap(cut=True),
        Mishap(200, b"<html>"),
        Mishap(200, b"not packed", {"content-encoding": "gzip"}),
        Mishap(200, {"status": "processing"}),
    )

    image = await provider.generate(REQUEST, RecordedJob())

    assert image.data == PICTURE
    assert len(server.created()) == 1
    assert len(server.asked("GET", "/gm30")) == 8 + 4


async def test_a_question_without_an_answer_is_asked_again(server: ReplicateServer) -> None:
    provider = provider_of(server, patience=Patience(0.3, 0.001, 0.002, 0.005))
    server.fail("get", Mishap(silent=True))

    image = await provider.generate(REQUEST, RecordedJob())

    assert image.data == PICTURE
    await provider.aclose()


@pytest.mark.parametrize(
    ("status", "code"), [(401, "PROVIDER_AUTH"), (402, "PROVIDER_QUOTA"), (404, "RESULT_LOST")]
)
async def test_a_question_that_is_refused_ends_the_waiting_at_unknown_cost(
    status: int, code: str, server: ReplicateServer, provider: ReplicateProvider
) -> None:
    server.fail("get", problem(status, "No", "No."))

    with pytest.raises(ProviderError) as caught:
        await provider.generate(REQUEST, RecordedJob())

    assert caught.value.code == code
    assert caught.value.charged is None
    assert len(server.asked("GET")) == 1


async def test_work_taken_up_again_is_only_waited_for(
    server: ReplicateServer, provider: ReplicateProvider
) -> None:
    model = "black-forest-labs/flux-schnell"
    server.create(model, "hidden", {"prompt": "a lake"})
    job = RecordedJob(request_id="gm30")

    image = await provider.generate(REQUEST, job)

    assert image.data == PICTURE
    assert server.asked("POST") == []
    assert job.told == []
    assert job.fractions == [0.0, 0.5]


async def test_waiting_can_be_broken_off_and_the_provider_used_again(
    server: ReplicateServer, provider: ReplicateProvider
) -> None:
    server.story = [{"status": "processing"}] * 10_000
    job = RecordedJob()
    work = asyncio.create_task(provider.generate(REQUEST, job))
    await job.sent.wait()

    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work

    server.story = []
    assert (await provider.generate(REQUEST, RecordedJob())).data == PICTURE


async def test_many_pictures_are_made_at_a_time(
    server: ReplicateServer, provider: ReplicateProvider
) -> None:
    jobs = [RecordedJob() for _ in range(20)]

    images = await asyncio.gather(*(provider.generate(REQUEST, job) for job in jobs))

    assert [image.data for image in images] == [PICTURE] * 20
    assert len({job.told[1] for job in jobs}) == 20


async def test_the_token_stays_with_the_api(
    server: ReplicateServer, provider: ReplicateProvider
) -> None:
    await provider.generate(REQUEST, RecordedJob())

    [fetched] = server.asked("GET", ".webp")
    assert fetched.headers["host"] == server.delivery_host
    assert "authorization" not in fetched.headers
    assert "r8_planted_secret" not in f"{fetched}"


async def test_a_link_into_the_private_network_is_not_followed(
    server: ReplicateServer, provider: ReplicateProvider
) -> None:
    server.output = [f"http://localhost:{server.host.rpartition(':')[2]}/xezq/a.webp"]

    with pytest.raises(ResultLost) as caught:
        await provider.generate(REQUEST, RecordedJob())

    assert caught.value.charged is True
    assert server.asked("GET", ".webp") == []
