"""What callers ask for, as they ask for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

import orjson

from image_generation.domain import limits
from image_generation.domain.errors import InvalidInput
from image_generation.domain.json import JsonValue
from image_generation.domain.styles import DEFAULT_STYLE


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationRequest:
    """A wish for one picture. None leaves the choice to the style, the model or the server.

    The ranges are those of `limits`; `check` raises `InvalidInput` for the first value outside.
    """

    prompt: str
    negative_prompt: str | None = None
    style: str = DEFAULT_STYLE
    provider: str | None = None
    model: str | None = None
    width: int | None = None
    height: int | None = None
    steps: int | None = None
    guidance_scale: float | None = None
    seed: int | None = None
    enhance_prompt: bool | None = None
    options: Mapping[str, JsonValue] = field(default_factory=dict)
    strict: bool = False

    def check(self) -> None:
        """Raise `InvalidInput` when a value is outside its limits."""
        limits.PROMPT.check("prompt", self.prompt)
        limits.NEGATIVE_PROMPT.check("negative_prompt", self.negative_prompt)
        limits.NAME.check("style", self.style)
        limits.NAME.check("provider", self.provider)
        limits.NAME.check("model", self.model)
        limits.EDGE.check("width", self.width)
        limits.EDGE.check("height", self.height)
        limits.STEPS.check("steps", self.steps)
        limits.GUIDANCE_SCALE.check("guidance_scale", self.guidance_scale)
        limits.SEED.check("seed", self.seed)
        _check_options(self.options)

    @property
    def digest(self) -> str:
        """A digest of everything that is asked, for telling whether two requests are the same."""
        return digest_of(self)


def digest_of(*asked: object) -> str:
    """Return a digest of values that can be written as JSON."""
    values = asked[0] if len(asked) == 1 else asked
    return sha256(orjson.dumps(values, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _check_options(options: Mapping[str, JsonValue]) -> None:
    unfit = InvalidInput("options", "The value cannot be stored.", "Give a plain JSON object.")
    try:
        written = orjson.dumps(options)
    except (orjson.JSONEncodeError, RecursionError) as error:
        raise unfit from error
    if orjson.loads(written) != options:  # JSON has neither infinity nor NaN: they become null
        raise unfit
    if len(written) > limits.OPTIONS_BYTES.largest:
        right = f"Give at most {limits.OPTIONS_BYTES.largest} bytes of JSON."
        raise InvalidInput("options", f"{len(written)} bytes are too many.", right)
