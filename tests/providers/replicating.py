"""What the tests of the Replicate adapter share: an impatient provider, and something to ask."""

from dataclasses import replace

from image_generation.domain.generations import Operation
from image_generation.providers.base import ProviderRequest
from image_generation.providers.downloads import Bounds
from image_generation.providers.replicate import ReplicateProvider
from image_generation.providers.replicate.waiting import Patience
from tests.servers.replicate_server import TOKEN, ReplicateServer

IMPATIENT = Patience(answer=5.0, first=0.001, longest=0.002, after_faults=0.005)
HASTY = Bounds(seconds=5.0, pauses=(0.0, 0.0))

REQUEST = ProviderRequest(
    operation=Operation.TEXT_TO_IMAGE,
    model="black-forest-labs/flux-schnell",
    prompt="a lake before mountains",
    negative_prompt=None,
    style="default",
    width=1024,
    height=1024,
    steps=4,
    guidance_scale=None,
    seed=7,
)


def provider_of(
    server: ReplicateServer,
    token: str = TOKEN,
    default_model: str | None = None,
    patience: Patience = IMPATIENT,
) -> ReplicateProvider:
    return ReplicateProvider(token, server.url, default_model, patience=patience, bounds=HASTY)


def asking(model: str) -> ProviderRequest:
    return replace(REQUEST, model=model)
