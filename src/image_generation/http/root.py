"""The way from the bare address to the explorer."""

from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Route


def routes() -> list[Route]:
    """Make `/`, which leads to GraphQL below the same prefix."""

    async def root(request: Request) -> RedirectResponse:
        return RedirectResponse(f"{request.scope.get('root_path', '')}/graphql", 307)

    return [Route("/", root)]
