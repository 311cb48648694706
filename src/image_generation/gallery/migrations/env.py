"""Alembic's entry point; the connection is handed in."""

from alembic import context

from image_generation.gallery.records import TABLE

context.configure(
    connection=context.config.attributes["connection"], target_metadata=TABLE.metadata
)
with context.begin_transaction():
    context.run_migrations()
