"""From a request to the JSON that is sent."""

from collections.abc import Mapping
from typing import Any

import orjson

from image_generation.domain.json import JsonValue
from image_generation.domain.pictures import Size
from image_generation.providers.base import ProviderRequest
from image_generation.providers.models import ModelSpec
from image_generation.providers.openai.profiles import UNNAMED, Profile, ResponseFormat

_TAG = "sd_cpp_extra_args"
_GPT = ("gpt-image-", "chatgpt-image-")


def body(model: ModelSpec, request: ProviderRequest, profile: Profile) -> dict[str, JsonValue]:
    """Write all that is sent but the pictures to start from."""
    settings = _settings(request, profile.parameters)
    return {
        "prompt": _prompt(request, profile, settings),
        **_model(model, profile),
        **model.constants,
        **model.sizes_for(request.operation).written(Size(request.width, request.height)),
        **({} if profile.in_prompt else settings),
        **_response_format(model, profile),
        **request.options,
    }


def _model(model: ModelSpec, profile: Profile) -> dict[str, JsonValue]:
    return {"model": model.name} if profile.names_model and model.name != UNNAMED else {}


def _response_format(model: ModelSpec, profile: Profile) -> dict[str, JsonValue]:
    rule = profile.response_format
    if rule is ResponseFormat.NEVER:
        return {}
    if rule is ResponseFormat.UNLESS_GPT and model.name.startswith(_GPT):
        return {}
    return {"response_format": "b64_json"}


def _settings(
    request: ProviderRequest, parameters: Mapping[str, tuple[str, ...]]
) -> dict[str, JsonValue]:
    """Put each value that is given where its path leads."""
    settings: dict[str, Any] = {}  # tables within tables
    for name, path in parameters.items():
        value = getattr(request, name)
        if value is None:
            continue
        table = settings
        for key in path[:-1]:
            table = table.setdefault(key, {})
        table[path[-1]] = value
    return settings


def _prompt(request: ProviderRequest, profile: Profile, settings: Mapping[str, JsonValue]) -> str:
    prompt = request.prompt
    if profile.in_prompt:
        return _with_arguments(prompt, settings)
    mark = profile.negative_mark
    if mark is None:
        return prompt
    prompt = prompt.replace(mark, ",")
    if request.negative_prompt is None:
        return prompt
    return f"{prompt}{mark}{request.negative_prompt.replace(mark, ',')}"


def _with_arguments(prompt: str, settings: Mapping[str, JsonValue]) -> str:
    """Append the settings between tags; tags that the caller wrote lose their meaning."""
    prompt = prompt.replace(_TAG, _TAG.replace("_", " "))
    if not settings:
        return prompt
    # An escaped "<" is the same JSON, and cannot end the block.
    arguments = orjson.dumps(settings).decode().replace("<", "\\u003c")
    return f"{prompt} <{_TAG}>{arguments}</{_TAG}>"
