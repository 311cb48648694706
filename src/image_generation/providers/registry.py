"""Which providers there are."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from image_generation.domain.errors import InvalidInput, ProviderNotConfigured
from image_generation.providers.base import ImageProvider
from image_generation.providers.openai import OpenAIProvider
from image_generation.providers.procedural import ProceduralProvider
from image_generation.providers.replicate import ReplicateProvider


class Providers:
    """The providers of this service, and the one that is used when none is named."""

    def __init__(self, providers: Iterable[ImageProvider], default: str | None = None) -> None:
        self._providers = {provider.name: provider for provider in providers}
        self.default = self.get(default) if default else self._first_ready()

    def __iter__(self) -> Iterator[ImageProvider]:
        return iter(self._providers.values())

    def find(self, name: str) -> ImageProvider | None:
        """Return the provider of that name, or None; names match in any case."""
        return self._providers.get(name.strip().lower())

    def get(self, name: str | None) -> ImageProvider:
        """Return the provider of that name, the default without one, or refuse."""
        if name is None:
            return self.default
        provider = self.find(name)
        if provider is None:
            known = ", ".join(self._providers)
            raise InvalidInput("provider", "There is no such provider.", f"Give one of: {known}.")
        if provider.missing is not None:
            raise ProviderNotConfigured(f"{provider.title} is not configured: {provider.missing}")
        return provider

    async def aclose(self) -> None:
        """Let go of every provider's connections."""
        for provider in self:
            await provider.aclose()

    def _first_ready(self) -> ImageProvider:
        return next(provider for provider in self if provider.missing is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How a provider is reached; what is None is the provider's own default."""

    key: str | None = field(default=None, repr=False)
    base_url: str | None = None
    model: str | None = None
    profile: str | None = None


def make_providers(
    *, openai: Access, replicate: Access, painter_delay: float, default: str | None
) -> Providers:
    """Make every provider, the most wanted first; the painter needs nothing and comes last."""
    return Providers(
        [
            OpenAIProvider(openai.key, openai.base_url, openai.model, openai.profile),
            ReplicateProvider(replicate.key, replicate.base_url, replicate.model),
            ProceduralProvider(delay=painter_delay),
        ],
        default,
    )
