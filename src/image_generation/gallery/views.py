"""Reading rows as views: columns out, records in."""

from collections.abc import Iterable
from typing import Any, TypeVar

from sqlalchemy import Column, Row
from sqlmodel import SQLModel

from image_generation.gallery.records import BATCHES, TABLE, Batch

View = TypeVar("View", bound=SQLModel)


def columns_of(view: type[SQLModel]) -> list[Column[Any]]:
    """Return the columns of its table that a view shows, in the view's order."""
    table = BATCHES if issubclass(view, Batch) else TABLE
    return [table.c[name] for name in view.model_fields]


def read_as(view: type[View], rows: Iterable[Row[Any]]) -> list[View]:
    """Make records of rows that were selected with `columns_of`; what a database holds is valid."""
    names = tuple(view.model_fields)
    return [view.model_construct(**dict(zip(names, row, strict=True))) for row in rows]
