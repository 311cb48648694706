"""Callers: who asks, what they may do, and how much of it."""

from dataclasses import dataclass
from enum import StrEnum

from image_generation.domain.budgets import NO_BUDGET, Budget
from image_generation.domain.errors import Forbidden


class Role(StrEnum):
    """What a caller may do."""

    READER = "READER"
    MEMBER = "MEMBER"
    ADMIN = "ADMIN"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerLimits:
    """How much a caller may have; None: no limit. `running`: generations not finished yet."""

    requests_per_minute: int | None = None
    running: int | None = None
    batch_size: int | None = None
    budget: Budget = NO_BUDGET


NO_LIMITS = CallerLimits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks. The name is the owner of the caller's rows, and the caller sees no others."""

    name: str
    role: Role
    limits: CallerLimits = NO_LIMITS

    @property
    def audits(self) -> str | None:
        """Whose spending the caller may see: their own; None: everybody's."""
        return None if self.role is Role.ADMIN else self.name

    def require_changes(self) -> None:
        """Raise `Forbidden` unless the caller may change anything."""
        if self.role is Role.READER:
            raise Forbidden(
                f"A {Role.READER} may look and not change; ask for a {Role.MEMBER} key."
            )


LOCAL = Caller(name="local", role=Role.ADMIN)
"""Who asks where there are no keys."""
