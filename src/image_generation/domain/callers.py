"""Callers: who asks, what they may do, and how much of it."""

from dataclasses import dataclass
from enum import StrEnum

from image_generation.domain.budgets import NO_BUDGET, Budget
from image_generation.domain.errors import Forbidden, InvalidInput


class Role(StrEnum):
    """What a caller may do."""

    READER = "READER"
    MEMBER = "MEMBER"
    ADMIN = "ADMIN"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerLimits:
    """How much a caller may have; None: no limit.

    `max_cost`: of one operation. `running`: generations not finished yet.
    """

    max_cost: int | None = None
    requests_per_minute: int | None = None
    bytes_per_minute: int | None = None
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

    def require_cost(self, cost: int) -> None:
        """Raise `InvalidInput` if an operation costs more than one of the caller's may."""
        most = self.limits.max_cost
        if most is not None and cost > most:
            raise InvalidInput(
                "query",
                f"The operation costs {cost}, and {most} is the limit.",
                "Ask for smaller pages, or for less at once.",
            )

    def require_changes(self) -> None:
        """Raise `Forbidden` unless the caller may change anything."""
        if self.role is Role.READER:
            raise Forbidden(
                f"A {Role.READER} may look and not change; ask for a {Role.MEMBER} key."
            )


LOCAL = Caller(name="local", role=Role.ADMIN)
"""Who asks where there are no keys."""
