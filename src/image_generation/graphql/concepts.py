"""The theory: what the models are built on."""

import strawberry

from image_generation.concepts import content
from image_generation.domain.concepts import ConceptKind
from image_generation.graphql.choices import Model, models_built_on
from image_generation.graphql.context import Info
from image_generation.graphql.figures import Figure, Options, figures_for
from image_generation.services.figures import Wanted

ConceptParent = strawberry.Parent[content.Concept]


@strawberry.type(description="A formula.")
class Equation:
    """The names of an equation's fields."""

    name: str = strawberry.field(description="What it is called.")
    latex: str = strawberry.field(description="The formula in LaTeX.")
    meaning: str = strawberry.field(description="What it says and what each symbol is; Markdown.")


@strawberry.type(description="A publication.")
class Reference:
    """The names of a reference's fields."""

    title: str = strawberry.field(description="Its title.")
    authors: str = strawberry.field(description="Who wrote it.")
    year: int = strawberry.field(description="When it first appeared.")
    url: str = strawberry.field(description="Where it is: arXiv or DOI.")


@strawberry.type(description="An architecture that models are built on, explained.")
class Concept:
    """The names of a concept's fields."""

    kind: ConceptKind = strawberry.field(description="Which architecture.")
    title: str = strawberry.field(description="What it is called.")
    summary: str = strawberry.field(description="The idea in a few sentences.")
    architecture: str = strawberry.field(
        description="The parts and how they fit; Markdown, formulas in LaTeX between dollar signs."
    )
    training: str = strawberry.field(description="How it learns; as above.")
    inference: str = strawberry.field(description="How it makes a picture; as above.")
    data_preparation: str = strawberry.field(description="What it learns from; as above.")
    equations: list[content.Equation] = strawberry.field(
        graphql_type=list[Equation], description="The formulas, one by one."
    )
    diagram: str = strawberry.field(description="A drawing of letters, for a fixed-width font.")
    strengths: list[str] = strawberry.field(description="What it is good at.")
    weaknesses: list[str] = strawberry.field(description="What it is not good at.")
    key_models: list[str] = strawberry.field(description="Models that mattered, with their years.")
    references: list[content.Reference] = strawberry.field(
        graphql_type=list[Reference], description="Where to read on."
    )

    @strawberry.field(description="The models of this service that are built on it.")
    @staticmethod
    def models(concept: ConceptParent, info: Info) -> list[Model]:
        """Look through the catalogue."""
        return models_built_on(concept.kind, info.context.services.providers)

    @strawberry.field(
        graphql_type=list[Figure], description="Pictures of its equations, computed from them."
    )
    @staticmethod
    async def figures(concept: ConceptParent, info: Info, options: Options = None) -> list[Wanted]:
        """Put them together; each is drawn when its address is asked."""
        return await figures_for(concept.kind, options, info)
