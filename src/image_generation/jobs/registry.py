"""Which dispatcher moves the work."""

from image_generation.jobs.base import Dispatcher
from image_generation.jobs.local import LocalDispatcher


def make_dispatcher(limit: int) -> Dispatcher:
    """Make the dispatcher; at most `limit` generations run at a time for each provider."""
    return LocalDispatcher(limit)
