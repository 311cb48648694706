"""THE FRONT DOOR: schema, types, resolvers, and the HTTP and WebSocket views."""

from image_generation.graphql import enums as enums  # the types need what it does to the enums
