"""Which messages a graphql-transport-ws client may send."""

from typing import TypeGuard

from strawberry.subscriptions.protocols.graphql_transport_ws.types import Message


def is_message(message: object) -> TypeGuard[Message]:
    """Whether a client may send this, by the table of messages in PROTOCOL.md."""
    match message:
        case {"type": "connection_init" | "ping" | "pong", **rest}:
            fits = _optional(rest.get("payload"), dict)
        case {"type": "complete", "id": identifier}:
            fits = _is_identifier(identifier)
        case {"type": "subscribe", "id": identifier, "payload": dict() as payload}:
            fits = _is_identifier(identifier) and _is_request(payload)
        case _:
            fits = False
    return fits


def _is_identifier(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _is_request(payload: dict[str, object]) -> bool:
    has_document = isinstance(payload.get("query", payload.get("documentId")), str)
    return (
        (has_document or isinstance(payload.get("extensions"), dict))
        and _optional(payload.get("query"), str)
        and _optional(payload.get("documentId"), str)
        and _optional(payload.get("operationName"), str)
        and _optional(payload.get("variables"), dict)
        and _optional(payload.get("extensions"), dict)
    )


def _optional(value: object, kind: type) -> bool:
    return value is None or isinstance(value, kind)
