"""Files put where they belong in an operation, as its map says."""

from collections.abc import Mapping
from typing import Any

from image_generation.graphql.views.refusals import RefusalError


def attach(operations: dict[str, Any], places: Any, files: Mapping[str, object]) -> None:
    """Put each file into the variables that its name is mapped to, or raise `RefusalError`.

    `places` is the decoded `map`: lists of paths such as "variables.input.image.upload" by the
    names of files. At each path there has to be a null.
    """
    for name, paths in _checked(places).items():
        if name not in files:
            raise _refused(f"There is no file `{name[:100]}`.", "Send each one that it names.")
        for path in paths:
            _place(operations, path, files[name])
    for name in files:
        if name not in places:
            raise _refused(f"It does not name the file `{name[:100]}`.", "Map each one.")


def _checked(places: Any) -> dict[str, list[str]]:
    lists = places.values() if isinstance(places, dict) else [None]
    if not all(
        isinstance(paths, list) and all(isinstance(p, str) for p in paths) for paths in lists
    ):
        raise _refused("It is not an object of lists of paths.", 'Send {"0": ["variables.file"]}.')
    return dict(places)


def _place(operations: dict[str, Any], path: str, file: object) -> None:
    way = path.split(".")
    try:
        if way[0] != "variables":
            raise KeyError(path)
        holder: Any = operations
        for step in way[:-1]:
            holder = holder[_key(holder, step)]
        last = _key(holder, way[-1])
        if holder[last] is not None:
            raise KeyError(path)
    except LookupError as error:
        fault = f"`{path[:100]}` does not lead to a null in `operations`."
        raise _refused(fault, "Name the variable that the file is the value of.") from error
    holder[last] = file


def _key(holder: Any, step: str) -> str | int:
    """Return the key that a step of a path means; raises `LookupError` where it means none."""
    match holder:
        case dict():
            return step
        case list() if step.isascii() and step.isdecimal() and len(step) < 10:
            return int(step)
    raise LookupError(step)


def _refused(fault: str, right: str) -> RefusalError:
    return RefusalError(400, f"`map`: {fault} {right}", field="map")
