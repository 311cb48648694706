"""What is sent to a provider for a row."""

from image_generation.gallery.records import Job
from image_generation.providers.base import ProviderRequest


def request_for(job: Job) -> ProviderRequest:
    """Make the request that a row stands for."""
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
