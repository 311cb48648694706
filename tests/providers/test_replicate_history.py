"""The Replicate adapter: finding work again, canceling it, and being well."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from image_generation.domain.errors import ProviderError, ResultLost
from image_generation.providers.base import Availability, Health
from image_generation.providers.replicate import ReplicateProvider
from tests.providers.jobs import RecordedJob
from tests.providers.replicating import REQUEST, asking, provider_of
from tests.servers.replicate_server import (
    PICTURE,
    Mishap,
    ReplicateServer,
    ago,
    problem,
    replicate,
)

pytestmark = pytest.mark.anyio

VERSION = "39ed52f2a78e934b3ba6e2a89f5b1c712de7dfea535525255b1aa35c5565e08b"
SINCE = datetime.now(UTC) - timedelta(seconds=5)
EQUAL = {
    "num_outputs": 1,
    "aspect_ratio": "1:1",
    "megapixels": "1",
    "prompt": REQUEST.prompt,
    "seed": 7,
    "num_inference_steps": 4,
}


@pytest.fixture
async def server() -> AsyncIterator[ReplicateServer]:
    async with replicate() as server:
        yield server


@pytest.fixture
async def provider(server: ReplicateServer) -> AsyncIterator[ReplicateProvider]:
    provider = provider_of(server)
    yield provider
    await provider.aclose()


async def test_work_whose_answer_was_lost_is_found_and_finished_without_paying_twice(
    server: ReplicateServer, provider: ReplicateProvider
) -> None:
    server.fail("create", Mishap(cut=True, after=True))
    with pytest.raises(ProviderError) as caught:
        await provider.generate(REQUEST, RecordedJob())

    [found] = await provider.find(REQUEST, SINCE)
    image = await provider.generate(REQUEST, RecordedJob(request_id=found))

    assert caught.value.charged is None
    assert found == "gm30"
    assert image.data == PICTURE
    assert len(server.created()) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"model": "black-forest-labs/flux-dev"},
        {"input": EQUAL | {"seed": 8}},
        {"input": {name: value for name, value in EQUAL.items() if name != "seed"}},
        {"created_at": ago(minutes=10)},
    ],
    ids=["another model", "another input", "less input", "long before"],
)
async def test_what_is_not_the_request_is_not_found(
    other: dict[str, object], server: ReplicateServer, provider: ReplicateProvider
) -> None:
    server.remember(0, **{"input": EQUAL, **other})

    assert await provider.find(REQUEST, SINCE) == []


async def test_work_is_found_among_many_and_whatever_became_of_it(
    server: ReplicateServer, provider: ReplicateProvider
) -> None:
    server.page_size = 2
    server.remember(0, input=EQUAL, created_at=ago(hours=1))
    wanted = server.remember(1, input=EQUAL | {"go_fast": True}, status="aborted")
    for number in range(2, 7):
        server.remember(number, input=EQUAL | {"seed": number + 10}, status="aborted")

    found = await provider.find(REQUEST, SINCE)

    assert found == [wanted["id"]]
    assert len(server.asked("GET", "/predictions")) == 4


async def test_the_search_ends_at_what_is_older(
    server: ReplicateServer, provider: ReplicateProvider
) -> None:
    server.page_size = 2
    for number in range(10):
        server.remember(number, created_at=ago(hours=10 - number))

    found = await provider.find(REQUEST, SINCE)

    assert found == []
    assert len(server.asked("GET", "/predictions")) == 1


async def test_a_version_is_found_by_its_version(
    server: ReplicateServer, provider: ReplicateProvider
) -> None:
    request = asking(f"owner/name:{VERSION}")
    await provider.generate(request, RecordedJob())

    assert await provider.find(request, SINCE) == ["gm30"]
    assert await provider.find(asking("owner/name:" + "0" * 64), SINCE) == []


async def test_a_model_is_found_however_its_name_is_written(
    server: ReplicateServer, provider: ReplicateProvider
) -> None:
    await provider.generate(asking("owner/name"), RecordedJob())

    assert await provider.find(asking("Owner/Name"), SINCE) == ["gm30"]


async def test_equal_requests_are_all_found_the_oldest_first(
    server: ReplicateServer, provider: ReplicateProvider
) -> None:
    for number in range(3):
        server.remember(number, input=EQUAL)
    server.remember(3, input=None, data_removed=True)

    assert await provider.find(REQUEST, SINCE) == ["old0", "old1", "old2"]


async def test_a_list_without_end_leaves_the_question_open(
    server: ReplicateServer, provider: ReplicateProvider
) -> None:
    server.page_size = 1
    for number in range(101):
        server.remember(number, input=EQUAL)

    with pytest.raises(ResultLost) as caught:
        await provider.find(REQUEST, SINCE)

    assert caught.value.charged is None
    assert len(server.asked("GET", "/predictions")) == 100


async def test_deleted_input_leaves_the_question_open(
    server: ReplicateServer, provider: ReplicateProvider
) -> None:
    server.remember(0, input=None, data_removed=True)

    with pytest.raises(ResultLost) as caught:
        await provider.find(REQUEST, SINCE)

    assert caught.value.charged is None


@pytest.mark.parametrize(
    ("mishap", "code"),
    [
        (Mishap(500), "PROVIDER_UNAVAILABLE"),
        (Mishap(200, {"results": "none"}), "RESULT_LOST"),
        (Mishap(200, {"results": [], "next": "https://api.replicate.com/"}), "RESULT_LOST"),
        (Mishap(200, {"results": [17]}), "RESULT_LOST"),
        (Mishap(cut=True), "PROVIDER_UNAVAILABLE"),
    ],
)
async def test_a_list_that_cannot_be_had_leaves_the_question_open(
    mishap: Mishap, code: str, server: ReplicateServer, provider: ReplicateProvider
) -> None:
    server.fail("list", mishap)

    with pytest.raises(ProviderError) as caught:
        await provider.find(REQUEST, SINCE)

    assert caught.value.code == code
    assert caught.value.charged is None


@pytest.mark.parametrize(
    ("status", "started", "charged"),
    [
        ("starting", None, True),
        ("processing", "2026-11-22T07:35:46Z", True),
        ("succeeded", "2026-11-22T07:35:46Z", True),
        ("failed", "2026-11-22T07:35:46Z", False),
        ("aborted", None, False),
    ],
)
async def test_canceling_stops_work_and_says_what_is_charged(
    status: str,
    started: str | None,
    charged: bool,
    server: ReplicateServer,
    provider: ReplicateProvider,
) -> None:
    work = server.remember(0, status=status, started_at=started)

    answer = await provider.cancel("old0")

    assert answer is charged
    assert work["status"] == ("canceled" if status in {"starting", "processing"} else status)
    assert len(server.asked("POST", "/old0/cancel")) == 1


@pytest.mark.parametrize(
    "mishap",
    [
        problem(404, "Not found", "The requested resource could not be found."),
        Mishap(500),
        Mishap(cut=True),
        Mishap(200, {"id": "old0", "status": "processing"}),
    ],
)
async def test_canceling_without_a_clear_answer_leaves_the_charge_unknown(
    mishap: Mishap, server: ReplicateServer, provider: ReplicateProvider
) -> None:
    server.fail("cancel", mishap)

    assert await provider.cancel("old0") is None


async def test_it_is_well_when_the_account_answers(
    server: ReplicateServer, provider: ReplicateProvider
) -> None:
    assert await provider.health() == Health(Availability.AVAILABLE)
    assert [seen.path for seen in server.seen] == ["/replicate/v1/account"]


@pytest.mark.parametrize(
    ("mishap", "message"),
    [
        (problem(401, "Unauthenticated", "…"), "Replicate does not accept the API token."),
        (Mishap(500), "Replicate has a fault of its own (status 500)."),
        (Mishap(cut=True), "The connection to Replicate was lost."),
    ],
)
async def test_it_says_what_ails_it(
    mishap: Mishap, message: str, server: ReplicateServer, provider: ReplicateProvider
) -> None:
    server.fail("account", mishap)

    assert await provider.health() == Health(Availability.UNAVAILABLE, message)


async def test_without_a_token_it_names_the_setting_and_asks_nobody() -> None:
    provider = ReplicateProvider(None)

    assert provider.missing == "Set IMG_GEN_REPLICATE_API_TOKEN."
    assert await provider.health() == Health(Availability.UNCONFIGURED, provider.missing)
    await provider.aclose()


async def test_the_base_url_may_be_given_with_a_version(server: ReplicateServer) -> None:
    provider = ReplicateProvider("r8_planted_secret", f"{server.url}/v1/")

    assert (await provider.health()).status is Availability.AVAILABLE
    await provider.aclose()
