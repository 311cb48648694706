"""Reading rows as views: columns out, records in."""

from collections.abc import Iterable
from typing import Any, TypeVar

from sqlalchemy import Column, Row
from sqlmodel import SQLModel

from image_generation.gallery.records import TABLE

View = TypeVar("View", bound=SQLModel)


def columns_of(view: type[SQLModel]) -> list[Column[Any]]:
    """Return the table's columns that a view shows, in the view's order."""
    return [TABLE.c[name] for name in view.model_fields]


def read_as(view: type[View], rows: Iterable[Row[Any]]) -> list[View]:
    """Make records of rows that were selected with `columns_of`; what a database holds is valid."""
    return [view.model_construct(**row._mapping) for row in rows]  # noqa: SLF001 - its public name
