"""Reading a GraphQL request, and telling the client what is wrong with it."""

from collections.abc import Mapping
from json import JSONDecodeError
from typing import Any

from cross_web import AsyncHTTPRequestAdapter
from multipart import parse_options_header
from strawberry.http import GraphQLRequestData, GraphQLRequestProtocol

from image_generation.graphql.documents import DOCUMENT_ID, with_document_id
from image_generation.graphql.views.attachments import attach
from image_generation.graphql.views.json import decode
from image_generation.graphql.views.negotiation import JSON
from image_generation.graphql.views.refusals import RefusalError

_FORM = "multipart/form-data"

# A browser sends these anywhere without asking first, on behalf of any page, as it does a POST
# without a type. Answering JSON only is the guard against cross-site request forgery.
_SIMPLE = ("application/x-www-form-urlencoded", "text/plain")

# A form with files needs one of these: with a header that no form of a page can have, a browser
# asks first. Clients that know Apollo's guard send the last two.
_PREFLIGHT = ("graphql-require-preflight", "apollo-require-preflight", "x-apollo-operation-name")


async def read_request(
    request: AsyncHTTPRequestAdapter, protocol: GraphQLRequestProtocol
) -> GraphQLRequestData:
    """Read the operation a request asks for, from its query string, its JSON body or its form."""
    is_form = parse_options_header(request.content_type or "")[0] == _FORM
    if request.method == "GET":
        members = _from_query_string(request.query_params, is_form=is_form)
    else:
        _check_encoding(request.headers.get("content-encoding", "identity"))
        members = await (_from_form(request) if is_form else _from_json(request))
    _member(members, "extensions", dict)
    _member(members, DOCUMENT_ID, str)
    return GraphQLRequestData(
        query=_member(members, "query", str),
        variables=_member(members, "variables", dict),
        operation_name=_member(members, "operationName", str),
        extensions=with_document_id(members),
        protocol=protocol,
    )


async def _from_json(request: AsyncHTTPRequestAdapter) -> dict[str, Any]:
    essence, parameters = parse_options_header(request.content_type or "")
    if essence in _SIMPLE:
        raise RefusalError(415, f"A form ({essence}) is not accepted. Send {JSON}, or {_FORM}.")
    if essence != JSON or parameters.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        fault = "The content type is not accepted."
        raise RefusalError(415, f"{fault} Send {JSON} in UTF-8, or {_FORM} with files.")
    return _object(await request.get_body(), "The request body")


async def _from_form(request: AsyncHTTPRequestAdapter) -> dict[str, Any]:
    if not any(request.headers.get(name, "").strip() for name in _PREFLIGHT):
        fault = "A form without a preflight could come from any page that somebody looks at."
        raise RefusalError(400, f"{fault} Send the header `GraphQL-Require-Preflight: 1` too.")
    form = await request.get_form_data()
    members = _object(form.form["operations"], "`operations`", "operations")
    attach(members, _decoded(form.form["map"], "`map`", "map"), form.files)
    return members


def _check_encoding(encoding: str) -> None:
    if encoding.strip().lower() != "identity":
        raise RefusalError(
            415,
            "A compressed body is not accepted. Send it as it is.",
            headers={"accept-encoding": "identity"},
        )


def _from_query_string(parameters: Mapping[str, Any], *, is_form: bool) -> dict[str, Any]:
    if is_form:
        raise RefusalError(405, "A form is sent with POST.", headers={"allow": "POST"})
    members = dict(parameters)
    members["operationName"] = members.get("operationName") or None  # empty is the same as absent
    for name in ("variables", "extensions"):
        if name in members:
            members[name] = _decoded(members[name], f"`{name}`", name) if members[name] else None
    return members


def _object(data: bytes, subject: str, field: str | None = None) -> dict[str, Any]:
    members = _decoded(data, subject, field)
    if not isinstance(members, dict):
        fault = f"{subject} is not a JSON object. Send one operation in it."
        raise RefusalError(400, fault, field=field)
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
