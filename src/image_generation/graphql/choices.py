"""What there is to choose from: styles, providers and their models."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry

from image_generation.concepts import content
from image_generation.domain import styles as domain
from image_generation.domain.concepts import ConceptKind
from image_generation.domain.generations import Operation
from image_generation.graphql.context import Info
from image_generation.providers.base import Availability, ImageProvider
from image_generation.providers.models import ModelSpec

if TYPE_CHECKING:
    from image_generation.graphql.concepts import Concept

LazyConcept = Annotated["Concept", strawberry.lazy("image_generation.graphql.concepts")]
StyleParent = strawberry.Parent[domain.Style]
ProviderParent = strawberry.Parent[ImageProvider]


@strawberry.type(description="A look: words behind the prompt, and parameters that suit it.")
class Style:
    """The names of a style's fields."""

    name: str = strawberry.field(description="The name to ask for it by, in any case.")
    title: str = strawberry.field(description="The name for people.")
    description: str = strawberry.field(description="What it looks like.")
    suffix: str = strawberry.field(description="What goes behind the prompt.")
    negative_prompt: str = strawberry.field(description="What it avoids.")
    guidance_scale: float = strawberry.field(description="Its guidance scale, 1 to 30.")
    steps: int = strawberry.field(description="Its steps, 1 to 150.")


@strawberry.type(description="How a provider is doing.")
class ProviderHealth:
    """A checkup."""

    status: Availability = strawberry.field(description="Whether it can be used now.")
    message: str | None = strawberry.field(description="What to know or to do, for people.")
    latency_ms: int | None = strawberry.field(description="How long its answer took.")
    checked_at: datetime = strawberry.field(description="When it was asked.")


@strawberry.type(description="A model and what it can do.")
class Model:
    """A model of a provider."""

    spec: strawberry.Private[ModelSpec]
    owner: strawberry.Private[ImageProvider]

    @strawberry.field(description="The name as its provider writes it.")
    def name(self) -> str:
        """Read the specification."""
        return self.spec.name

    @strawberry.field(description="Other names it answers to.")
    def aliases(self) -> list[str]:
        """Read the specification."""
        return list(self.spec.aliases)

    @strawberry.field(
        graphql_type="Provider",
        description="Who runs it.",
    )
    def provider(self) -> ImageProvider:
        """Return the provider."""
        return self.owner

    @strawberry.field(description="What it can do.")
    def operations(self) -> list[Operation]:
        """Read the specification, in the order of the enum."""
        return [operation for operation in Operation if operation in self.spec.operations]

    @strawberry.field(
        description='The sizes it makes from words, "1024x1024"; empty when any size goes.'
    )
    def sizes(self) -> list[str]:
        """Read the specification."""
        return [str(size) for size in self.spec.sizes.fixed]

    @strawberry.field(description="Whether it takes a seed.")
    def supports_seed(self) -> bool:
        """Read the specification."""
        return self.spec.seed

    @strawberry.field(description="Whether it takes a negative prompt.")
    def supports_negative_prompt(self) -> bool:
        """Read the specification."""
        return self.spec.negative_prompt

    @strawberry.field(description="Whether it takes a number of steps.")
    def supports_steps(self) -> bool:
        """Read the specification."""
        return self.spec.steps is not None

    @strawberry.field(description="Whether it takes a guidance scale.")
    def supports_guidance_scale(self) -> bool:
        """Read the specification."""
        return self.spec.guidance_scale is not None

    @strawberry.field(description="Whether it takes a strength.")
    def supports_strength(self) -> bool:
        """Read the specification."""
        return self.spec.strength is not None

    @strawberry.field(description="How many characters of prompt it takes; null when not known.")
    def max_prompt_length(self) -> int | None:
        """Read the specification."""
        return self.spec.max_prompt_length

    @strawberry.field(
        description="US dollars for a picture at the default size and quality; null: not known."
    )
    def price_usd(self) -> Decimal | None:
        """Read the specification."""
        return self.spec.price_usd

    @strawberry.field(description="The date it retires on, once that was announced.")
    def retires_on(self) -> str | None:
        """Read the specification."""
        return self.spec.retires_on

    @strawberry.field(description="The model to use after it.")
    def successor(self) -> str | None:
        """Read the specification."""
        return self.spec.successor

    @strawberry.field(
        graphql_type=LazyConcept | None,
        description="The architecture behind it; null when it has none or none is published.",
    )
    def concept(self, info: Info) -> content.Concept | None:
        """Look it up."""
        kind = self.spec.concept
        return None if kind is None else info.context.services.concepts[kind]


def models_built_on(kind: ConceptKind, providers: Iterable[ImageProvider]) -> list[Model]:
    """List the models of that architecture, provider by provider."""
    return [
        Model(spec=spec, owner=provider)
        for provider in providers
        for spec in provider.models.values()
        if spec.concept is kind
    ]


@strawberry.type(description="Somebody who makes pictures.")
class Provider:
    """The names of a provider's properties."""

    name: str = strawberry.field(description="The name to ask for it by.")
    title: str = strawberry.field(description="The name for people.")

    @strawberry.field(description="Whether it is used when no provider is named.")
    @staticmethod
    def is_default(provider: ProviderParent, info: Info) -> bool:
        """Compare with the configured one."""
        return provider.name == info.context.services.providers.default.name

    @strawberry.field(description="Whether it has all it needs, a key for instance.")
    @staticmethod
    def configured(provider: ProviderParent) -> bool:
        """Ask whether anything is missing."""
        return provider.missing is None

    @strawberry.field(description="How it is doing; asked at most every half minute.")
    @staticmethod
    async def health(provider: ProviderParent, info: Info) -> ProviderHealth:
        """Take the latest checkup."""
        checkup = await info.context.services.checkups.of(provider)
        return ProviderHealth(
            status=checkup.health.status,
            message=checkup.health.message,
            latency_ms=checkup.latency_ms,
            checked_at=checkup.checked_at,
        )

    @strawberry.field(description="Its models, the default first.")
    @staticmethod
    def models(provider: ProviderParent) -> list[Model]:
        """List the catalogue."""
        return [Model(spec=spec, owner=provider) for spec in provider.models.values()]

    @strawberry.field(description="The model that is used when none is named.")
    @staticmethod
    def default_model(provider: ProviderParent) -> Model | None:
        """Take the first."""
        spec = next(iter(provider.models.values()), None)
        return None if spec is None else Model(spec=spec, owner=provider)
