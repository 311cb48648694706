"""Style presets: what they add to a prompt and which parameters they bring."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from image_generation.domain.errors import InvalidInput

DEFAULT_STYLE = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """A look. `suffix` goes behind the prompt; the caller's own parameters win over its own.

    `guidance_scale` is 1…30, `steps` 1…150; empty texts add nothing.
    """

    name: str
    title: str
    description: str
    suffix: str
    negative_prompt: str
    guidance_scale: float
    steps: int

    def negative_with(self, own: str | None) -> str | None:
        """Join the caller's negative prompt with the preset's; None when there is neither."""
        return ", ".join(text for text in (own, self.negative_prompt) if text) or None


def with_suffix(prompt: str, suffix: str) -> str:
    """Put a style's suffix behind a prompt."""
    return f"{prompt}, {suffix}" if suffix else prompt


class StyleBook:
    """The styles to choose from; names match in any case."""

    def __init__(self, styles: Iterable[Style]) -> None:
        self._styles = {style.name.casefold(): style for style in styles}

    def __iter__(self) -> Iterator[Style]:
        return iter(self._styles.values())

    def find(self, name: str) -> Style | None:
        """Return the style of that name, or None."""
        return self._styles.get(name.strip().casefold())

    def get(self, name: str) -> Style:
        """Return the style of that name, or refuse and say which there are."""
        if style := self.find(name):
            return style
        known = ", ".join(style.name for style in self)
        raise InvalidInput("style", "There is no such style.", f"Give one of: {known}.")


PRESETS = (
    Style(
        name="default",
        title="Default",
        description="Your words and nothing else.",
        suffix="",
        negative_prompt="",
        guidance_scale=7.5,
        steps=30,
    ),
    Style(
        name="photorealistic",
        title="Photorealistic",
        description="A photograph from a full-frame camera in natural light.",
        suffix="photorealistic, 8K UHD, Canon EOS R5, natural lighting, true-to-life detail",
        negative_prompt="illustration, painting, cartoon, render, plastic skin, oversaturated",
        guidance_scale=8.0,
        steps=35,
    ),
    Style(
        name="artistic",
        title="Artistic",
        description="A painter's free hand, fit for a gallery wall.",
        suffix="expressive brushstrokes, bold composition, gallery quality",
        negative_prompt="photograph, flat colors, stock image, dull",
        guidance_scale=9.0,
        steps=35,
    ),
    Style(
        name="anime",
        title="Anime",
        description="Cel-shaded Japanese animation with clean lines.",
        suffix="anime, cel shading, clean linework, vivid colors, trending on pixiv",
        negative_prompt="photorealistic, 3d render, rough sketch, muddy colors",
        guidance_scale=8.5,
        steps=30,
    ),
    Style(
        name="cinematic",
        title="Cinematic",
        description="A still from a widescreen film.",
        suffix="cinematic still, anamorphic lens flare, shallow depth of field, 35mm film",
        negative_prompt="flat lighting, snapshot, cartoon, overexposed",
        guidance_scale=8.0,
        steps=35,
    ),
    Style(
        name="digital_art",
        title="Digital art",
        description="A polished illustration of the kind made for games and films.",
        suffix="digital art, detailed illustration, concept art, crisp edges",
        negative_prompt="photograph, grainy, unfinished, low detail",
        guidance_scale=7.5,
        steps=30,
    ),
    Style(
        name="watercolor",
        title="Watercolor",
        description="Transparent washes on rough paper.",
        suffix="watercolor painting, soft washes, paper texture, wet-on-wet technique",
        negative_prompt="photograph, hard outlines, opaque paint, digital gloss",
        guidance_scale=7.0,
        steps=30,
    ),
    Style(
        name="oil_painting",
        title="Oil painting",
        description="Thick paint on canvas, in warm tones.",
        suffix="oil painting, impasto, visible canvas, warm tones",
        negative_prompt="photograph, flat shading, digital gloss, thin lines",
        guidance_scale=7.5,
        steps=35,
    ),
    Style(
        name="pixel_art",
        title="Pixel art",
        description="A scene from a 16-bit console.",
        suffix="pixel art, 16-bit, retro game style, limited color palette",
        negative_prompt="photograph, smooth gradients, blur, antialiasing",
        guidance_scale=8.0,
        steps=25,
    ),
    Style(
        name="sketch",
        title="Sketch",
        description="A pencil drawing on paper.",
        suffix="graphite pencil sketch, cross-hatching, line drawing on paper",
        negative_prompt="color, photograph, painted, smooth shading",
        guidance_scale=7.0,
        steps=25,
    ),
)
