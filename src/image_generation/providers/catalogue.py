"""The models that are known, read from `catalogue.toml`.

A model of the file is a `ModelSpec` with names in place of what several share: `like` a model
before it, a table of `sizes`, lists of `options`, a `price`.
"""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from image_generation.domain.pictures import Size
from image_generation.providers import prices
from image_generation.providers.models import ModelSpec

_Table = Mapping[str, Any]
"""A table of the file, before it is validated."""

_TABLES = frozenset({"model", "options", "prices", "ratios", "sizes"})
_OWN = frozenset({"name", "title", "aliases", "price_usd", "retires_on", "successor"})
"""What a model does not take over from the one that it is like."""


class CatalogueError(ValueError):
    """The catalogue has a mistake; the message names the model and the key."""


@cache
def catalogue() -> tuple[ModelSpec, ...]:
    """Read the catalogue of this package, once."""
    file = resources.files("image_generation.providers") / "catalogue.toml"
    return parse(file.read_text(encoding="utf-8"))


def models_of(provider: str) -> tuple[ModelSpec, ...]:
    """Return the models of a provider, the recommended ones first and the retired ones last."""
    return tuple(model for model in catalogue() if model.provider == provider)


def parse(text: str) -> tuple[ModelSpec, ...]:
    """Read a catalogue, or raise `CatalogueError`."""
    try:
        file = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(f"The catalogue is not TOML: {error}") from error
    if unknown := file.keys() - _TABLES:
        raise CatalogueError(f"The catalogue has no table {min(unknown)!r}.")
    models = tuple(_models(file))
    _refuse_doubles(models)
    return models


class _Entry(BaseModel):
    """One model of the file; no key is allowed that the dataclasses within do not have."""

    model_config = ConfigDict(extra="forbid")

    model: ModelSpec


def _models(file: _Table) -> Iterator[ModelSpec]:
    seen: dict[str, _Table] = {}
    for entry in file.get("model", []):
        name = entry.get("name", "a model without a name")
        entries = _Names(name, {**file, "like": seen})
        seen[name] = entries.inherited(entry)
        yield _validated(name, entries.resolved(seen[name]))


class _Names:
    """Puts what is shared in place of its name."""

    def __init__(self, model: str, file: _Table) -> None:
        self._model = model
        self._file = file

    def inherited(self, entry: _Table) -> _Table:
        """Fill an entry up with what the model has that it is like."""
        if "like" not in entry:
            return entry
        model = self._find("like", entry["like"])
        kept = {key: value for key, value in model.items() if key not in _OWN}
        return kept | {key: value for key, value in entry.items() if key != "like"}

    def resolved(self, entry: _Table) -> _Table:
        """Replace the names in an entry."""
        values = dict(entry)
        for key in ("sizes", "edit_sizes"):
            if key in values:
                values[key] = self._sizes(self._find("sizes", values[key]))
        if "price" in values:
            values["price"] = self._find("prices", values["price"])
        for key in ("options", "edit_options"):
            if key in values:
                tables = [self._find("options", name) for name in values[key]]
                values[key] = {name: it for table in tables for name, it in table.items()}
        return values

    def _find(self, table: str, name: object) -> _Table:
        found = self._file.get(table, {}).get(name)
        if not isinstance(found, Mapping):
            raise CatalogueError(f"{self._model}: {table}: there is no {name!r}")
        return found

    def _sizes(self, sizes: _Table) -> _Table:
        """Multiply the pixels of each ratio with each scale, and note how the product is asked."""
        if "ratios" not in sizes:
            return sizes
        inputs = {
            Size(round(width * scale), round(height * scale)): {
                sizes["ratio_input"]: ratio,
                **({sizes["scale_input"]: step} if "scale_input" in sizes else {}),
            }
            for step, scale in sizes.get("scales", {"": 1}).items()
            for ratio, (width, height) in self._find("ratios", sizes["ratios"]).items()
        }
        return {"fixed": tuple(inputs), "inputs": inputs}


def _validated(name: str, entry: _Table) -> ModelSpec:
    try:
        model = _Entry.model_validate({"model": entry}).model
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(part) for part in first["loc"][1:])
        raise CatalogueError(f"{name}: {key}: {first['msg']}") from error
    return prices.with_price(model)


def _refuse_doubles(models: tuple[ModelSpec, ...]) -> None:
    owners: dict[tuple[str, str], str] = {}
    for model in models:
        for name in (model.name, *model.aliases):
            key = (model.provider, name.casefold())
            if key in owners:
                raise CatalogueError(
                    f"{model.name}: name or alias {name!r} is that of {owners[key]}"
                )
            owners[key] = model.name
