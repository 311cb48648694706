"""What OpenAI's images API refuses, written from its reference and not from our catalogue."""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

Body = dict[str, object]


class Refusal(NamedTuple):
    """What a 400 says."""

    message: str
    param: str | None
    code: str | None


MODELS = (
    "gpt-image-2.6-flare",
    "gpt-image-2.6-sunburst",
    "gpt-image-2.5-flare",
    "gpt-image-2.5-flare-2026-09-08",
    "gpt-image-2.5-sunburst",
    "gpt-image-2.5-sunburst-2026-09-08",
    "gpt-image-2",
    "gpt-image-2-2026-04-21",
    "gpt-image-1.5",
    "gpt-image-1.5-2025-12-16",
    "gpt-image-1-mini",
    "chatgpt-image-latest",
)

_PARAMETERS = {
    "model",
    "prompt",
    "n",
    "size",
    "quality",
    "background",
    "output_format",
    "output_compression",
    "moderation",
    "stream",
    "partial_images",
    "safety_identifier",
    "user",
}
_FIDELITIES: Mapping[str, set[str]] = {
    "gpt-image-1.5": {"high", "low"},
    "gpt-image-1-mini": {"low"},
}
_FIXED = {"auto", "1024x1024", "1536x1024", "1024x1536"}
_CHOICES: Mapping[str, set[str]] = {
    "background": {"auto", "opaque", "transparent"},
    "output_format": {"png", "jpeg", "webp"},
    "moderation": {"auto", "low"},
    "complexity": {"low", "medium", "high"},
}


def refusal_of(body: Body, *, edits: bool = False) -> Refusal | None:
    """Return what is wrong with the values of a request for pictures, or for edits of some."""
    model = f"{body.get('model')}"
    if model not in MODELS:
        return Refusal(f"The model '{model}' does not exist.", None, None)
    known = _PARAMETERS | ({"complexity"} if _is(body, "2.6") else set())
    if edits:
        known = (known | {"input_fidelity"}) - {"moderation"}
    refusal = _unknown(body, known) or (_fidelity(body) if edits else None)
    return refusal or next((refusal for rule in _RULES if (refusal := rule(body))), None)


def _fidelity(body: Body) -> Refusal | None:
    allowed = _FIDELITIES.get(f"{body['model']}", set())
    given = body.get("input_fidelity")
    return None if given is None or given in allowed else _invalid("input_fidelity")


def _unknown(body: Body, known: set[str]) -> Refusal | None:
    unknown = sorted(body.keys() - known)
    if not unknown:
        return None
    return Refusal(f"Unknown parameter: '{unknown[0]}'.", unknown[0], "unknown_parameter")


def _prompt(body: Body) -> Refusal | None:
    fits = 0 < len(str(body.get("prompt", ""))) <= 32_000
    return None if fits else _invalid("prompt")


def _count(body: Body) -> Refusal | None:
    return None if body.get("n", 1) in range(1, 11) else _invalid("n")


def _size(body: Body) -> Refusal | None:
    size = str(body.get("size", "auto"))
    if size in _FIXED:
        return None
    edges = re.fullmatch(r"(\d+)x(\d+)", size)
    if edges is None or not (_is(body, "2") or _is(body, "2.5") or _is(body, "2.6")):
        return _invalid("size")
    width, height = int(edges[1]), int(edges[2])
    fits = (
        width % 16 == height % 16 == 0
        and max(width, height) <= 3840
        and max(width, height) <= 3 * min(width, height)
        and 655_360 <= width * height <= 8_294_400
    )
    return None if fits else _invalid("size")


def _quality(body: Body) -> Refusal | None:
    allowed = {"auto", "low", "medium", "high"}
    if _is(body, "2.5") or _is(body, "2.6"):
        allowed |= {"xhigh", "max"}
    return None if body.get("quality", "auto") in allowed else _invalid("quality")


def _choices(body: Body) -> Refusal | None:
    wrong = (name for name, allowed in _CHOICES.items() if name in body)
    return next((_invalid(name) for name in wrong if body[name] not in _CHOICES[name]), None)


def _transparency(body: Body) -> Refusal | None:
    opaque = body.get("output_format") == "jpeg"
    return _invalid("background") if opaque and body.get("background") == "transparent" else None


def _compression(body: Body) -> Refusal | None:
    if "output_compression" not in body:
        return None
    packed = body.get("output_format") in {"jpeg", "webp"}
    return (
        None
        if packed and body["output_compression"] in range(101)
        else _invalid("output_compression")
    )


_RULES: tuple[Callable[[Body], Refusal | None], ...] = (
    _prompt,
    _count,
    _size,
    _quality,
    _choices,
    _transparency,
    _compression,
)


def _is(body: Body, version: str) -> bool:
    return re.match(rf"gpt-image-{re.escape(version)}(?![.\d])", str(body["model"])) is not None


def _invalid(param: str) -> Refusal:
    return Refusal(f"Invalid value for '{param}'.", param, "invalid_value")
