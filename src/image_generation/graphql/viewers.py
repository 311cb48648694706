"""Who is asking."""

import strawberry

from image_generation.domain.callers import Role


@strawberry.type(description="Who is asking, and what they may.")
class Viewer:
    """The names of a caller's fields."""

    name: str = strawberry.field(description="The name of the key; what is made is theirs.")
    role: Role = strawberry.field(description="What they may do.")
