"""Where the bytes of a row are kept: keys follow from its id, so that none is ever lost."""

from uuid import UUID


def storage_key(id: UUID) -> str:
    """Return the key of a picture's bytes."""
    return id.hex


def variant_key(id: UUID, name: str) -> str:
    """Return the key of a variant of a picture."""
    return f"{id.hex}/{name}"


def mask_key(id: UUID) -> str:
    """Return the key of the mask that a generation works with."""
    return f"{id.hex}/mask"
