"""The prompt that is sent: enhanced where that was asked for, then styled."""

import asyncio
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from image_generation.domain import limits
from image_generation.domain.generations import FREE, Adjustment, Cost, CostSource
from image_generation.domain.styles import Style, StyleBook, with_suffix
from image_generation.gallery.ledger import Ledger, Superseded
from image_generation.gallery.records import Job
from image_generation.providers.base import ImageProvider
from image_generation.services.enhancement import Enhancer


@dataclass(frozen=True, slots=True)
class Prompts:
    """Finishes prompts; a language model is asked once for a batch, whoever comes first."""

    enhancer: Enhancer
    styles: StyleBook
    ledger: Ledger
    _asking: dict[UUID, asyncio.Task[dict[str, Any]]] = field(default_factory=dict)

    async def finish(self, job: Job, provider: ImageProvider) -> Job:
        """Return the generation with its final prompt, which is committed before it is used."""
        if job.final_prompt is not None:
            return job
        task = self._asking.get(job.batch_id) if job.batch_id else None
        if task is not None:
            try:
                changes = await asyncio.shield(task)
            except Superseded:  # that item is canceled, this one is not
                return await self.finish(job, provider)
            return job.model_copy(update={**changes, "enhancement_usd": FREE.usd})
        task = asyncio.create_task(self._enhance(job, provider))
        if batch_id := job.batch_id:
            self._asking[batch_id] = task
            task.add_done_callback(lambda _: self._asking.pop(batch_id, None))
        return job.model_copy(update=await asyncio.shield(task))

    async def _enhance(self, job: Job, provider: ImageProvider) -> dict[str, Any]:
        model = provider.find_model(job.model)
        longest = (model and model.max_prompt_length) or int(limits.PROMPT.longest)
        room = longest - len(with_suffix("", job.style_suffix))
        result = await self.enhancer.enhance(job.prompt, self._style(job), room)
        changes = {
            "enhanced_prompt": result.enhanced if result.applied else None,
            "final_prompt": with_suffix(result.enhanced, job.style_suffix),
            "adjustments": [*job.adjustments, *_not_enhanced(result.reason)],
            "enhancement_usd": result.cost.usd,
        }
        await self.ledger.enhance(job, changes)
        return changes

    def _style(self, job: Job) -> Style:
        """Return the style as it was asked for, also when it is gone or changed by now."""
        style = self.styles.find(job.style)
        if style is None or style.suffix != job.style_suffix:
            return Style(
                name=job.style,
                title=job.style,
                description="",
                suffix=job.style_suffix,
                negative_prompt="",
                guidance_scale=limits.GUIDANCE_SCALE.smallest,
                steps=int(limits.STEPS.smallest),
            )
        return style


def cost_of_enhancement(job: Job) -> Cost:
    """Return what the language model cost for this generation."""
    if not job.enhance_prompt or job.enhancement_usd == 0:
        return FREE
    source = CostSource.UNKNOWN if job.enhancement_usd is None else CostSource.USAGE
    return Cost(job.enhancement_usd, source)


def _not_enhanced(reason: str | None) -> list[Adjustment]:
    return [] if reason is None else [Adjustment("enhance_prompt", "true", "false", reason)]
