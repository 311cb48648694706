"""The inputs of Replicate's models, written down from their schemas, apart from the catalogue."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Rule = Callable[[object], str | None]
"""Gives the type of violation that Replicate names in `invalid_fields`; None for a right value."""


@dataclass(frozen=True)
class Schema:
    """One model: its inputs, how its output looks, and whether it logs a progress bar."""

    inputs: Mapping[str, Rule]
    gives_list: bool
    draws_bar: bool = False
    required: tuple[str, ...] = ("prompt",)


def whole(least: int, most: int, *, step: int = 1) -> Rule:
    def check(value: object) -> str | None:
        if not isinstance(value, int) or isinstance(value, bool) or value % step:
            return "invalid_type"
        return _within(value, least, most)

    return check


def number(least: float, most: float) -> Rule:
    def check(value: object) -> str | None:
        if not isinstance(value, int | float) or isinstance(value, bool):
            return "invalid_type"
        return _within(value, least, most)

    return check


def among(*choices: str) -> Rule:
    return lambda value: None if value in choices else "enum"


def text(value: object) -> str | None:
    return None if isinstance(value, str) else "invalid_type"


def flag(value: object) -> str | None:
    return None if isinstance(value, bool) else "invalid_type"


def picture(value: object) -> str | None:
    fits = isinstance(value, str) and value.startswith(("data:image/", "http://", "https://"))
    return None if fits else "invalid_type"


def pictures(most: int) -> Rule:
    def check(value: object) -> str | None:
        fits = isinstance(value, list) and len(value) <= most and not any(map(picture, value))
        return None if fits else "invalid_type"

    return check


def _within(value: float, least: float, most: float) -> str | None:
    if value < least:
        return "number_gte"
    return "number_lte" if value > most else None


ELEVEN_RATIOS = (
    *("1:1", "16:9", "21:9", "3:2", "2:3", "4:5"),
    *("5:4", "3:4", "4:3", "9:16", "9:21"),
)
NINE_RATIOS = ("1:1", "16:9", "3:2", "2:3", "4:5", "5:4", "9:16", "3:4", "4:3")
SD_RATIOS = ("16:9", "1:1", "21:9", "2:3", "3:2", "4:5", "5:4", "9:16", "9:21")
SEED = whole(0, 2**63 - 1)
PERCENT = whole(0, 100)
ANY_FORMAT = among("webp", "jpg", "png")
NO_WEBP = among("jpg", "png")

_SD: Mapping[str, Rule] = {
    "prompt": text,
    "aspect_ratio": among(*SD_RATIOS),
    "cfg": number(1, 10),
    "seed": SEED,
    "negative_prompt": text,
    "image": picture,
    "prompt_strength": number(0, 1),
    "output_format": ANY_FORMAT,
}
_SCHNELL: Mapping[str, Rule] = {
    "prompt": text,
    "aspect_ratio": among(*ELEVEN_RATIOS),
    "megapixels": among("1", "0.25"),
    "num_inference_steps": whole(1, 4),
    "seed": SEED,
    "num_outputs": whole(1, 4),
    "output_format": ANY_FORMAT,
    "output_quality": PERCENT,
    "disable_safety_checker": flag,
    "go_fast": flag,
}
_PRO: Mapping[str, Rule] = {
    "prompt": text,
    "aspect_ratio": among(*NINE_RATIOS, "custom"),
    "width": whole(256, 1440, step=32),
    "height": whole(256, 1440, step=32),
    "seed": SEED,
    "image_prompt": picture,
    "output_format": ANY_FORMAT,
    "output_quality": PERCENT,
    "safety_tolerance": whole(1, 6),
    "prompt_upsampling": flag,
}
_PRO_2: Mapping[str, Rule] = {
    "prompt": text,
    "aspect_ratio": among("match_input_image", "custom", *NINE_RATIOS),
    "resolution": among("match_input_image", "0.5 MP", "1 MP", "2 MP", "4 MP"),
    "width": whole(256, 2048, step=16),
    "height": whole(256, 2048, step=16),
    "seed": SEED,
    "input_images": pictures(8),
    "output_format": ANY_FORMAT,
    "output_quality": PERCENT,
    "safety_tolerance": whole(1, 5),
}
_KLEIN: Mapping[str, Rule] = {
    "prompt": text,
    "aspect_ratio": among("match_input_image", *ELEVEN_RATIOS),
    "seed": SEED,
    "images": pictures(5),
    "output_format": ANY_FORMAT,
    "output_quality": PERCENT,
    "disable_safety_checker": flag,
    "go_fast": flag,
}
_MEGAPIXELS = among("0.25", "0.5", "1", "2", "4")

SCHEMAS: Mapping[str, Schema] = {
    "stability-ai/stable-diffusion-3.5-large": Schema(_SD, gives_list=True),
    "stability-ai/stable-diffusion-3.5-large-turbo": Schema(_SD, gives_list=True),
    "stability-ai/stable-diffusion-3.5-medium": Schema(_SD, gives_list=False),
    "black-forest-labs/flux-schnell": Schema(_SCHNELL, gives_list=True, draws_bar=True),
    "black-forest-labs/flux-dev": Schema(
        {
            **_SCHNELL,
            "guidance": number(0, 10),
            "num_inference_steps": whole(1, 50),
            "image": picture,
            "prompt_strength": number(0, 1),
        },
        gives_list=True,
        draws_bar=True,
    ),
    "black-forest-labs/flux-1.1-pro": Schema(_PRO, gives_list=False),
    "black-forest-labs/flux-1.1-pro-ultra": Schema(
        {
            "prompt": text,
            "aspect_ratio": among(*ELEVEN_RATIOS),
            "seed": SEED,
            "image_prompt": picture,
            "image_prompt_strength": number(0, 1),
            "output_format": NO_WEBP,
            "safety_tolerance": whole(1, 6),
            "raw": flag,
        },
        gives_list=False,
    ),
    "black-forest-labs/flux-kontext-pro": Schema(
        {
            "prompt": text,
            "aspect_ratio": among("match_input_image", *ELEVEN_RATIOS, "2:1", "1:2"),
            "seed": SEED,
            "input_image": picture,
            "output_format": NO_WEBP,
            "safety_tolerance": whole(0, 6),
            "prompt_upsampling": flag,
        },
        gives_list=False,
    ),
    "black-forest-labs/flux-2-pro": Schema(_PRO_2, gives_list=False),
    "black-forest-labs/flux-2-max": Schema(_PRO_2, gives_list=False),
    "black-forest-labs/flux-2-flex": Schema(
        {
            **_PRO_2,
            "guidance": number(1.5, 10),
            "steps": whole(1, 50),
            "input_images": pictures(10),
            "prompt_upsampling": flag,
        },
        gives_list=False,
    ),
    "black-forest-labs/flux-fill-pro": Schema(
        {
            "prompt": text,
            "image": picture,
            "mask": picture,
            "outpaint": among("None", "Zoom out 1.5x", "Zoom out 2x", "Make square"),
            "steps": whole(15, 50),
            "guidance": number(1.5, 100),
            "seed": SEED,
            "output_format": NO_WEBP,
            "safety_tolerance": whole(1, 6),
            "prompt_upsampling": flag,
        },
        gives_list=False,
        required=("prompt", "image"),
    ),
    "black-forest-labs/flux-fill-dev": Schema(
        {
            "prompt": text,
            "image": picture,
            "mask": picture,
            "megapixels": among("1", "0.25", "match_input"),
            "num_outputs": whole(1, 4),
            "num_inference_steps": whole(1, 50),
            "guidance": number(0, 100),
            "seed": SEED,
            "output_format": ANY_FORMAT,
            "output_quality": PERCENT,
            "disable_safety_checker": flag,
        },
        gives_list=True,
        draws_bar=True,
        required=("prompt", "image"),
    ),
    "black-forest-labs/flux-2-dev": Schema(
        {
            "prompt": text,
            "aspect_ratio": among("match_input_image", "custom", *NINE_RATIOS),
            "width": whole(256, 1440, step=32),
            "height": whole(256, 1440, step=32),
            "seed": SEED,
            "input_images": pictures(4),
            "output_format": ANY_FORMAT,
            "output_quality": PERCENT,
            "disable_safety_checker": flag,
            "go_fast": flag,
        },
        gives_list=False,
    ),
    "black-forest-labs/flux-2-klein-4b": Schema(
        {**_KLEIN, "output_megapixels": _MEGAPIXELS}, gives_list=True
    ),
    "black-forest-labs/flux-2-klein-9b": Schema(
        {**_KLEIN, "megapixels": _MEGAPIXELS}, gives_list=True
    ),
}
