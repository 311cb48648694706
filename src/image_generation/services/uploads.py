"""The row of a picture that was sent: made by nobody, and finished from the start."""

from datetime import UTC, datetime
from uuid import UUID

from image_generation.domain.generations import GenerationStatus, Operation
from image_generation.gallery.ledger import Picture, Upload
from image_generation.gallery.records import Job

PROVIDER = "upload"
"""What stands where others name who made them. There is no prompt, model or style."""


def upload_of(id: UUID, owner: str, picture: Picture) -> Upload:
    """Make the row to be."""
    job = Job(
        id=id,
        owner=owner,
        operation=Operation.UPLOAD,
        status=GenerationStatus.SUCCEEDED,
        prompt="",
        style="",
        provider=PROVIDER,
        model="",
        width=picture.image_width,
        height=picture.image_height,
        progress=1.0,
        finished_at=datetime.now(UTC),
    )
    return Upload(job, picture)
