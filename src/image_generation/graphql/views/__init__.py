"""The HTTP, event stream and WebSocket views around a schema."""

from image_generation.graphql.views.bounds import Bounds
from image_generation.graphql.views.contexts import MakeContext
from image_generation.graphql.views.http import GraphQLView
from image_generation.graphql.views.routes import graphql_routes

__all__ = ["Bounds", "GraphQLView", "MakeContext", "graphql_routes"]
