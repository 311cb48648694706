"""Which documents run: any, or those that the operator trusts, asked for by their names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from typing_extensions import override

from image_generation.domain.errors import Forbidden, InvalidInput, NotFound, RequestRefused
from image_generation.graphql.errors import DocumentCode, public_error

DOCUMENT_ID = "documentId"
"""A member of a request (GraphQL over HTTP, appendix A); its `extensions` carry it on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentPolicy:
    """What may be asked. `trusted`: documents by their names, which are hashes as a rule."""

    trusted: Mapping[str, str] = field(default_factory=dict)
    only_trusted: bool = False
    introspection: bool = True

    def document(self, query: str | None, extensions: Mapping[str, Any]) -> str | None:
        """Return the document that a request means.

        Raises a `RequestRefused`, or the error by which Apollo's clients know to send the document.
        """
        name, digest = extensions.get(DOCUMENT_ID), _digest(extensions)
        if name is not None:
            return self._named(name, query)
        if digest in self.trusted and (self.only_trusted or not query):
            return self.trusted[digest]
        if digest and not query:
            raise _not_found() if self.trusted else _not_supported()
        if self.only_trusted:
            raise Forbidden(f"Only trusted documents run here. Send the `{DOCUMENT_ID}` of one.")
        return query

    def _named(self, name: Any, query: str | None) -> str:
        if query:
            raise InvalidInput("document_id", "There is a `query` too.", "Send one of them.")
        if not isinstance(name, str):
            raise InvalidInput("document_id", "It is not a string.", "Send the name of a document.")
        found = self.trusted.get(name) or self.trusted.get(name.removeprefix("sha256:"))
        if found is None:
            raise NotFound("There is no trusted document of this name.", "document_id")
        return found


class NamedDocuments(SchemaExtension):
    """Puts the document that a request names in the place of its query, over every transport."""

    def __init__(self, policy: DocumentPolicy) -> None:
        self._policy = policy

    @override
    def on_operation(self) -> Iterator[None]:
        context = self.execution_context
        try:
            context.query = self._policy.document(context.query, context.operation_extensions or {})
        except RequestRefused as refusal:  # what is raised here passes by the error policy
            raise public_error(refusal) from refusal
        yield


def with_document_id(members: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the `extensions` of a request, with its `documentId` if it has one."""
    name, extensions = members.get(DOCUMENT_ID), members.get("extensions")
    return extensions if name is None else {**(extensions or {}), DOCUMENT_ID: name}


def _digest(extensions: Mapping[str, Any]) -> str:
    """Read what Apollo's clients call a persisted query."""
    persisted = extensions.get("persistedQuery")
    digest = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    return digest if isinstance(digest, str) else ""


def _not_found() -> GraphQLError:
    code = DocumentCode.PERSISTED_QUERY_NOT_FOUND
    return GraphQLError("PersistedQueryNotFound", extensions={"code": code})


def _not_supported() -> GraphQLError:
    code = DocumentCode.PERSISTED_QUERY_NOT_SUPPORTED
    return GraphQLError("PersistedQueryNotSupported", extensions={"code": code})
