"""Who is asking, what they may, and what was spent."""

from datetime import UTC, datetime
from decimal import Decimal

import strawberry

from image_generation.domain.budgets import day_of, month_of
from image_generation.domain.callers import Caller, CallerLimits, Role
from image_generation.graphql.context import Info

LimitsParent = strawberry.Parent[CallerLimits]
CallerParent = strawberry.Parent[Caller]


@strawberry.type(description="What was spent on one thing, in US dollars.")
class Spend:
    """The names of a sum's fields."""

    key: str = strawberry.field(
        description='The provider, model, style or caller, or the day in UTC as "2026-11-27".'
    )
    usd: Decimal = strawberry.field(description="What was paid.")
    reserved_usd: Decimal = strawberry.field(
        description="What work may still cost that is under way, or may have been charged."
    )


@strawberry.type(description="How much a caller may have; null where there is no limit.")
class Limits:
    """The names of a caller's limits."""

    max_cost: int | None = strawberry.field(description="What one operation may cost.")
    requests_per_minute: int | None = strawberry.field(description="How often they may ask.")
    bytes_per_minute: int | None = strawberry.field(
        description="How many bytes their requests may have in a minute."
    )
    running: int | None = strawberry.field(
        description="How many generations may be unfinished at a time."
    )
    batch_size: int | None = strawberry.field(description="How many pictures a batch may have.")

    @strawberry.field(description="US dollars for a day in UTC.")
    @staticmethod
    def usd_per_day(limits: LimitsParent) -> Decimal | None:
        """Read the budget."""
        return limits.budget.usd_per_day

    @strawberry.field(description="US dollars for a month in UTC.")
    @staticmethod
    def usd_per_month(limits: LimitsParent) -> Decimal | None:
        """Read the budget."""
        return limits.budget.usd_per_month


@strawberry.type(description="What the viewer's work costs, in US dollars, reserved or paid.")
class ViewerSpend:
    """The sums that budgets are held against."""

    day_usd: Decimal = strawberry.field(description="Today, in UTC.")
    month_usd: Decimal = strawberry.field(description="This month, in UTC.")


@strawberry.type(description="Who is asking, and what they may.")
class Viewer:
    """The names of a caller's fields."""

    name: str = strawberry.field(description="The name of the key; what is made is theirs.")
    role: Role = strawberry.field(description="What they may do.")
    limits: CallerLimits = strawberry.field(
        graphql_type=Limits, description="How much they may have."
    )

    @strawberry.field(description="What their work costs, today and this month.")
    @staticmethod
    async def spend(info: Info, caller: CallerParent) -> ViewerSpend:
        """Add up."""
        now = datetime.now(UTC)
        book, scope = info.context.services.spending, info.context.scope
        return ViewerSpend(
            day_usd=await book.total(scope, day_of(now)),
            month_usd=await book.total(scope, month_of(now)),
        )
