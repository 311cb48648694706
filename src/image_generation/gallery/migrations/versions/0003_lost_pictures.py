"""A picture whose bytes are lost leaves the indexes, and its row stays."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("""
        CREATE TRIGGER image_is_lost AFTER UPDATE OF sha256 ON generation
        WHEN NEW.sha256 IS NULL AND OLD.sha256 IS NOT NULL BEGIN
            INSERT INTO prompt_index
                (prompt_index, rowid, prompt, enhanced_prompt, revised_prompt)
            VALUES
                ('delete', OLD.number, OLD.prompt, OLD.enhanced_prompt, OLD.revised_prompt);
            DELETE FROM image_tag
            WHERE owner = OLD.owner AND image_id = OLD.id
              AND tag IN (SELECT value FROM json_each(OLD.tags));
        END
    """)
