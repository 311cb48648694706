"""What a provider is: it makes a picture, and says how it is doing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, runtime_checkable

from image_generation.domain.generations import UNKNOWN_COST, Cost, CostSource, Operation
from image_generation.domain.json import JsonValue
from image_generation.providers.models import ModelSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRequest:
    """One picture to make. The model can honour every value in it; None means the model has none.

    `prompt` is the final one, with the style's suffix; `style` is its name, for a provider that
    knows styles of its own. `seed` is 0…4294967295, `strength` 0 (keep the source)…1 (ignore it),
    `source` and `mask` are encoded pictures, and white in the mask is painted anew.
    """

    operation: Operation
    model: str
    prompt: str
    negative_prompt: str | None
    style: str
    width: int
    height: int
    steps: int | None
    guidance_scale: float | None
    seed: int | None
    strength: float | None = None
    source: bytes | None = field(default=None, repr=False)
    mask: bytes | None = field(default=None, repr=False)
    options: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedImage:
    """What a provider delivers: the encoded picture as it came, and what it says about it."""

    data: bytes = field(repr=False)
    seed: int | None
    cost: Cost = UNKNOWN_COST
    revised_prompt: str | None = None


class ProviderJob(Protocol):
    """How an adapter talks back while it works."""

    @property
    def request_id(self) -> str | None:
        """The provider's own id, set when work is taken up again after a crash."""

    @property
    def wants_previews(self) -> bool:
        """Whether somebody watches."""

    async def submitting(self) -> None:
        """Say that the call that costs money comes next; committed when this returns."""

    async def submitted(self, request_id: str) -> None:
        """Hand over the provider's id for the work; committed when this returns."""

    def progress(self, fraction: float) -> None:
        """Say how much is done, 0…1. Never waits."""

    def preview(self, picture: bytes) -> None:
        """Show the picture as it is so far, encoded. Never waits."""


class Availability(StrEnum):
    """Whether a provider can be used now."""

    AVAILABLE = "AVAILABLE"
    UNCONFIGURED = "UNCONFIGURED"
    UNAVAILABLE = "UNAVAILABLE"


@dataclass(frozen=True, slots=True)
class Health:
    """A provider's answer to "how are you". `message` says what to do when it is not well."""

    status: Availability
    message: str | None = None


@dataclass(frozen=True, slots=True)
class PriceRange:
    """What one picture may cost, in US dollars; both ends are None when not known."""

    least: Decimal | None
    most: Decimal | None
    source: CostSource


class ImageProvider(Protocol):
    """Makes pictures. An adapter translates; it does not retry, limit, time, count or store."""

    @property
    def name(self) -> str:
        """The name callers use."""

    @property
    def title(self) -> str:
        """The name people read."""

    @property
    def missing(self) -> str | None:
        """What it lacks to work at all, in words for the operator; None when it is configured."""

    @property
    def models(self) -> Mapping[str, ModelSpec]:
        """What each model can do, by name, the default model first."""

    def find_model(self, name: str) -> ModelSpec | None:
        """Return the model of that name or alias, in any case.

        A provider that runs models it does not know makes a specification for the name.
        """

    def estimate(self, request: ProviderRequest) -> PriceRange:
        """Say what a request will cost, before it is sent."""

    async def generate(self, request: ProviderRequest, job: ProviderJob) -> GeneratedImage:
        """Make one picture, or raise a `ProviderError`."""

    async def health(self) -> Health:
        """Ask the provider cheaply."""

    async def aclose(self) -> None:
        """Let go of connections."""


@runtime_checkable
class AskableProvider(ImageProvider, Protocol):
    """A provider that remembers work: `generate` with a request id waits on, and pays nothing."""

    async def find(self, request: ProviderRequest, since: datetime) -> Sequence[str]:
        """Return the ids of such requests sent at that time or later, the oldest first.

        None of them means that none was sent. Raises a `ProviderError` when that cannot be told.
        """

    async def cancel(self, request_id: str) -> bool | None:
        """Stop work; return whether it is charged, None when not known."""
