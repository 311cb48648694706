"""Where the front door is."""

from starlette.routing import BaseRoute, Route, WebSocketRoute
from strawberry import Schema

from image_generation.graphql.explorer import Explorer
from image_generation.graphql.views.bounds import Bounds
from image_generation.graphql.views.contexts import MakeContext
from image_generation.graphql.views.http import GraphQLView

PATH = "/graphql"


def graphql_routes(
    schema: Schema,
    make_context: MakeContext,
    *,
    explorer: Explorer | None = None,
    bounds: Bounds | None = None,
    allowed_origins: tuple[str, ...] = (),
) -> list[BaseRoute]:
    """Serve a schema at `/graphql`, over HTTP, server-sent events and WebSockets.

    `make_context` is called with each HTTP request and each WebSocket, and what it says of who
    asks. `allowed_origins`: the web pages of other hosts that may open a WebSocket, such as
    "https://app.example"; pages of this host always may.
    """
    view = GraphQLView(
        schema, make_context, explorer=explorer, bounds=bounds, allowed_origins=allowed_origins
    )
    assets = explorer.routes(f"{PATH}/assets") if explorer else []
    return [
        *assets,
        Route(PATH, view),
        WebSocketRoute(PATH, view),
    ]
