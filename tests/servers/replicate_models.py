"""What Replicate's models make of their inputs: each reads its own names, in its own sense."""

from collections.abc import Callable, Mapping

from PIL import Image

from tests.servers.painting import Size, painted, redrawn, repainted

Values = Mapping[str, object]
Open = Callable[[str], list[Image.Image]]
"""From the name of an input to the pictures that it holds."""

_RATIOS: Mapping[object, Size] = {
    "1:1": (1024, 1024),
    "16:9": (1344, 768),
    "21:9": (1536, 640),
    "3:2": (1216, 832),
    "2:3": (832, 1216),
    "4:5": (896, 1088),
    "5:4": (1088, 896),
    "3:4": (896, 1152),
    "4:3": (1152, 896),
    "9:16": (768, 1344),
    "9:21": (640, 1536),
}
_SCALES = {"0.25": 0.5, "1": 1.0, "4": 2.0}
_CLOSENESS = 0.4
"""How far a model that follows instructions goes from the picture."""

_LARGEST_EDGE = 1440


def made(model: str, values: Values, pictures: Open) -> Image.Image:
    """Make the picture that a model gives."""
    words = [values.get(name) for name in ("prompt", "negative_prompt", "seed")]
    if "flux-fill-" in model:
        [source], [mask] = pictures("image"), pictures("mask")
        return repainted(_rounded(source, 16), mask.resize(_rounded(source, 16).size), words)
    if found := pictures("image"):
        source = _rounded(found[0], 64 if "stable-diffusion" in model else 16)
        # "1.0 corresponds to full destruction of information in image"
        return redrawn(source, words, _number(values.get("prompt_strength", 0.8)))
    sources = [one for name in ("input_image", "input_images", "images") for one in pictures(name)]
    if sources:
        return redrawn(sources[0].resize(_size(model, values, sources[0])), words, _CLOSENESS)
    return painted(words, _size(model, values, None))


def _size(model: str, values: Values, source: Image.Image | None) -> Size:
    ratio = values.get("aspect_ratio")
    if ratio == "custom":
        return int(_number(values["width"])), int(_number(values["height"]))
    if ratio == "match_input_image":
        assert source is not None
        scale = (1024 * 1024 / (source.width * source.height)) ** 0.5
        scale = 1.0 if 0.9 < scale < 1.1 else scale
        return round(source.width * scale / 16) * 16, round(source.height * scale / 16) * 16
    width, height = _RATIOS[ratio]
    step = values.get("megapixels", values.get("output_megapixels", "1"))
    scale = 2.0 if model.endswith("-ultra") else _SCALES[f"{step}"]
    return round(width * scale), round(height * scale)


def _rounded(source: Image.Image, step: int) -> Image.Image:
    scale = min(_LARGEST_EDGE / max(source.size), 1.0)
    width, height = (round(edge * scale / step) * step for edge in source.size)
    return source if source.size == (width, height) else source.resize((width, height))


def _number(value: object) -> float:
    assert isinstance(value, int | float)
    return value
