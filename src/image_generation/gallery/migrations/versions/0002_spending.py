"""What work may cost and has cost, and the sums of it by day."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_BOOK = """
    INSERT INTO spending (owner, day, provider, model, style, reserved_usd, spent_usd)
    VALUES (NEW.owner, NEW.booked_on, NEW.provider, NEW.model, NEW.style, {reserved}, {spent})
    ON CONFLICT (owner, day, provider, model, style) DO UPDATE SET
        reserved_usd = reserved_usd + excluded.reserved_usd,
        spent_usd = spent_usd + excluded.spent_usd;
"""
_BEGUN = _BOOK.format(reserved="NEW.reserved_usd", spent="NEW.spent_usd")
_CHANGED = _BOOK.format(
    reserved="NEW.reserved_usd - OLD.reserved_usd", spent="NEW.spent_usd - OLD.spent_usd"
)

_TRIGGERS = (
    f"""CREATE TRIGGER spending_begins AFTER INSERT ON generation
    WHEN NEW.reserved_usd <> 0 OR NEW.spent_usd <> 0 BEGIN {_BEGUN} END""",
    f"""CREATE TRIGGER spending_changes AFTER UPDATE OF reserved_usd, spent_usd ON generation
    WHEN NEW.reserved_usd <> OLD.reserved_usd OR NEW.spent_usd <> OLD.spent_usd
    BEGIN {_CHANGED} END""",
)


def upgrade() -> None:
    """Apply; what was paid before is booked on the day it was made."""
    op.create_table(
        "spending",
        sa.Column("owner", sa.String, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("provider", sa.String, primary_key=True),
        sa.Column("model", sa.String, primary_key=True),
        sa.Column("style", sa.String, primary_key=True),
        sa.Column("reserved_usd", sa.BigInteger, nullable=False),
        sa.Column("spent_usd", sa.BigInteger, nullable=False),
    )
    op.create_index("spending_by_day", "spending", ["day"])
    op.add_column("generation", sa.Column("price_usd", sa.BigInteger))
    for name in ("reserved_usd", "spent_usd"):
        zero = sa.Column(name, sa.BigInteger, nullable=False, server_default="0")
        op.add_column("generation", zero)
    op.add_column("generation", sa.Column("booked_on", sa.Date))
    op.create_index(
        "generation_unfinished_of_owner",
        "generation",
        ["owner"],
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    for trigger in _TRIGGERS:
        op.execute(trigger)
    # Work that is not finished is booked, too, when it ends; so every row has a day.
    op.execute(
        "UPDATE generation SET booked_on = coalesce(substr(finished_at, 1, 10), date('now'))"
    )
    op.execute(
        "UPDATE generation SET spent_usd = cost_usd WHERE cost_usd > 0 AND finished_at IS NOT NULL"
    )
