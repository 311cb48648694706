"""What the resolvers of one operation share."""

from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import strawberry
from strawberry.dataloader import DataLoader

from image_generation.concepts.content import Concept
from image_generation.domain.callers import Caller
from image_generation.domain.concepts import ConceptKind
from image_generation.domain.gallery import Page, PageRequest
from image_generation.domain.styles import StyleBook
from image_generation.gallery.batches import Batches, BatchState
from image_generation.gallery.gallery import Gallery
from image_generation.gallery.records import Generation, Image
from image_generation.gallery.scope import Scope
from image_generation.gallery.spending import Spending
from image_generation.providers.registry import Providers
from image_generation.services.addresses import Addresses
from image_generation.services.batches import BatchWork
from image_generation.services.checkups import Checkups
from image_generation.services.deletion import Deletion
from image_generation.services.delivery import Delivery
from image_generation.services.editing import Editing
from image_generation.services.figures import Figures
from image_generation.services.generations import Generations
from image_generation.services.paces import Paces
from image_generation.services.repetition import Repetition
from image_generation.services.watching import Watching

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything that resolvers call."""

    generations: Generations
    batch_work: BatchWork
    batches: Batches
    watching: Watching
    editing: Editing
    repetition: Repetition
    deletion: Deletion
    delivery: Delivery
    addresses: Addresses
    figures: Figures
    gallery: Gallery
    providers: Providers
    checkups: Checkups
    styles: StyleBook
    concepts: Mapping[ConceptKind, Concept]
    spending: Spending
    paces: Paces


class Context:
    """The caller of an operation, and the rows loaded for it: one set per operation."""

    def __init__(self, services: Services, ask: Callable[[], Caller], origin: str) -> None:
        """Learn from `ask` who the caller is; raises `Unauthenticated`."""
        self.services = services
        self._ask = ask
        self.caller = caller = ask()
        self.owner = caller.name
        self.scope = Scope(caller.name)
        self.audited = Scope(caller.audits)
        self.origin = origin
        gallery = services.gallery
        self.images: DataLoader[UUID, Image | None] = _loader(gallery.images_by_id, self.scope)
        self.batches: DataLoader[UUID, BatchState | None] = _loader(
            services.batches.by_id, self.scope
        )
        self.generations: DataLoader[UUID, Generation | None] = _loader(
            gallery.generations_by_id, self.scope
        )
        self.derived: DataLoader[tuple[UUID, PageRequest], Page[Image] | None] = _loader(
            gallery.derived, self.scope
        )
        self.derived_counts: DataLoader[UUID, int | None] = _loader(
            gallery.count_derived, self.scope
        )

    @property
    def audience(self) -> Hashable:
        """What answers depend on."""
        return self.owner, self.origin

    def url_of(self, address: str) -> str:
        """Write a path and query of a picture as the caller can open it."""
        return f"{self.origin}{self.services.addresses.of(address)}"

    def admit(self, *, changes: bool, cost: int) -> None:
        """Let an operation in, or raise a `RequestRefused`."""
        self.services.paces.admit(self.caller)
        self.caller.require_cost(cost)
        if changes:
            self.caller.require_changes()

    def expect(self, size: int) -> None:
        """Let so many bytes come, or raise a `RequestRefused`."""
        self.services.paces.expect(self.caller, size)

    def receive(self, size: int) -> None:
        """Count bytes that came, or raise a `RequestRefused`."""
        self.services.paces.receive(self.caller, size)

    def notices(self, asked: Mapping[str, Any]) -> dict[str, object]:
        """What an answer tells beside its data: how much the caller may ask and send yet."""
        if self.caller.limits.requests_per_minute is None and asked.get("rateLimit") is not True:
            return {}
        return {"rateLimit": self.services.paces.standing(self.caller)}

    def for_operation(self) -> "Context":
        """Make one for another operation, asking again: a key may have been withdrawn."""
        return Context(self.services, self._ask, self.origin)

    def confirm(self) -> None:
        """Ask again who it is; raises `Unauthenticated` when the key was withdrawn."""
        self._ask()

    def fresh(self) -> None:
        """Forget what was loaded, for the next event of a stream."""
        self.images.clear_all()
        self.generations.clear_all()
        self.batches.clear_all()
        self.derived.clear_all()
        self.derived_counts.clear_all()


def _loader(
    read: Callable[[Scope, Collection[K]], Awaitable[dict[K, T]]], scope: Scope
) -> DataLoader[K, T | None]:
    return DataLoader(partial(_in_order, read, scope))


async def _in_order(
    read: Callable[[Scope, Collection[K]], Awaitable[dict[K, T]]],
    scope: Scope,
    keys: Collection[K],
) -> list[T | None]:
    found = await read(scope, keys)
    return [found.get(key) for key in keys]


Info = strawberry.Info[Context, None]
