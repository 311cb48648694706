"""Reading a GraphQL request, and telling the client what is wrong with it."""

from collections.abc import Mapping
from json import JSONDecodeError
from typing import Any

from cross_web import AsyncHTTPRequestAdapter, StarletteRequestAdapter
from starlette.requests import Request
from strawberry.http import GraphQLRequestData, GraphQLRequestProtocol
from typing_extensions import override

from image_generation.graphql.views.json import decode
from image_generation.graphql.views.negotiation import JSON
from image_generation.graphql.views.refusals import RefusalError

# A browser sends these anywhere without asking first, on behalf of any page, as it does a POST
# without a type. Answering JSON only is the guard against cross-site request forgery.
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain")


class BoundedRequest(StarletteRequestAdapter):
    """A request whose body ends at `limit` bytes."""

    def __init__(self, request: Request, limit: int) -> None:
        super().__init__(request)
        self._limit = limit

    @override
    async def get_body(self) -> bytes:
        """Read the body, or refuse it as soon as it is known to be too large."""
        declared = self.headers.get("content-length", "")
        self._admit(int(declared) if declared.isdecimal() else 0)
        body = bytearray()
        async for chunk in self._request.stream():
            body += chunk
            self._admit(len(body))
        return bytes(body)

    def _admit(self, size: int) -> None:
        if size > self._limit:
            raise RefusalError(413, f"The request is too large: at most {self._limit} bytes.")


async def read_request(
    request: AsyncHTTPRequestAdapter, protocol: GraphQLRequestProtocol
) -> GraphQLRequestData:
    """Read the operation a request asks for, from its query string or its JSON body."""
    if request.method == "GET":
        members = _from_query_string(request.query_params)
    else:
        _check_type(request.content_type or "")
        _check_encoding(request.headers.get("content-encoding", "identity"))
        members = _decoded(await request.get_body(), "The request body")
    if not isinstance(members, dict):
        raise RefusalError(400, "The request body is not a JSON object. Send one operation in it.")
    return GraphQLRequestData(
        query=_member(members, "query", str),
        variables=_member(members, "variables", dict),
        operation_name=_member(members, "operationName", str),
        extensions=_member(members, "extensions", dict),
        protocol=protocol,
    )


def _check_type(content_type: str) -> None:
    essence, *parameters = (piece.strip().lower() for piece in content_type.split(";"))
    if essence in _FORMS:
        raise RefusalError(415, f"A form ({essence}) is not accepted. Send {JSON}.")
    charset = next((p[8:].strip('"') for p in parameters if p.startswith("charset=")), "utf-8")
    if essence != JSON or charset not in ("utf-8", "utf8"):
        raise RefusalError(415, f"The content type is not accepted. Send {JSON} in UTF-8.")


def _check_encoding(encoding: str) -> None:
    if encoding.strip().lower() != "identity":
        raise RefusalError(
            415,
            "A compressed body is not accepted. Send it as it is.",
            headers={"accept-encoding": "identity"},
        )


def _from_query_string(parameters: Mapping[str, Any]) -> dict[str, Any]:
    members = dict(parameters)
    members["operationName"] = members.get("operationName") or None  # empty is the same as absent
    for name in ("variables", "extensions"):
        if name in members:
            members[name] = _decoded(members[name], f"`{name}`", name) if members[name] else None
    return members


def _decoded(data: bytes | str, subject: str, field: str | None = None) -> Any:
    try:
        return decode(data)
    except JSONDecodeError as error:
        fault = f"{subject} is not JSON: {error.msg} at {error.pos}."
        raise RefusalError(400, fault, field=field) from error


def _member(members: dict[str, Any], name: str, kind: type) -> Any:
    value = members.get(name)
    if value is not None and not isinstance(value, kind):
        shape = "a string" if kind is str else "an object"
        raise RefusalError(400, f"`{name}` is not {shape}.", field=name)
    return value
