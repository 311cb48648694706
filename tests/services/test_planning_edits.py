"""From a wish that starts from a picture to a plan."""

from dataclasses import replace
from typing import Any

import pytest

from image_generation.domain.edits import EditRequest
from image_generation.domain.errors import InvalidInput, Unsupported
from image_generation.domain.generations import Adjustment, Operation
from image_generation.domain.pictures import Size
from image_generation.domain.requests import GenerationRequest
from image_generation.providers.models import ModelSpec, Option, OptionKind, Range, Sizes
from image_generation.providers.registry import Providers
from image_generation.services.planning import Plan
from tests.services.planners import FULL, PLAIN, planner
from tests.services.shop import Shop, spec


def edit_for(*models: ModelSpec, source: tuple[int, int] = (640, 480), **wish: Any) -> Plan:
    values = {"prompt": "an otter", "operation": Operation.IMG2IMG, **wish}
    return planner(*models).plan(EditRequest(**values), Size(*source))


EDITS = frozenset({Operation.IMG2IMG, Operation.INPAINT})
EDITOR = spec(name="editor-1", title="Editor One", operations=EDITS, strength=Range(0, 1))
COPIER = spec(name="copier-1", title="Copier One", operations=frozenset({Operation.IMG2IMG}))


@pytest.mark.parametrize(
    ("models", "wish", "field", "message"),
    [
        (
            (FULL, PLAIN, EDITOR, COPIER),
            {"model": "plain-1"},
            "model",
            "Plain One cannot do IMG2IMG. Use one of: editor-1, copier-1.",
        ),
        (
            (FULL, COPIER),
            {"operation": Operation.INPAINT},
            "provider",
            "Shop cannot do INPAINT. No provider here can.",
        ),
    ],
)
def test_an_operation_that_cannot_be_done_is_refused_with_who_can(
    models: tuple[ModelSpec, ...], wish: dict[str, Any], field: str, message: str
) -> None:
    with pytest.raises(Unsupported) as refusal:
        edit_for(*models, **wish)

    assert (refusal.value.field, refusal.value.message) == (field, message)


def test_a_provider_that_cannot_do_it_is_refused_with_those_that_can() -> None:
    shops = [Shop(FULL), Shop(EDITOR, name="atelier"), Shop(EDITOR, name="shut", missing="Key.")]
    able = planner(providers=Providers(shops))

    with pytest.raises(Unsupported) as refusal:
        able.plan(EditRequest(prompt="an otter", operation=Operation.INPAINT), Size(640, 480))

    assert refusal.value.message == "Shop cannot do INPAINT. Use the provider atelier."


def test_who_names_no_model_gets_the_first_that_can_do_it() -> None:
    old = replace(EDITOR, name="editor-0", retires_on="2020-01-01")

    assert edit_for(FULL, old, COPIER, EDITOR).model == COPIER
    assert edit_for(FULL, old, COPIER, EDITOR, operation=Operation.INPAINT).model == EDITOR
    assert planner(COPIER, FULL).plan(GenerationRequest(prompt="an otter")).model == FULL


def test_a_picture_has_the_size_of_its_source_where_that_can_be() -> None:
    plan = edit_for(EDITOR, source=Size(640, 480), strict=True)

    assert (plan.size, plan.adjustments) == (Size(640, 480), [])


def test_a_size_that_only_the_source_implies_is_adjusted_and_said_even_when_strict() -> None:
    narrow = replace(EDITOR, edit_sizes=Sizes(fixed=(Size(512, 512),)))

    plan = edit_for(narrow, source=Size(512, 500), strict=True)
    large = edit_for(EDITOR, source=Size(4000, 3000))

    assert plan.size == Size(512, 512)
    assert plan.adjustments == [
        Adjustment("height", "500", "512", "Editor One makes no pictures of 512x500.")
    ]
    assert [(it.field, it.asked, it.used) for it in large.adjustments] == [
        ("width", "4000", "1024"),
        ("height", "3000", "768"),
    ]


def test_a_size_that_is_asked_for_is_refused_when_strict() -> None:
    narrow = replace(EDITOR, edit_sizes=Sizes(fixed=(Size(512, 512),)))

    with pytest.raises(Unsupported) as refusal:
        edit_for(narrow, width=256, strict=True)

    assert refusal.value.field == "width"


@pytest.mark.parametrize(("asked", "is_refused"), [(None, False), (0.75, False), (0.5, True)])
def test_a_strength_that_the_model_lacks_is_said_and_refused_when_strict(
    asked: float | None, *, is_refused: bool
) -> None:
    plan = edit_for(COPIER, strength=asked)
    said = [] if asked is None else [("strength", f"{asked:g}", None)]

    assert plan.strength is None
    assert [(it.field, it.asked, it.used) for it in plan.adjustments] == said
    assert {it.reason for it in plan.adjustments} <= {"Copier One has no strength."}
    if is_refused:
        with pytest.raises(Unsupported, match=r"Copier One has no strength\."):
            edit_for(COPIER, strength=asked, strict=True)
    else:
        assert edit_for(COPIER, strength=asked, strict=True).strength is None


def test_an_option_is_known_for_its_operations_only() -> None:
    option = Option(kind=OptionKind.BOOLEAN)
    both = spec(operations=frozenset(Operation), edit_options={"faithful": option})

    assert edit_for(both, options={"faithful": True}).request.options == {"faithful": True}
    with pytest.raises(InvalidInput) as refusal:
        planner(both).plan(GenerationRequest(prompt="an otter", options={"faithful": True}))

    assert refusal.value.message.endswith(
        "Studio One has no option 'faithful' for TEXT_TO_IMAGE. Its options: none."
    )
