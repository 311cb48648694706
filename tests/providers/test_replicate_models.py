"""The Replicate adapter: which models there are, how they are named and what they cost."""

import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal

import pytest

from image_generation.domain.errors import ProviderRejected
from image_generation.domain.generations import UNKNOWN_COST, CostSource, Operation
from image_generation.providers.replicate import ReplicateProvider
from tests.providers.jobs import RecordedJob
from tests.providers.replicating import asking, provider_of
from tests.servers.replicate_server import (
    ReplicateServer,
    replicate,
)

pytestmark = pytest.mark.anyio

VERSION = "39ed52f2a78e934b3ba6e2a89f5b1c712de7dfea535525255b1aa35c5565e08b"


@pytest.fixture
async def server() -> AsyncIterator[ReplicateServer]:
    async with replicate() as server:
        yield server


@pytest.fixture
async def provider(server: ReplicateServer) -> AsyncIterator[ReplicateProvider]:
    provider = provider_of(server)
    yield provider
    await provider.aclose()


@pytest.mark.parametrize(
    ("name", "sent"), [(f"owner/name:{VERSION}", f"owner/name:{VERSION}"), (VERSION, VERSION)]
)
async def test_a_version_is_sent_to_the_endpoint_for_versions(
    name: str, sent: str, server: ReplicateServer, provider: ReplicateProvider
) -> None:
    image = await provider.generate(asking(name), RecordedJob())

    [created] = server.created()
    assert created.path == "/replicate/v1/predictions"
    assert created.body["version"] == sent
    assert created.body.keys() == {"version", "input"}
    assert image.cost == UNKNOWN_COST


async def test_an_unknown_model_gets_the_commonest_inputs(
    server: ReplicateServer, provider: ReplicateProvider
) -> None:
    await provider.generate(asking("Owner/a_model.v2"), RecordedJob())

    [created] = server.created()
    assert created.path == "/replicate/v1/models/Owner/a_model.v2/predictions"
    assert created.body["input"] == {
        "prompt": "a lake before mountains",
        "num_inference_steps": 4,
        "seed": 7,
        "width": 1024,
        "height": 1024,
    }


async def test_a_model_is_found_by_name_and_alias_in_any_case(provider: ReplicateProvider) -> None:
    names = ["black-forest-labs/flux-dev", "Black-Forest-Labs/FLUX-dev", " Flux-Dev "]

    found = [provider.find_model(name) for name in names]

    assert {model.name for model in found if model} == {"black-forest-labs/flux-dev"}
    assert None not in found


async def test_a_version_of_a_known_model_takes_its_inputs(provider: ReplicateProvider) -> None:
    model = provider.find_model(f"black-forest-labs/flux-dev:{VERSION}")

    assert model is not None
    assert model.parameter_names["guidance_scale"] == "guidance"
    assert not model.is_known


@pytest.mark.parametrize(
    "name",
    ["", "dall-e-3", "a/b/c", "../account", "owner/..", "owner/name:", "owner/na me", "a/b?c"],
)
async def test_what_cannot_be_a_model_is_not_found(name: str, provider: ReplicateProvider) -> None:
    assert provider.find_model(name) is None


async def test_a_request_for_what_is_no_model_is_not_sent(
    server: ReplicateServer, provider: ReplicateProvider
) -> None:
    job = RecordedJob()

    with pytest.raises(ProviderRejected):
        await provider.generate(asking("../account"), job)

    assert server.seen == []
    assert job.told == []


async def test_the_default_model_comes_first(server: ReplicateServer) -> None:
    usual, chosen = provider_of(server), provider_of(server, default_model="flux-2-pro")
    unknown = provider_of(server, default_model="owner/name")

    assert next(iter(usual.models)) == "black-forest-labs/flux-schnell"
    assert next(iter(chosen.models)) == "black-forest-labs/flux-2-pro"
    assert chosen.models.keys() == usual.models.keys()
    assert next(iter(unknown.models)) == "owner/name"
    assert [provider.missing for provider in (usual, chosen, unknown)] == [None, None, None]


async def test_a_default_model_that_is_none_is_missing(server: ReplicateServer) -> None:
    provider = provider_of(server, default_model="nothing")

    missing = "Set IMG_GEN_REPLICATE_MODEL to the owner/name of a model for pictures."
    assert provider.missing == missing
    assert "black-forest-labs/flux-schnell" in provider.models


async def test_what_it_cannot_do_is_not_sent(
    server: ReplicateServer, provider: ReplicateProvider
) -> None:
    job = RecordedJob()
    request = replace(asking("flux-schnell"), operation=Operation.IMG2IMG, source=b"a picture")

    with pytest.raises(ProviderRejected, match=r"FLUX\.1 schnell cannot do IMG2IMG\."):
        await provider.generate(request, job)

    assert server.seen == []
    assert job.told == []


def test_the_sdk_is_not_imported_before_it_is_used() -> None:
    code = (
        "import sys; from image_generation.providers.replicate import ReplicateProvider as R; "
        "R('r8_x').models; print('replicate' in sys.modules, 'httpx' in sys.modules)"
    )

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ran.stdout == "False False\n"


async def test_the_price_is_known_before(provider: ReplicateProvider) -> None:
    known = provider.estimate(asking("flux-1.1-pro"))
    unknown = provider.estimate(asking("owner/name"))

    assert (known.least, known.most) == (Decimal("0.04"), Decimal("0.04"))
    assert known.source is CostSource.PRICE_LIST
    assert (unknown.least, unknown.most, unknown.source) == (None, None, CostSource.UNKNOWN)
