"""The row: one generation, and the picture it became.

`Generation` and `Image` are the two views that callers see; the table inherits both and adds what
is private. Rows are read as views, never as entities of a session.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Column, Index, Table, Text, column, table
from sqlmodel import Field, SQLModel

from image_generation.domain.errors import ErrorCode
from image_generation.domain.generations import Adjustment, CostSource, GenerationStatus, Operation
from image_generation.domain.identifiers import moment_of
from image_generation.domain.json import JsonValue
from image_generation.domain.pictures import ImageFormat
from image_generation.gallery.columns import Adjustments, Dollars, Moment, words


class Step(StrEnum):
    """How far a running generation has come, as committed."""

    SUBMITTING = "SUBMITTING"
    SUBMITTED = "SUBMITTED"
    KEEPING = "KEEPING"


class Shared(SQLModel):
    """What the work and the picture have in common."""

    id: UUID = Field(primary_key=True)
    operation: Operation = Field(sa_type=words(Operation))
    prompt: str = Field(sa_type=Text)
    style: str
    provider: str
    model: str
    seed: int | None = Field(default=None, sa_type=BigInteger)
    batch_id: UUID | None = None
    source_id: UUID | None = None

    @property
    def created_at(self) -> datetime:
        """When the request was accepted: the id tells."""
        return moment_of(self.id)


class Image(Shared):
    """A picture in the gallery; what was read from its bytes is null until there are some."""

    image_width: int = Field(nullable=True)
    image_height: int = Field(nullable=True)
    format: ImageFormat = Field(nullable=True, sa_type=words(ImageFormat))
    byte_size: int = Field(nullable=True, sa_type=BigInteger)
    sha256: str = Field(nullable=True)
    placeholder: str | None = None
    favorite: bool = False
    tags: list[str] = Field(default_factory=list, sa_type=JSON)


class Generation(Shared):
    """The work: what was asked, what was used, and what became of it."""

    status: GenerationStatus = Field(
        default=GenerationStatus.QUEUED, sa_type=words(GenerationStatus)
    )
    enhanced_prompt: str | None = Field(default=None, sa_type=Text)
    final_prompt: str | None = Field(default=None, sa_type=Text)
    revised_prompt: str | None = Field(default=None, sa_type=Text)
    negative_prompt: str | None = Field(default=None, sa_type=Text)
    width: int
    height: int
    steps: int | None = None
    guidance_scale: float | None = None
    strength: float | None = None
    adjustments: list[Adjustment] = Field(default_factory=list, sa_type=Adjustments)
    progress: float = 0.0
    attempts: int = 0
    error_code: ErrorCode | None = Field(default=None, sa_type=words(ErrorCode))
    error_message: str | None = Field(default=None, sa_type=Text)
    error_provider: str | None = None
    error_retryable: bool | None = None
    error_retry_after: float | None = None
    error_charged: bool | None = None
    cost_usd: Decimal | None = Field(default=None, sa_type=Dollars)
    cost_source: CostSource | None = Field(default=None, sa_type=words(CostSource))
    started_at: datetime | None = Field(default=None, sa_type=Moment)
    finished_at: datetime | None = Field(default=None, sa_type=Moment)

    @property
    def duration_ms(self) -> int | None:
        """Milliseconds from the start of the work to its end."""
        if self.started_at is None or self.finished_at is None:
            return None
        return round((self.finished_at - self.started_at).total_seconds() * 1000)


class Job(Generation):
    """A generation as the one who does the work sees it."""

    owner: str
    step: Step | None = Field(default=None, sa_type=words(Step))
    step_at: datetime | None = Field(default=None, sa_type=Moment)
    request_id: str | None = None
    failures: int = 0
    salvage: bool = False
    not_before: datetime | None = Field(default=None, sa_type=Moment)
    enhance_prompt: bool = False
    enhancement_usd: Decimal | None = Field(default=None, sa_type=Dollars)
    style_suffix: str = Field(default="", sa_type=Text)
    options: dict[str, JsonValue] = Field(default_factory=dict, sa_type=JSON)
    price_usd: Decimal | None = Field(default=None, sa_type=Dollars)


class GenerationRow(Job, Image, table=True):
    """How it is kept. `number` is `number_of(id)`, the row's key in the full-text index."""

    __tablename__ = "generation"

    number: int = Field(sa_type=BigInteger, unique=True)
    reserved_usd: Decimal = Field(
        default=Decimal(0), sa_type=Dollars, sa_column_kwargs={"server_default": "0"}
    )
    spent_usd: Decimal = Field(
        default=Decimal(0), sa_type=Dollars, sa_column_kwargs={"server_default": "0"}
    )
    booked_on: date | None = None
    idempotency_key: str | None = None
    idempotency_digest: str | None = None
    deleted_at: datetime | None = Field(default=None, sa_type=Moment)


TABLE: Table = GenerationRow.metadata.tables["generation"]

LISTED = TABLE.c.sha256.is_not(None) & TABLE.c.deleted_at.is_(None)
"""Which rows are pictures in the gallery; every index of a filter holds just these."""


def _listed(name: str, *columns: Column[Any]) -> Index:
    return Index(
        name, TABLE.c.owner, *columns, TABLE.c.id, sqlite_where=LISTED, postgresql_where=LISTED
    )


_listed("image_by_age")
_listed("image_by_provider", TABLE.c.provider)
_listed("image_by_model", TABLE.c.model)
_listed("image_by_style", TABLE.c.style)
_listed("image_by_operation", TABLE.c.operation)
_listed("image_by_seed", TABLE.c.seed)
_listed("image_by_batch", TABLE.c.batch_id)
_listed("image_by_source", TABLE.c.source_id)
_listed("image_by_favorite", TABLE.c.favorite)

_UNFINISHED = TABLE.c.finished_at.is_(None)
Index(
    "generation_unfinished_of_owner",
    TABLE.c.owner,
    sqlite_where=_UNFINISHED,
    postgresql_where=_UNFINISHED,
)
Index("generation_unfinished", TABLE.c.id, sqlite_where=_UNFINISHED, postgresql_where=_UNFINISHED)

_DELETED = TABLE.c.deleted_at.is_not(None)
Index("generation_deleted", TABLE.c.id, sqlite_where=_DELETED, postgresql_where=_DELETED)

_REQUESTED = TABLE.c.request_id.is_not(None)
Index(
    "generation_by_request",
    TABLE.c.provider,
    TABLE.c.request_id,
    sqlite_where=_REQUESTED,
    postgresql_where=_REQUESTED,
)

_KEYED = TABLE.c.idempotency_key.is_not(None)
Index(
    "generation_by_idempotency_key",
    TABLE.c.owner,
    TABLE.c.idempotency_key,
    unique=True,
    sqlite_where=_KEYED,
    postgresql_where=_KEYED,
)


Index("generation_by_batch", TABLE.c.batch_id, TABLE.c.id)
Index(
    "generation_unfinished_in_batch",
    TABLE.c.batch_id,
    TABLE.c.id,
    sqlite_where=_UNFINISHED,
    postgresql_where=_UNFINISHED,
)


class Batch(SQLModel):
    """Many generations asked for at once; its status is that of their sum."""

    id: UUID = Field(primary_key=True)
    total: int
    status: GenerationStatus = Field(
        default=GenerationStatus.QUEUED, sa_type=words(GenerationStatus)
    )
    finished_at: datetime | None = Field(default=None, sa_type=Moment)

    @property
    def created_at(self) -> datetime:
        """When the request was accepted: the id tells."""
        return moment_of(self.id)


class BatchRow(Batch, table=True):
    """How it is kept."""

    __tablename__ = "batch"

    owner: str
    idempotency_key: str | None = None
    idempotency_digest: str | None = None


BATCHES: Table = BatchRow.metadata.tables["batch"]

Index("batch_by_age", BATCHES.c.owner, BATCHES.c.id)
Index("batch_by_status", BATCHES.c.owner, BATCHES.c.status, BATCHES.c.id)

_KEYED_BATCH = BATCHES.c.idempotency_key.is_not(None)
Index(
    "batch_by_idempotency_key",
    BATCHES.c.owner,
    BATCHES.c.idempotency_key,
    unique=True,
    sqlite_where=_KEYED_BATCH,
    postgresql_where=_KEYED_BATCH,
)


class ImageTagRow(SQLModel, table=True):
    """Which pictures carry a tag: an index over `generation.tags`, kept by triggers."""

    __tablename__ = "image_tag"

    owner: str = Field(primary_key=True)
    tag: str = Field(primary_key=True)
    image_id: UUID = Field(primary_key=True)


TAGS: Table = ImageTagRow.metadata.tables["image_tag"]


class SpendingRow(SQLModel, table=True):
    """What the work of a day may cost and has cost: the sums of its rows, kept by triggers."""

    __tablename__ = "spending"

    owner: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    provider: str = Field(primary_key=True)
    model: str = Field(primary_key=True)
    style: str = Field(primary_key=True)
    reserved_usd: Decimal = Field(sa_type=Dollars)
    spent_usd: Decimal = Field(sa_type=Dollars)


SPENDING: Table = SpendingRow.metadata.tables["spending"]

Index("spending_by_day", SPENDING.c.day)

PROMPTS = table("prompt_index", column("rowid", BigInteger), column("prompt_index", Text))
"""The full-text index over the prompts of pictures, kept by triggers; `rowid` is the number."""
