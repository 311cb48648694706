"""Styles that operators add or replace, read from a TOML file."""

import tomllib
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from image_generation.domain import limits
from image_generation.domain.errors import InvalidInput
from image_generation.domain.styles import PRESETS, Style

_TYPES = {"guidance_scale": (int, float), "steps": (int,)}
_BLANK = Style(
    name="",
    title="",
    description="",
    suffix="",
    negative_prompt="",
    guidance_scale=7.5,
    steps=30,
)


class StyleFileError(Exception):
    """The file cannot be used; the message says where and why, for the operator."""


def read_styles(path: Path) -> list[Style]:
    """Return the presets with those of a file added.

    Each table of the file is a style: `[name]` with any of title, description, suffix,
    negative_prompt, guidance_scale (1…30) and steps (1…150). A preset of the same name, in any
    case, gives what the table leaves out. Raises `StyleFileError`.
    """
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise StyleFileError(f"{path}: {error}") from error
    styles = {style.name: style for style in PRESETS}
    for name, table in ((name.strip(), table) for name, table in tables.items()):
        style = _style(path, name, table, styles.get(name.casefold()))
        styles[style.name.casefold()] = style
    return list(styles.values())


def _style(path: Path, name: str, table: Any, preset: Style | None) -> Style:
    if not isinstance(table, dict):
        raise StyleFileError(f"{path}: {name} is not a table; write [{name}].")
    known = {field.name for field in fields(Style)} - {"name"}
    if unknown := sorted(table.keys() - known):
        raise StyleFileError(f"{path}: [{name}] has {unknown[0]}; known are {sorted(known)}.")
    for key, value in table.items():
        if type(value) not in _TYPES.get(key, (str,)):
            raise StyleFileError(f"{path}: [{name}] {key} has the wrong type.")
    base = preset or replace(_BLANK, title=name.replace("_", " ").capitalize())
    style = replace(base, name=preset.name if preset else name, **table)
    _check(path, style)
    return style


def _check(path: Path, style: Style) -> None:
    try:
        limits.NAME.check("name", style.name)
        for field in ("title", "description", "suffix", "negative_prompt"):
            limits.STYLE_TEXT.check(field, getattr(style, field))
        limits.GUIDANCE_SCALE.check("guidance_scale", style.guidance_scale)
        limits.STEPS.check("steps", style.steps)
    except InvalidInput as error:
        raise StyleFileError(f"{path}: [{style.name}] {error.field}: {error.message}") from error
