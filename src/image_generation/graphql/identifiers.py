"""Global ids and cursors: opaque to clients, checked when they come back."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from enum import StrEnum
from uuid import UUID

from image_generation.domain.errors import InvalidInput


class NodeKind(StrEnum):
    """The types that have a global id."""

    GENERATION = "Generation"
    IMAGE = "Image"
    BATCH = "Batch"


_CURSOR = "cursor"


def global_id(kind: NodeKind, id: UUID) -> str:
    """Make a node's global id."""
    return _encode(kind, id)


def read_global_id(text: str, field: str = "id") -> tuple[NodeKind, UUID]:
    """Read a global id, or raise `InvalidInput`."""
    prefix, id = _decode(text)
    if id is None or prefix not in set(NodeKind):
        raise InvalidInput(field, "This is not an id of this service.", "Give one from an answer.")
    return NodeKind(prefix), id


def read_id(kind: NodeKind, text: str, field: str = "id") -> UUID:
    """Read the global id of a node of one kind, or raise `InvalidInput`."""
    found, id = read_global_id(text, field)
    if found is not kind:
        raise InvalidInput(field, f"This is the id of: {found}.", f"Give the id of: {kind}.")
    return id


def cursor_of(id: UUID) -> str:
    """Make the cursor of a row in a list."""
    return _encode(_CURSOR, id)


def read_cursor(text: str | None, field: str) -> UUID | None:
    """Read a cursor, or raise `InvalidInput`; None is no cursor."""
    if text is None:
        return None
    prefix, id = _decode(text)
    if id is None or prefix != _CURSOR:
        raise InvalidInput(field, "This is not a cursor.", "Give one from a page of this list.")
    return id


def _encode(prefix: str, id: UUID) -> str:
    return urlsafe_b64encode(f"{prefix}:{id}".encode()).decode()


def _decode(text: str) -> tuple[str, UUID | None]:
    try:
        prefix, _, id = urlsafe_b64decode(text.encode("ascii")).decode("ascii").partition(":")
        uuid = UUID(id)
    except (binascii.Error, ValueError):
        return "", None
    return (prefix, uuid) if _encode(prefix, uuid) == text else ("", None)
