"""A wish for a picture, as it reaches a provider."""

from image_generation.domain.generations import Operation
from image_generation.providers.base import ProviderRequest


def wish(model: str = "gpt-image-2.5-flare", **changes: object) -> ProviderRequest:
    values: dict[str, object] = {
        "operation": Operation.TEXT_TO_IMAGE,
        "model": model,
        "prompt": "a red fox",
        "negative_prompt": None,
        "style": "default",
        "width": 1024,
        "height": 1024,
        "steps": None,
        "guidance_scale": None,
        "seed": None,
    }
    return ProviderRequest(**(values | changes))  # type: ignore[arg-type]  # built by name
