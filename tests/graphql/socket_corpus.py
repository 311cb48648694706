"""WebSocket conversations of every odd kind: what a client sends, and all that it hears."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from websockets.frames import Frame, Opcode

PROTOCOL = "graphql-transport-ws"
KEY = "igk_known"
Message = dict[str, Any]


@dataclass(frozen=True)
class Script:
    """One connection.

    `sent` goes out at once, in frames. `heard` are all messages of each operation, and `end` is the
    code and reason of the server's close, before which more may be heard; None: the client closes
    after the last message. `status` is that of the handshake. `hurried`: the server waits but a
    moment for the introduction.
    """

    name: str
    sent: list[bytes]
    heard: list[Message] = field(default_factory=list)
    end: tuple[int, str] | None = None
    offers: tuple[str, ...] = (PROTOCOL,)
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 101
    hurried: bool = False


def frame(opcode: Opcode, data: bytes, *, fin: bool = True, mask: bool = True) -> bytes:
    """Write a frame as clients do."""
    return Frame(opcode, data, fin).serialize(mask=mask)


def text(content: str | bytes) -> bytes:
    """Write a text message."""
    return frame(Opcode.TEXT, content if isinstance(content, bytes) else content.encode())


def say(type: str, **members: Any) -> bytes:
    """Write a message of the protocol."""
    return text(json.dumps({"type": type, **members}))


def ask(id: Any, query: str, **members: Any) -> bytes:
    """Begin an operation."""
    return say("subscribe", id=id, payload={"query": query, **members})


def following(id: str, data: Any) -> Message:
    """Expect a result."""
    return {"id": id, "type": "next", "payload": {"data": data}}


def done(id: str) -> Message:
    """Expect the end of an operation."""
    return {"id": id, "type": "complete"}


def failing(
    id: str,
    message: str,
    code: str = "BAD_USER_INPUT",
    place: tuple[int, int] | None = None,
    field: str | None = None,
) -> Message:
    """Expect that an operation is refused."""
    error: Message = {"message": message, "extensions": {"code": code}}
    if place:
        error["locations"] = [{"line": place[0], "column": place[1]}]
    if field:
        error["extensions"]["field"] = field
    return {"id": id, "type": "error", "payload": [error]}


KNOWN = {"authorization": f"Bearer {KEY}"}
INIT = say("connection_init", payload=KNOWN)
ACK = {"type": "connection_ack"}
PONG = {"type": "pong"}
HELLO = "{ hello }"
HELLO_1 = [following("1", {"hello": "world"}), done("1")]
WATCH = "subscription { watch }"
WATCHING = {"watch": "watching"}

UNKNOWN_KIND = (4400, "Invalid message received")
NOT_JSON = (4400, "WebSocket message must be valid JSON")
NOT_TEXT = (4400, "WebSocket message type must be text")
UNAUTHORIZED = (4401, "Unauthorized")
AGAIN = (4429, "Too many initialisation requests")
FOREIGN = (4406, "Subprotocol not acceptable")


HANDSHAKES = [
    Script("the right protocol", [INIT], [ACK]),
    Script("the right protocol among others", [INIT], [ACK], offers=("graphql-ws", PROTOCOL)),
    Script("no protocol", [INIT], end=FOREIGN, offers=()),
    Script("the old protocol", [INIT], end=FOREIGN, offers=("graphql-ws",)),
    Script("a protocol in capitals", [INIT], end=FOREIGN, offers=("GraphQL-Transport-WS",)),
    Script("a page of another host", [INIT], status=403, headers={"Origin": "https://else.example"}),
    Script("a page without an address", [INIT], status=403, headers={"Origin": "null"}),
    Script("an old version", [INIT], status=400, headers={"Sec-WebSocket-Version": "8"}),
    Script("a nonce that is none", [INIT], status=400, headers={"Sec-WebSocket-Key": "x"}),
    Script("no nonce", [INIT], status=400, headers={"Sec-WebSocket-Key": ""}),
]  # fmt: skip

INTRODUCTIONS = [
    Script("a key in the payload", [INIT, ask("1", HELLO)], [ACK, *HELLO_1]),
    Script("a key in the payload, in capitals", [say("connection_init", payload={"Authorization": f"Bearer {KEY}"})], [ACK]),
    Script("a key in the header", [say("connection_init")], [ACK], headers=KNOWN),
    Script("a key in the header and a payload of null", [say("connection_init", payload=None)], [ACK], headers=KNOWN),
    Script("a key in the header and an empty payload", [say("connection_init", payload={})], [ACK], headers=KNOWN),
    Script("a key in the header and another payload", [say("connection_init", payload={"a": [1]})], [ACK], headers=KNOWN),
    Script("a key in the header, and one that is not text", [say("connection_init", payload={"authorization": 1})], [ACK], headers=KNOWN),
    Script("a wrong key in the payload and a right one in the header", [say("connection_init", payload={"authorization": "Bearer x"})], end=UNAUTHORIZED, headers=KNOWN),
    Script("no key", [say("connection_init")], end=UNAUTHORIZED),
    Script("a wrong key", [say("connection_init", payload={"authorization": "Bearer igk_wrong"})], end=UNAUTHORIZED),
    Script("a key of another scheme", [say("connection_init", payload={"authorization": f"Basic {KEY}"})], end=UNAUTHORIZED),
    Script("a payload that is a list", [say("connection_init", payload=[])], end=UNKNOWN_KIND),
    Script("a payload that is text", [say("connection_init", payload=KEY)], end=UNKNOWN_KIND),
    Script("an introduction twice", [INIT, INIT], [ACK], AGAIN),
    Script("an introduction again after an operation", [INIT, ask("1", HELLO), INIT], [ACK], AGAIN),
    Script("no introduction", [], end=(4408, "Connection initialisation timeout"), hurried=True),
    Script("a ping in place of an introduction", [say("ping")], [PONG], (4408, "Connection initialisation timeout"), hurried=True),
    Script("an operation before the introduction", [ask("1", HELLO)], end=UNAUTHORIZED),
    Script("an operation with a key in the header only", [ask("1", HELLO)], end=UNAUTHORIZED, headers=KNOWN),
    Script("the end of an operation before the introduction", [say("complete", id="1"), INIT], [ACK]),
]  # fmt: skip

MESSAGES = [
    *(
        Script(f"not JSON: {content!r}", [INIT, text(content)], [ACK], NOT_JSON)
        for content in (b"", b"{", b"{'type': 'ping'}", b'{"type": NaN}', b"\xef\xbb\xbf{}", b'{"type":"\\ud800"}', b"[" * 2000)
    ),
    *(
        Script(f"no message: {content}", [INIT, text(content)], [ACK], UNKNOWN_KIND)
        for content in (
            "null", "[]", "1", '"ping"', "{}", '{"type":null}', '{"type":[]}', '{"type":"PING"}', '{"type":"next","id":"1"}',
            '{"type":"connection_ack"}', '{"type":"ping","payload":1}', '{"type":"pong","payload":"x"}', '{"type":"start","id":"1"}',
            '{"type":"complete"}', '{"type":"complete","id":1}', '{"type":"complete","id":""}',
            '{"type":"subscribe","id":"1"}', '{"type":"subscribe","id":"1","payload":null}', '{"type":"subscribe","id":"1","payload":"x"}',
            '{"type":"subscribe","id":"1","payload":{}}', '{"type":"subscribe","payload":{"query":"{ hello }"}}',
            '{"type":"subscribe","id":"","payload":{"query":"{ hello }"}}', '{"type":"subscribe","id":1,"payload":{"query":"{ hello }"}}',
            '{"type":"subscribe","id":[],"payload":{"query":"{ hello }"}}', '{"type":"subscribe","id":"1","payload":{"query":1}}',
            '{"type":"subscribe","id":"1","payload":{"query":"{ hello }","variables":[]}}',
            '{"type":"subscribe","id":"1","payload":{"query":"{ hello }","operationName":1}}',
            '{"type":"subscribe","id":"1","payload":{"query":"{ hello }","extensions":"x"}}',
        )
    ),
    Script("a ping", [INIT, say("ping")], [ACK, PONG]),
    Script("a ping with a payload", [INIT, say("ping", payload={"sent": 1})], [ACK, {**PONG, "payload": {"sent": 1}}]),
    Script("a ping with a payload of null", [INIT, say("ping", payload=None)], [ACK, PONG]),
    Script("a ping before the introduction", [say("ping"), INIT], [PONG, ACK]),
    Script("a pong that nobody asked for", [INIT, say("pong", payload={}), ask("1", HELLO)], [ACK, *HELLO_1]),
    Script("members that nobody knows", [INIT, say("ping", x=1)], [ACK, PONG]),
    Script("the same member twice, of which the last counts", [INIT, text('{"type":"nope","type":"ping"}')], [ACK, PONG]),
]  # fmt: skip

FRAMES = [
    Script("bytes", [INIT, frame(Opcode.BINARY, b'{"type":"ping"}')], [ACK], NOT_TEXT),
    Script("bytes first", [frame(Opcode.BINARY, b"\0")], [], NOT_TEXT),
    Script(
        "a message in pieces, with a ping between them",
        [INIT, frame(Opcode.TEXT, b'{"type":', fin=False), frame(Opcode.PING, b"x"), frame(Opcode.CONT, b'"ping"}')],
        [ACK, PONG],
    ),
    Script("text that is no text", [INIT, text(b"\xff\xfe")], [], (1007, "")),
    Script("a piece of nothing", [INIT, frame(Opcode.CONT, b"x")], [], (1002, "unexpected continuation frame")),
    Script("a new message before the end of one", [INIT, frame(Opcode.TEXT, b"{", fin=False), text("{}")], [], (1002, "expected a continuation frame")),
    Script("a frame that is not masked", [INIT, frame(Opcode.TEXT, b"{}", mask=False)], [], (1002, "incorrect masking")),
    Script("reserved bits", [INIT, b"\xf1\x80\0\0\0\0"], [], (1002, "reserved bits must be 0")),
    Script("an unknown kind of frame", [INIT, b"\x83\x80\0\0\0\0"], [], (1002, "invalid opcode")),
    Script("a ping in pieces", [INIT, b"\x09\x80\0\0\0\0"], [], (1002, "fragmented control frame")),
    Script("a ping of 126 bytes", [INIT, b"\x89\xfe\0\x7e\0\0\0\0" + b"x" * 126], [], (1002, "control frame too long")),
    Script("a message of more than a mebibyte", [INIT, text("x" * (1024 * 1024 + 1))], [], (1009, "frame with 1048577 bytes exceeds limit of 1048576 bytes")),
    Script("a close that is no close", [INIT, frame(Opcode.CLOSE, b"x")], [], (1002, "close frame too short")),
    Script("a close", [INIT, frame(Opcode.CLOSE, b"\x03\xe8bye")], [], (1000, "bye")),
]  # fmt: skip

OPERATIONS = [
    Script("a query", [INIT, ask("1", HELLO)], [ACK, *HELLO_1]),
    Script("a mutation", [INIT, ask("1", 'mutation { paint(input: {prompt: "a fox"}) }')], [ACK, following("1", {"paint": "a fox"}), done("1")]),
    Script("a subscription", [INIT, ask("1", "subscription { count(to: 2) }")], [ACK, following("1", {"count": 0}), following("1", {"count": 1}), done("1")]),
    Script("a stream of nothing", [INIT, ask("1", "subscription { count(to: 0) }")], [ACK, done("1")]),
    Script("null for what is optional", [INIT, ask("1", HELLO, variables=None, operationName=None, extensions=None)], [ACK, *HELLO_1]),
    Script("an id that is in use", [INIT, ask("watch", WATCH), ask("watch", HELLO)], [ACK], (4409, "Subscriber for watch already exists")),
    Script("a long id that is in use", [INIT, ask("é" * 100, WATCH), ask("é" * 100, HELLO)], [ACK], (4409, "Subscriber for " + "é" * 54)),
    Script("an id that was in use", [INIT, ask("1", WATCH), say("complete", id="1"), ask("1", HELLO)], [ACK, *HELLO_1]),
    Script("the end of what is not there", [INIT, say("complete", id="nobody's"), ask("1", HELLO)], [ACK, *HELLO_1]),
    Script("the end twice", [INIT, ask("1", WATCH), say("complete", id="1"), say("complete", id="1"), ask("1", HELLO)], [ACK, *HELLO_1]),
    Script(
        "more operations than run at once",
        [INIT, ask("a", WATCH), ask("b", WATCH), ask("1", HELLO)],
        [ACK, following("a", WATCHING), following("b", WATCHING), failing("1", "At most 2 operations run on one WebSocket. Complete one first.", "RATE_LIMITED")],
    ),
    Script("half a document", [INIT, ask("1", "{ hello")], [ACK, failing("1", "Syntax Error: Expected Name, found <EOF>.", "GRAPHQL_PARSE_FAILED", (1, 8))]),
    Script("no document", [INIT, ask("1", "")], [ACK, failing("1", "The request has no `query`.")]),
    Script("a field that is not there", [INIT, ask("1", "{ nope }")], [ACK, failing("1", "Cannot query field 'nope' on type 'Query'.", "GRAPHQL_VALIDATION_FAILED", (1, 3))]),
    Script("a name that is not there", [INIT, ask("1", "query A { hello }", operationName="B")], [ACK, failing("1", "The document has no operation named `B`.")]),
    Script(
        "two operations without a name",
        [INIT, ask("1", "query A { hello } query B { hello }")],
        [ACK, failing("1", "`operationName`: the document has several operations. Name the one to run.", field="operationName")],
    ),
    Script("two operations and a name", [INIT, ask("1", "query A { hello } query B { nothing: hello }", operationName="A")], [ACK, *HELLO_1]),
    Script(
        "a variable that is missing",
        [INIT, ask("1", "query ($n: String!) { greet(name: $n) }")],
        [ACK, failing("1", "Variable '$n' has invalid value: Expected a value of non-null type 'String!' to be provided.", place=(1, 8), field="n")],
    ),
    Script(
        "one that fails beside one that does not",
        [INIT, ask("1", "{ nope }"), ask("2", HELLO)],
        [
            ACK,
            failing("1", "Cannot query field 'nope' on type 'Query'.", "GRAPHQL_VALIDATION_FAILED", (1, 3)),
            following("2", {"hello": "world"}),
            done("2"),
        ],
    ),
]  # fmt: skip

SCRIPTS = [*HANDSHAKES, *INTRODUCTIONS, *MESSAGES, *FRAMES, *OPERATIONS]
