"""The schema, put together."""

from datetime import datetime
from decimal import Decimal

from strawberry.file_uploads import Upload
from strawberry.schema.config import StrawberryConfig

from image_generation.graphql.documents import DocumentPolicy
from image_generation.graphql.extensions import FrontDoorSchema, make_extensions
from image_generation.graphql.mutations import Mutation
from image_generation.graphql.queries import Query
from image_generation.graphql.scalars import DATE_TIME, DECIMAL, SEED, UPLOAD, Seed
from image_generation.graphql.sharing import SharingExecutor
from image_generation.graphql.subscriptions import Subscription
from image_generation.graphql.types import Generation, Image


def make_schema(policy: DocumentPolicy | None = None) -> FrontDoorSchema:
    """Make the schema that clients see."""
    return FrontDoorSchema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[Image, Generation],
        extensions=make_extensions(policy or DocumentPolicy()),
        execution_context_class=SharingExecutor,
        config=StrawberryConfig(
            scalar_map={datetime: DATE_TIME, Decimal: DECIMAL, Seed: SEED, Upload: UPLOAD}
        ),
    )
