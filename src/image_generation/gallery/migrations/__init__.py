"""The database's history, applied at start."""

from importlib.resources import as_file, files

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection


def migrate(connection: Connection, version: str = "head") -> None:
    """Bring the database to a version, the newest by default; a unit of work."""
    with as_file(files(__name__)) as scripts:
        config = Config()
        config.set_main_option("script_location", str(scripts))
        config.attributes["connection"] = connection
        command.upgrade(config, version)
