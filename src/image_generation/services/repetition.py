"""A picture again: the same wish, with what is named changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from image_generation.domain import limits
from image_generation.domain.edits import EditRequest
from image_generation.domain.errors import NotFound, Unsupported
from image_generation.domain.generations import Operation
from image_generation.domain.pictures import Size
from image_generation.domain.requests import GenerationRequest, digest_of
from image_generation.domain.styles import StyleBook, with_suffix
from image_generation.gallery.acceptance import IdempotencyKey
from image_generation.gallery.records import Generation, Job
from image_generation.gallery.scope import Scope
from image_generation.services.editing import Editing
from image_generation.services.generations import Generations
from image_generation.services.keys import mask_key
from image_generation.storage.base import Missing

_GONE = "The picture that this one was made from was deleted."


@dataclass(frozen=True, slots=True, kw_only=True)
class Repetition:
    """Makes pictures again, with the same seed, source and mask."""

    generations: Generations
    editing: Editing

    async def start(
        self, owner: str, id: UUID, changes: Mapping[str, Any], key: str | None
    ) -> Generation:
        """Accept the wish of a picture once more, or refuse it and leave no trace.

        `changes` are fields of the wish. With another style, its steps and guidance are used;
        with another model, options, seed, steps and guidance are chosen anew. A prompt that was
        enhanced is used as it became.
        """
        limits.IDEMPOTENCY_KEY.check("idempotency_key", key)
        _check(changes)
        digest = digest_of({"again": id.hex, **changes})
        idempotency = None if key is None else IdempotencyKey(key, digest)
        ledger = self.generations.ledger
        if idempotency and (earlier := await ledger.accepted(owner, idempotency)):
            return earlier
        made = await ledger.made(Scope(owner), id)
        if made is None:
            raise NotFound("There is no such picture.", "image_id")
        if made.operation is Operation.UPLOAD:
            raise Unsupported("image_id", "An upload was made by nobody here.")
        values = {**_carried(made, changes, self.generations.planner.styles), **changes}
        if made.operation is Operation.TEXT_TO_IMAGE:
            return await self._from_words(owner, made, values, idempotency)
        return await self._from_picture(owner, made, values, idempotency)

    async def _from_words(
        self, owner: str, made: Job, values: dict[str, Any], key: IdempotencyKey | None
    ) -> Job:
        values.pop("strength", None)
        job = self._planned(owner, made, GenerationRequest(**values), None)
        job, _ = await self.generations.accept(job, key)
        return job

    async def _from_picture(
        self, owner: str, made: Job, values: dict[str, Any], key: IdempotencyKey | None
    ) -> Job:
        ids = [] if made.source_id is None else [made.source_id]
        found = await self.generations.gallery.images_by_id(Scope(owner), ids)
        if not found:
            raise NotFound(_GONE, "image_id")
        [source] = found.values()
        size = Size(source.image_width, source.image_height)
        request = EditRequest(**values, operation=made.operation)
        job = self._planned(owner, made, request, size)
        job = job.model_copy(update={"source_id": source.id})
        files = {}
        if made.operation is Operation.INPAINT:
            files[mask_key(job.id)] = await self._mask(made)
        return await self.editing.accept(job, key, None, files)

    def _planned(
        self, owner: str, made: Job, request: GenerationRequest, source: Size | None
    ) -> Job:
        plan = self.generations.planner.fit(request, source)
        job = plan.job(self.generations.identifiers.new(), owner)
        if made.enhanced_prompt is None or plan.enhances or request.prompt != made.prompt:
            return job
        final = with_suffix(made.enhanced_prompt, plan.style.suffix)
        words = {"enhanced_prompt": made.enhanced_prompt, "final_prompt": final}
        return job.model_copy(update=words)

    async def _mask(self, made: Job) -> bytes:
        try:
            return await self.editing.store.get(mask_key(made.id))
        except Missing as error:
            raise NotFound("The mask of this picture is gone.", "image_id") from error


def _check(changes: Mapping[str, Any]) -> None:
    """Raise `InvalidInput` when a value is outside its limits, whichever picture is meant."""
    EditRequest(operation=Operation.IMG2IMG, **{"prompt": "as it was", **changes}).check()


def _carried(made: Job, changes: Mapping[str, Any], styles: StyleBook) -> dict[str, Any]:
    """Return the wish that a picture came from, as far as the changes leave it standing."""
    carried: dict[str, Any] = {
        "prompt": made.prompt,
        "negative_prompt": _own_negative_prompt(made, styles),
        "style": made.style,
        "provider": made.provider,
        "model": made.model,
        "width": made.width,
        "height": made.height,
        "strength": made.strength,
        "enhance_prompt": made.enhance_prompt if "prompt" in changes else False,
    }
    if "provider" in changes:
        del carried["model"]
    if not changes.keys() & {"provider", "model"}:
        carried |= {"seed": made.seed, "options": made.options}
        if "style" not in changes:
            carried |= {"steps": made.steps, "guidance_scale": made.guidance_scale}
    return carried


def _own_negative_prompt(made: Job, styles: StyleBook) -> str | None:
    """Return the caller's part of the negative prompt, without the style's."""
    style = styles.find(made.style)
    if made.negative_prompt is None or style is None:
        return made.negative_prompt
    return made.negative_prompt.removesuffix(style.negative_prompt).removesuffix(", ") or None
