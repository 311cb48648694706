"""The errors: one tree, one code each, and what follows from it."""

import re

import pytest
from graphql import GraphQLEnumType

from image_generation.domain import errors
from image_generation.domain.errors import (
    ErrorCode,
    ImageGenerationError,
    InvalidInput,
    NotFound,
    ProviderBusy,
    ProviderError,
    ProviderRejected,
    ProviderTimedOut,
    ProviderUnavailable,
    ResultLost,
    StorageFailed,
    UnexpectedFailure,
    Unsupported,
    WorkCanceled,
    WorkFailed,
)
from image_generation.graphql.schema import make_schema

LINE = re.compile(r"(?P<indent>[│├└─ ]*)(?P<name>[A-Za-z]+)(?: +(?P<code>[A-Z_]+)$)?")


Branch = tuple[str, str, ErrorCode | None]
"""A class of error, its parent, and the code that is its own."""


def drawn() -> list[Branch]:
    """Read the tree in the module's docstring."""
    tree: list[Branch] = []
    above: list[str] = ["Exception"]
    for found in map(LINE.match, (errors.__doc__ or "").split("\n\n")[1].splitlines()):
        assert found is not None
        del above[len(found["indent"]) // 3 + 1 :]
        tree.append((found["name"], above[-1], ErrorCode(found["code"]) if found["code"] else None))
        above.append(found["name"])
    return tree


def defined(kind: type[Exception], parent: type[Exception] = Exception) -> list[Branch]:
    """Walk the classes of the package in the order in which they were made."""
    branches = [(kind.__name__, parent.__name__, vars(kind).get("code"))]
    for child in kind.__subclasses__():
        if child.__module__.startswith("image_generation."):
            branches += defined(child, kind)
    return branches


def test_the_drawn_tree_is_the_tree_of_classes() -> None:
    assert drawn() == defined(ImageGenerationError)


def test_every_code_is_its_own_name_and_is_explained_to_callers() -> None:
    kind = make_schema()._schema.get_type("ErrorCode")

    assert isinstance(kind, GraphQLEnumType)
    explained = {name: value.description or "" for name, value in kind.values.items()}
    assert [code.value for code in ErrorCode] == [code.name for code in ErrorCode]
    assert explained.keys() == {code.name for code in ErrorCode}
    assert all(text.endswith(".") for text in explained.values())


@pytest.mark.parametrize(
    ("error", "repeatable"),
    [
        (ProviderBusy("", charged=False), True),
        (ProviderUnavailable("", charged=False), True),
        (ResultLost("", charged=False), True),
        (StorageFailed("", charged=False), True),
        (WorkCanceled("", charged=False), True),
        (ProviderBusy("", charged=True), False),
        (ProviderBusy("", charged=None), False),
        (ProviderTimedOut("", charged=False), False),
        (ProviderRejected("", charged=False), False),
        (ProviderError("", charged=False), False),
        (UnexpectedFailure("7f3a", charged=False), False),
    ],
)
def test_work_is_repeated_only_when_that_may_help_and_costs_nothing(
    error: WorkFailed, repeatable: bool
) -> None:
    assert error.repeatable is repeatable


@pytest.mark.parametrize(
    ("refusal", "field"),
    [
        (InvalidInput("steps", "It is 0.", "Give 1."), "steps"),
        (Unsupported("seed", "It takes no seed."), "seed"),
        (NotFound("There is no such picture.", "id"), "id"),
        (NotFound("There is no such picture."), None),
    ],
)
def test_a_refusal_names_the_field_that_is_wrong(
    refusal: InvalidInput | Unsupported | NotFound, field: str | None
) -> None:
    assert refusal.field == field
    assert str(refusal) == refusal.message


def test_a_fault_of_ours_shows_nothing_but_its_reference() -> None:
    error = UnexpectedFailure("7f3a", charged=None)

    assert error.message == "Something went wrong here. Reference: 7f3a."
    assert (error.reference, error.retryable, error.charged) == ("7f3a", True, None)
