"""Making pictures from pictures: what is sent is kept, and lasts as the work does."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import UUID

import structlog

from image_generation.domain import limits
from image_generation.domain.edits import EditRequest, Source
from image_generation.domain.errors import (
    InvalidInput,
    NotFound,
    RequestRefused,
    StorageFailed,
    Unsupported,
)
from image_generation.domain.generations import Adjustment, GenerationStatus
from image_generation.domain.pictures import Size
from image_generation.domain.requests import digest_of
from image_generation.gallery.acceptance import IdempotencyKey
from image_generation.gallery.ledger import Upload
from image_generation.gallery.records import Generation, Image, Job
from image_generation.gallery.scope import Scope
from image_generation.services.generations import Generations
from image_generation.services.intake import Intake
from image_generation.services.keys import mask_key, storage_key
from image_generation.services.uploads import upload_of
from image_generation.storage.base import Missing, Store

_log = structlog.get_logger(__name__)

_UNLIKE = 0.01
"""How much the shape of a mask may differ from its picture's: rounding to pixels does that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What a wish starts from."""

    image: Source
    mask: Source | None = None


@dataclass(frozen=True, slots=True)
class _Named:
    """A picture that was named or sent, not looked at yet: an id or bytes."""

    name: str
    id: UUID | None
    data: bytes = field(default=b"", repr=False)

    @property
    def fingerprint(self) -> str:
        """What tells it from any other."""
        return sha256(self.data).hexdigest() if self.id is None else self.id.hex


@dataclass(frozen=True, slots=True)
class _Start:
    """The picture to start from; with `upload` and `data` when it is not kept yet."""

    id: UUID
    size: Size
    upload: Upload | None = None
    data: bytes = field(default=b"", repr=False)

    @property
    def files(self) -> dict[str, bytes]:
        """What is to be stored of it."""
        return {} if self.upload is None else {storage_key(self.id): self.data}


@dataclass(frozen=True, slots=True, kw_only=True)
class Editing:
    """What callers can do with pictures that are there already."""

    generations: Generations
    intake: Intake
    store: Store

    async def upload(self, owner: str, source: Source) -> Image:
        """Keep a picture in the gallery; one that is there is returned as it is."""
        async with self.intake.place:
            start = await self._start(owner, await self._named("image", source))
            if start.upload is not None:
                await self._put(start.files)
                await self.generations.ledger.keep(start.upload)
                self._announce(start.upload)
        return await self._image(owner, "image", start.id)

    async def start(
        self, owner: str, request: EditRequest, sources: Sources, key: str | None
    ) -> Generation:
        """Accept a wish and put it to work, or refuse it and leave no trace.

        With an idempotency key that was used for the same wish and the same pictures, the earlier
        generation comes back.
        """
        limits.IDEMPOTENCY_KEY.check("idempotency_key", key)
        request.check()
        async with self.intake.place:
            return await self._accepted(owner, request, sources, key)

    async def accept(
        self,
        job: Job,
        key: IdempotencyKey | None,
        upload: Upload | None,
        files: Mapping[str, bytes],
    ) -> Job:
        """Store the files, then write the rows; without the rows the files go again."""
        uploads = [] if upload is None else [upload]
        await self._put(files)
        try:
            job, is_new = await self.generations.accept(job, key, uploads)
        except RequestRefused:
            await self._forget(files)
            raise
        if not is_new:
            await self._forget(files)
        elif upload is not None:
            self._announce(upload)
        return job

    async def _accepted(
        self, owner: str, request: EditRequest, sources: Sources, key: str | None
    ) -> Generation:
        image = await self._named("image", sources.image)
        mask = None if sources.mask is None else await self._named("mask", sources.mask)
        prints = [named.fingerprint for named in (image, mask) if named is not None]
        idempotency = None if key is None else IdempotencyKey(key, digest_of(request, *prints))
        if idempotency and (job := await self.generations.ledger.accepted(owner, idempotency)):
            return job
        start = await self._start(owner, image)
        job = self.generations.planner.plan(request, start.size).job(
            self.generations.identifiers.new(), owner
        )
        job = job.model_copy(update={"source_id": start.id})
        files = dict(start.files)
        if mask is not None:
            files[mask_key(job.id)], adjustments = await self._mask(owner, mask, start.size)
            job.adjustments.extend(adjustments)
            if request.strict and adjustments:
                raise Unsupported("mask", f"{adjustments[0].reason} Give one, or drop strict.")
        return await self.accept(job, idempotency, start.upload, files)

    async def _named(self, name: str, source: Source) -> _Named:
        if isinstance(source, UUID):
            return _Named(name, source)
        return _Named(name, None, await self.intake.read(name, source))

    async def _start(self, owner: str, named: _Named) -> _Start:
        if named.id is not None:
            image = await self._image(owner, named.name, named.id)
            return _Start(image.id, Size(image.image_width, image.image_height))
        taken = await self.intake.take(named.name, named.data)
        upload = upload_of(self.generations.identifiers.new(), owner, taken.picture)
        return _Start(upload.job.id, taken.size, upload, taken.data)

    async def _mask(self, owner: str, named: _Named, size: Size) -> tuple[bytes, list[Adjustment]]:
        """Bring a mask to the size of its picture, or raise `InvalidInput`."""
        data, found = await self._mask_as_sent(owner, named)
        if abs(found.width * size.height / (found.height * size.width) - 1) > _UNLIKE:
            right = f"Give one of {size}, or of the same shape."
            raise InvalidInput("mask", f"{found} has another shape than the image.", right)
        fitted = await self.intake.fit_mask(data, size)
        if fitted is None:
            right = "Make white what is to be painted anew."
            raise InvalidInput("mask", "Nothing in it is white.", right)
        if found == size:
            return fitted, []
        reason = f"A mask has the size of its image, {size}."
        return fitted, [Adjustment("mask", f"{found}", f"{size}", reason)]

    async def _mask_as_sent(self, owner: str, named: _Named) -> tuple[bytes, Size]:
        if named.id is None:
            taken = await self.intake.take(named.name, named.data)
            return taken.data, taken.size
        image = await self._image(owner, named.name, named.id)
        try:
            data = await self.store.get(storage_key(image.id))
        except Missing as error:
            raise NotFound("The bytes of this picture are gone.", named.name) from error
        return data, Size(image.image_width, image.image_height)

    async def _image(self, owner: str, name: str, id: UUID) -> Image:
        found = await self.generations.gallery.images_by_id(Scope(owner), [id])
        if id not in found:
            raise NotFound("There is no such picture.", name)
        return found[id]

    async def _put(self, files: Mapping[str, bytes]) -> None:
        """Store all of them or, when it fails, none."""
        done: dict[str, bytes] = {}
        for key, data in files.items():
            try:
                await self.store.put(key, data)
            except StorageFailed as error:
                await self._forget(done)
                raise StorageFailed("The picture could not be kept.", charged=False) from error
            done[key] = data

    async def _forget(self, files: Mapping[str, bytes]) -> None:
        for key in files:
            try:
                await self.store.delete(key)
            except StorageFailed as error:
                _log.warning("bytes_not_deleted", key=key, exc_info=error)

    def _announce(self, upload: Upload) -> None:
        self.generations.announcer.changed(upload.job, GenerationStatus.SUCCEEDED)
