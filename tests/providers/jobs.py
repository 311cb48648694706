"""A job that writes down what it is told."""

import asyncio
from dataclasses import dataclass, field


@dataclass
class RecordedJob:
    """A `ProviderJob` for tests: `told` has submissions in their order, by name and id."""

    request_id: str | None = None
    wants_previews: bool = False
    told: list[str] = field(default_factory=list)
    fractions: list[float] = field(default_factory=list)
    previews: list[bytes] = field(default_factory=list)
    sent: asyncio.Event = field(default_factory=asyncio.Event)

    async def submitting(self) -> None:
        """Note that money is about to be spent."""
        self.told.append("submitting")

    async def submitted(self, request_id: str) -> None:
        """Note the id of the work."""
        self.told.append(f"submitted {request_id}")
        self.sent.set()

    def progress(self, fraction: float) -> None:
        """Note how much is done."""
        self.fractions.append(fraction)

    def preview(self, picture: bytes) -> None:
        """Keep the preview."""
        self.previews.append(picture)
