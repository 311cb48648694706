"""How much one client may ask of a connection."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Sizes in bytes, times in seconds."""

    body_size: int = 32 * 1024 * 1024
    """Of a request in JSON; a source picture may come along as base64."""

    form_size: int = 48 * 1024 * 1024
    """Of a request with files, which lie on disk."""

    files_per_form: int = 10

    operations_per_socket: int = 50
    """That run at the same time on one WebSocket."""

    init_timeout: float = 10.0
    """Until a WebSocket has said `connection_init`."""

    body_timeout: float = 120.0
    """For the body of a request to arrive; a large one has longer, by what has come of it."""

    slowest: float = 16 * 1024
    """Bytes a second that are enough, however long they take together."""

    confirmation: float = 5.0
    """Between two looks whether the key of a running stream still holds."""
