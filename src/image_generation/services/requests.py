"""What is sent to a provider for a row."""

from dataclasses import dataclass, replace

from image_generation.domain.errors import SourceGone, StorageFailed
from image_generation.domain.generations import Operation
from image_generation.gallery.records import Job
from image_generation.providers.base import ProviderRequest
from image_generation.services.keys import mask_key, storage_key
from image_generation.storage.base import Missing, Store


def request_for(job: Job) -> ProviderRequest:
    """Make the request that a row stands for, without the pictures it starts from."""
    return ProviderRequest(
        operation=job.operation,
        model=job.model,
        prompt=job.final_prompt or job.prompt,
        negative_prompt=job.negative_prompt,
        style=job.style,
        width=job.width,
        height=job.height,
        steps=job.steps,
        guidance_scale=job.guidance_scale,
        seed=job.seed,
        strength=job.strength,
        options=job.options,
    )


@dataclass(frozen=True, slots=True)
class Requests:
    """Makes requests with the pictures they start from, read when they are needed."""

    store: Store

    async def complete(self, job: Job) -> ProviderRequest:
        """Make the request that a row stands for.

        Raises `SourceGone` when a picture was deleted, `StorageFailed` when it cannot be read.
        """
        request = request_for(job)
        if job.source_id is None:
            return request
        source = await self._read(storage_key(job.source_id))
        if job.operation is not Operation.INPAINT:
            return replace(request, source=source)
        return replace(request, source=source, mask=await self._read(mask_key(job.id)))

    async def _read(self, key: str) -> bytes:
        try:
            return await self.store.get(key)
        except Missing as error:
            raise SourceGone("The picture it was to start from was deleted.") from error
        except StorageFailed as error:
            raise StorageFailed(error.message, charged=False) from error
