"""The page at `/graphql` for people: GraphiQL."""

from image_generation.graphql.explorer.page import Explorer

__all__ = ["Explorer"]
