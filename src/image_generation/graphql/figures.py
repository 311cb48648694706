"""Runnable figures, as callers see them."""

from typing import Annotated, Any

import strawberry

from image_generation.concepts.figures.samplers import Sampler
from image_generation.concepts.figures.schedules import STEPS, Schedule
from image_generation.domain.concepts import ConceptKind
from image_generation.domain.errors import InvalidInput, NotFound
from image_generation.graphql.context import Info
from image_generation.graphql.identifiers import NodeKind, read_id
from image_generation.graphql.inputs import given
from image_generation.graphql.scalars import Seed
from image_generation.services.figures import Wanted, figures_of, wanted

WantedParent = strawberry.Parent[Wanted]


def _option(description: str) -> Any:
    return strawberry.field(default=strawberry.UNSET, description=description)


@strawberry.input(description="What figures are to show; each takes what it knows.")
class FigureOptions:
    """The arguments of all figures."""

    image_id: strawberry.ID | None = _option(
        "The picture in `forward-process` and `vector-quantization`; else one of our own."
    )
    timesteps: list[int] | None = _option(f"Of `forward-process`: 1 to 6, each 0 to {STEPS}.")
    schedule: Schedule | None = _option("Of `forward-process`; else both.")
    sampler: Sampler | None = _option("Of `two-moons`; DDIM by default.")
    steps: int | None = _option("Of `two-moons`: 1 to 200; 20 by default.")
    guidance_scale: float | None = _option("Of `guidance-scale`: 0 to 20; 4 by default.")
    mean: float | None = _option("Of `reparameterization`: -3 to 3; 1 by default.")
    deviation: float | None = _option("Of `reparameterization`: 0.05 to 3; 0.5 by default.")
    codes: int | None = _option("Of `vector-quantization`: 2 to 256; 32 by default.")
    penalty: float | None = _option("γ of R1 in `dirac-gan`: 0 to 4; 0.3 by default.")
    seed: Seed | None = _option("For what is drawn by chance: 0 to 4294967295; 0 by default.")


Options = Annotated[
    FigureOptions | None,
    strawberry.argument(description="What they are to show; else each its defaults."),
]


@strawberry.type(description="A picture of an equation, computed from it by this service.")
class Figure:
    """The names of a figure's fields."""

    @strawberry.field(description="Its name, as in its address.")
    @staticmethod
    def name(figure: WantedParent) -> str:
        """Read it."""
        return figure.figure.name

    @strawberry.field(description="What it shows, and what to learn from it.")
    @staticmethod
    def caption(figure: WantedParent) -> str:
        """Read it."""
        return figure.figure.caption

    @strawberry.field(description="What is seen, in words, for those who do not see it.")
    @staticmethod
    def alternative_text(figure: WantedParent) -> str:
        """Tell it for these arguments."""
        return figure.figure.alternative(figure.arguments)

    @strawberry.field(description="SVG or PNG by plain HTTP; change its query to see it change.")
    @staticmethod
    def url(figure: WantedParent, info: Info) -> str:
        """Make the address from the caller's side."""
        if figure.picture is None:
            return f"{info.context.origin}{figure.address}"
        return info.context.url_of(figure.address)


async def figures_for(kind: ConceptKind, options: FigureOptions | None, info: Info) -> list[Wanted]:
    """Put the figures of a concept together; what a figure does not know is not for it."""
    info.context.services.figures.expect()  # who lists them is going to open them
    values = {} if options is None else given(options)
    picture = None
    if (text := values.pop("image_id", None)) is not None:
        picture = read_id(NodeKind.IMAGE, text, "options.image_id")
        if await info.context.images.load(picture) is None:
            raise NotFound("There is no picture with this id.", "options.image_id")
    try:
        return [
            wanted(
                figure,
                {
                    name: value
                    for name, value in values.items()
                    if name in figure.arguments.model_fields
                },
                picture if figure.of_picture else None,
            )
            for figure in figures_of(kind)
        ]
    except InvalidInput as fault:
        raise InvalidInput(f"options.{fault.field}", fault.fault, fault.right) from fault
