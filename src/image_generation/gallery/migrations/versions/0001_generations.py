"""Generations, batches, tags, and the full-text index over the prompts."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_LISTED = "sha256 IS NOT NULL AND deleted_at IS NULL"

_IMAGE_INDEXES = {
    "image_by_age": (),
    "image_by_provider": ("provider",),
    "image_by_model": ("model",),
    "image_by_style": ("style",),
    "image_by_operation": ("operation",),
    "image_by_seed": ("seed",),
    "image_by_batch": ("batch_id",),
    "image_by_source": ("source_id",),
    "image_by_favorite": ("favorite",),
}

_FULL_TEXT = """
CREATE VIRTUAL TABLE prompt_index USING fts5(
    prompt, enhanced_prompt, revised_prompt,
    content = 'generation', content_rowid = 'number',
    tokenize = 'porter unicode61 remove_diacritics 2'
)
"""

_ENTER = """
    INSERT INTO prompt_index (rowid, prompt, enhanced_prompt, revised_prompt)
    VALUES (NEW.number, NEW.prompt, NEW.enhanced_prompt, NEW.revised_prompt);
"""

_LEAVE = """
    INSERT INTO prompt_index (prompt_index, rowid, prompt, enhanced_prompt, revised_prompt)
    VALUES ('delete', OLD.number, OLD.prompt, OLD.enhanced_prompt, OLD.revised_prompt);
"""

_TAG = """
    INSERT OR IGNORE INTO image_tag (owner, tag, image_id)
    SELECT NEW.owner, value, NEW.id FROM json_each(NEW.tags);
"""

_UNTAG = """
    DELETE FROM image_tag
    WHERE owner = OLD.owner AND image_id = OLD.id
      AND tag IN (SELECT value FROM json_each(OLD.tags));
"""

_TRIGGERS = (
    f"""CREATE TRIGGER image_is_born AFTER INSERT ON generation
    WHEN NEW.sha256 IS NOT NULL BEGIN {_ENTER} {_TAG} END""",
    f"""CREATE TRIGGER image_is_made AFTER UPDATE OF sha256 ON generation
    WHEN NEW.sha256 IS NOT NULL AND OLD.sha256 IS NULL BEGIN {_ENTER} END""",
    f"""CREATE TRIGGER image_goes AFTER DELETE ON generation
    WHEN OLD.sha256 IS NOT NULL BEGIN {_LEAVE} {_UNTAG} END""",
    f"""CREATE TRIGGER image_is_tagged AFTER UPDATE OF tags ON generation
    BEGIN {_UNTAG} {_TAG} END""",
)


def upgrade() -> None:
    """Apply."""
    _create_tables()
    _create_indexes()
    op.execute(_FULL_TEXT)
    for trigger in _TRIGGERS:
        op.execute(trigger)


def _create_tables() -> None:
    op.create_table(
        "generation",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("operation", sa.String(32), nullable=False),
        sa.Column("prompt", sa.Text, nullable=False),
        sa.Column("style", sa.String, nullable=False),
        sa.Column("provider", sa.String, nullable=False),
        sa.Column("model", sa.String, nullable=False),
        sa.Column("seed", sa.BigInteger),
        sa.Column("batch_id", sa.Uuid),
        sa.Column("source_id", sa.Uuid),
        sa.Column("image_width", sa.Integer),
        sa.Column("image_height", sa.Integer),
        sa.Column("format", sa.String(32)),
        sa.Column("byte_size", sa.BigInteger),
        sa.Column("sha256", sa.String),
        sa.Column("favorite", sa.Boolean, nullable=False),
        sa.Column("tags", sa.JSON, nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("enhanced_prompt", sa.Text),
        sa.Column("final_prompt", sa.Text),
        sa.Column("revised_prompt", sa.Text),
        sa.Column("negative_prompt", sa.Text),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("steps", sa.Integer),
        sa.Column("guidance_scale", sa.Float),
        sa.Column("strength", sa.Float),
        sa.Column("adjustments", sa.JSON, nullable=False),
        sa.Column("progress", sa.Float, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("error_code", sa.String(32)),
        sa.Column("error_message", sa.Text),
        sa.Column("error_provider", sa.String),
        sa.Column("error_retryable", sa.Boolean),
        sa.Column("error_retry_after", sa.Float),
        sa.Column("error_charged", sa.Boolean),
        sa.Column("cost_usd", sa.BigInteger),
        sa.Column("cost_source", sa.String(32)),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("step", sa.String(32)),
        sa.Column("step_at", sa.DateTime(timezone=True)),
        sa.Column("request_id", sa.String),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("salvage", sa.Boolean, nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True)),
        sa.Column("enhance_prompt", sa.Boolean, nullable=False),
        sa.Column("enhancement_usd", sa.BigInteger),
        sa.Column("style_suffix", sa.Text, nullable=False),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False, unique=True),
        sa.Column("idempotency_key", sa.String),
        sa.Column("idempotency_digest", sa.String),
        sa.Column("deleted_at", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "batch",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("idempotency_key", sa.String),
        sa.Column("idempotency_digest", sa.String),
    )
    op.create_table(
        "image_tag",
        sa.Column("owner", sa.String, primary_key=True),
        sa.Column("tag", sa.String, primary_key=True),
        sa.Column("image_id", sa.Uuid, primary_key=True),
    )


def _create_indexes() -> None:
    for name, filters in _IMAGE_INDEXES.items():
        listed = sa.text(_LISTED)
        op.create_index(name, "generation", ["owner", *filters, "id"], sqlite_where=listed)
    op.create_index("generation_by_batch", "generation", ["batch_id", "id"])
    op.create_index("batch_by_age", "batch", ["owner", "id"])
    op.create_index("batch_by_status", "batch", ["owner", "status", "id"])
    op.create_index(
        "batch_by_idempotency_key",
        "batch",
        ["owner", "idempotency_key"],
        unique=True,
        sqlite_where=sa.text("idempotency_key IS NOT NULL"),
    )
    for name, columns, condition in (
        ("generation_unfinished", ["id"], "finished_at IS NULL"),
        ("generation_unfinished_in_batch", ["batch_id", "id"], "finished_at IS NULL"),
        ("generation_deleted", ["id"], "deleted_at IS NOT NULL"),
    ):
        op.create_index(name, "generation", columns, sqlite_where=sa.text(condition))
    op.create_index(
        "generation_by_request",
        "generation",
        ["provider", "request_id"],
        sqlite_where=sa.text("request_id IS NOT NULL"),
    )
    op.create_index(
        "generation_by_idempotency_key",
        "generation",
        ["owner", "idempotency_key"],
        unique=True,
        sqlite_where=sa.text("idempotency_key IS NOT NULL"),
    )
