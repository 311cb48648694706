"""HTTP requests of every odd kind, byte by byte, and what is answered to each."""

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

JSON = "application/json; charset=utf-8"
GRAPHQL_JSON = "application/graphql-response+json; charset=utf-8"

QUERY = "{ viewer { name } }"
MUTATION = 'mutation { generate(input: {prompt: "a sea"}) { generation { id } } }'
READ, CHANGE = (json.dumps({"query": query}).encode() for query in (QUERY, MUTATION))


@dataclass(frozen=True)
class Answer:
    """What comes back; `headers` are some of them, and a body that is no bytes is JSON."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Exchange:
    """One request and its answer; None: the connection ends without one."""

    name: str
    sent: bytes
    answer: Answer | None


def request(method: str, target: str, body: bytes = b"", **headers: str | bytes) -> bytes:
    """Write a request of HTTP/1.1; `_` stands for `-` in the names of headers."""
    fields: dict[str, str | bytes] = {"host": "localhost", "connection": "close", **headers}
    lines = [f"{method} {target} HTTP/1.1".encode()]
    for name, value in fields.items():
        content = value if isinstance(value, bytes) else value.encode()
        lines.append(name.replace("_", "-").encode() + b": " + content)
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def post(body: bytes | dict[str, Any], **headers: str | bytes) -> bytes:
    """Write a POST of JSON, unless the headers say otherwise."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields: dict[str, str | bytes] = {"content_type": "application/json", **headers}
    fields.setdefault("content_length", str(len(content)))
    return request("POST", "/graphql", content, **fields)


def get(query: str = QUERY, rest: str = "") -> bytes:
    """Write a GET with a query and what follows it."""
    return request("GET", f"/graphql?query={quote(query)}{rest}")


def chunked(body: bytes) -> bytes:
    """Write a POST in chunks."""
    content_type = "application/json"
    return request("POST", "/graphql", body, content_type=content_type, transfer_encoding="chunked")


def told(
    status: int,
    message: str,
    code: str = "BAD_USER_INPUT",
    place: tuple[int, int] | None = None,
    field: str | None = None,
    **headers: str,
) -> Answer:
    """Expect one error; `place` is its line and column in the document."""
    error: dict[str, Any] = {"message": message, "extensions": {"code": code}}
    if place:
        error["locations"] = [{"line": place[0], "column": place[1]}]
    if field:
        error["extensions"]["field"] = field
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, {"errors": [error]}, {"content-type": JSON, **fields})


DONE = Answer(200, {"data": {"viewer": {"name": "local"}}}, {"content-type": JSON})
DONE_NEW = Answer(200, DONE.body, {"content-type": GRAPHQL_JSON})
GARBLED = Answer(400, b"Invalid HTTP request received.", {"connection": "close"})
NOBODY = told(404, "There is nothing at this address.", "NOT_FOUND", content_type=JSON[:16])
AMBIGUOUS = told(
    400,
    "The request does not say which host it asks. Send one `Host` header.",
    content_type=JSON[:16],
)
STRANGE = told(
    421,
    "The service does not go by the name in `Host`; its setting `ALLOWED_HOSTS` lists names.",
    "FORBIDDEN",
    content_type=JSON[:16],
)
TOO_LARGE = told(413, "The request is too large: at most 32156330 bytes.")
NO_QUERY = told(400, "The request has no `query`.")
NO_OBJECT = told(400, "The request body is not a JSON object. Send one operation in it.")
NO_NAME = told(
    200,
    "`operationName`: the document has several operations. Name the one to run.",
    field="operationName",
)
UNACCEPTABLE = told(
    406,
    "No acceptable media type. There are application/graphql-response+json, application/json "
    "and text/event-stream.",
)
NOT_TYPED = told(
    415,
    "The content type is not accepted. Send application/json in UTF-8, or multipart/form-data with "
    "files.",
)
PACKED = told(
    415, "A compressed body is not accepted. Send it as it is.", accept_encoding="identity"
)
STREAMED = told(
    400,
    "A subscription is a stream: use a WebSocket (graphql-transport-ws) or "
    "`Accept: text/event-stream`.",
)


def no_json(fault: str) -> Answer:
    """Expect what is said of a body that cannot be read."""
    return told(400, f"The request body is not JSON: {fault}.")


def no_method(method: str) -> Answer:
    """Expect what is said of a method."""
    message = f"{method} is not a method of GraphQL. Use GET or POST."
    return told(405, message, allow="GET, POST")


def no_form(kind: str) -> Answer:
    """Expect what is said of what a foreign page could send unasked."""
    return told(
        415, f"A form ({kind}) is not accepted. Send application/json, or multipart/form-data."
    )


FRAMING = [
    Exchange("a body shorter than its length", post(CHANGE, content_length="9999"), None),
    Exchange("a body cut off", post(CHANGE, content_length="10"), no_json("unexpected end of data at 10")),
    Exchange("a length that is no number", post(CHANGE, content_length="x"), GARBLED),
    Exchange("a negative length", post(CHANGE, content_length="-1"), GARBLED),
    Exchange("a length with a sign", post(CHANGE, content_length=f"+{len(CHANGE)}"), GARBLED),
    Exchange("a length of 30 digits", post(CHANGE, content_length="9" * 30), GARBLED),
    Exchange("a length of a gigabyte", post(CHANGE, content_length="1000000000"), TOO_LARGE),
    Exchange("two lengths", post(CHANGE, x=b"\r\ncontent-length: 5"), GARBLED),
    Exchange("a length and chunks", post(b"0\r\n\r\n", transfer_encoding="chunked"), GARBLED),
    Exchange("an unknown transfer", request("POST", "/graphql", CHANGE, transfer_encoding="gzip"), GARBLED),
    Exchange("chunks twice", request("POST", "/graphql", b"0\r\n\r\n", transfer_encoding="chunked, chunked"), GARBLED),
    Exchange("a chunk size that is no number", chunked(b"zz\r\n" + CHANGE), GARBLED),
    Exchange("a negative chunk size", chunked(b"-1\r\n" + CHANGE), GARBLED),
    Exchange("a chunk size of 30 digits", chunked(b"f" * 30 + b"\r\n" + CHANGE), GARBLED),
    Exchange("chunks without an end", chunked(b"%x\r\n%b\r\n" % (len(CHANGE), CHANGE)), None),
    Exchange("chunks", chunked(b"%x;a=b\r\n%b\r\n0\r\nx: y\r\n\r\n" % (len(READ), READ)), DONE),
    Exchange("a space in the name of a header", post(CHANGE, **{"x y": "1"}), GARBLED),
    Exchange("a space before the colon", post(CHANGE, **{"x ": "1"}), GARBLED),
    Exchange("a header without a colon", post(CHANGE).replace(b"connection: ", b"x\r\nconnection: "), GARBLED),
    Exchange("a header on two lines", post(CHANGE, x=b"1\r\n 2"), GARBLED),
    Exchange("NUL in a header", post(CHANGE, x=b"a\0b"), GARBLED),
    Exchange("a carriage return in a header", post(CHANGE, x_request_id=b"a\rset-cookie: b"), GARBLED),
    Exchange("a line feed in a header", post(CHANGE, x_request_id=b"a\nset-cookie: b"), GARBLED),
    Exchange("lines that end with a line feed only", post(CHANGE).replace(b"\r\n", b"\n"), GARBLED),
    Exchange("a header in Latin-1", post(READ, x=b"caf\xe9"), DONE),
    Exchange("a header of 100 kB", post(READ, x="y" * 100_000), DONE),
    Exchange("a target of 100 kB", get(rest=f"&x={'y' * 100_000}"), GARBLED),
    Exchange("empty lines before the request", b"\r\n\r\n" + post(READ), DONE),
    Exchange("no version", b"GET /graphql\r\n\r\n", NO_QUERY),
    Exchange("HTTP/1.0", get().replace(b"HTTP/1.1", b"HTTP/1.0"), DONE),
    Exchange("HTTP/1.9", get().replace(b"HTTP/1.1", b"HTTP/1.9"), GARBLED),
    Exchange("HTTP/2 unasked", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", GARBLED),
    Exchange("TLS", bytes.fromhex("16030100a5010000a10303") + b"x" * 100, GARBLED),
    Exchange("noise", b"\0\1\2\3\r\n\r\n", GARBLED),
    Exchange("HTTP/2 on offer", post(READ, upgrade="h2c"), DONE),
]  # fmt: skip

PLACES = [
    Exchange("a whole address", request("GET", f"http://localhost/graphql?query={quote(QUERY)}"), DONE),
    Exchange("no host", post(CHANGE).replace(b"host: localhost\r\n", b""), AMBIGUOUS),
    Exchange("two hosts", post(CHANGE, x=b"\r\nhost: localhost"), AMBIGUOUS),
    Exchange("a host that is no name", post(CHANGE, host="local host"), STRANGE),
    Exchange("a host of somebody else", post(CHANGE, host="rebound.example"), STRANGE),
    Exchange("no path", request("POST", "graphql"), GARBLED),
    Exchange("two slashes", request("POST", "//graphql", CHANGE), NOBODY),
    Exchange("NUL in the path", request("POST", "/graphql%00", CHANGE), NOBODY),
    Exchange("a way up", request("POST", "/graphql/..", CHANGE), NOBODY),
    Exchange("everything", request("OPTIONS", "*"), NOBODY),
    Exchange("a tunnel", request("CONNECT", "localhost:80"), GARBLED),
    Exchange("a letter that is escaped", request("GET", f"/%67raphql?query={quote(QUERY)}"), DONE),
]  # fmt: skip

METHODS = [
    Exchange("HEAD", request("HEAD", "/graphql"), Answer(405, b"", {"allow": "GET, POST"})),
    *(
        Exchange(method, request(method, "/graphql", CHANGE, content_length=str(len(CHANGE))), no_method(method))
        for method in ("OPTIONS", "PUT", "PATCH", "DELETE", "TRACE")
    ),
    Exchange("a method in small letters", get().replace(b"GET", b"get", 1), GARBLED),
    Exchange("an invented method", request("BREW", "/graphql"), GARBLED),
    Exchange("GET", get(), DONE),
    Exchange("GET with a body", get().replace(b"\r\n\r\n", b"\r\ncontent-length: 5\r\n\r\n{\xff\0]["), DONE),
    Exchange("GET without a query", request("GET", "/graphql"), NO_QUERY),
    Exchange("GET with an empty query", get(""), NO_QUERY),
    Exchange("GET with two queries, of which the last counts", get("{ nope }", f"&query={quote(QUERY)}"), DONE),
    Exchange("GET with + for spaces", request("GET", "/graphql?query={+viewer+{+name+}+}"), DONE),
    Exchange("GET with an empty name", get(rest="&operationName="), DONE),
    Exchange("GET with empty variables", get(rest="&variables="), DONE),
    Exchange(
        "GET with broken variables",
        get(rest="&variables={"),
        told(400, "`variables` is not JSON: unexpected end of data at 1.", field="variables"),
    ),
    Exchange(
        "GET with a list of variables",
        get(rest="&variables=[]"),
        told(400, "`variables` is not an object.", field="variables"),
    ),
    Exchange(
        "GET with extensions that are a number",
        get(rest="&extensions=1"),
        told(400, "`extensions` is not an object.", field="extensions"),
    ),
    Exchange(
        "GET with bytes that are no text",
        request("GET", "/graphql?query=%ff"),
        told(200, "Syntax Error: Unexpected character: U+FFFD.", "GRAPHQL_PARSE_FAILED", (1, 1)),
    ),
    Exchange(
        "GET with a mutation",
        get(MUTATION),
        told(405, "A GET request changes nothing: send mutations with POST.", allow="POST"),
    ),
    Exchange("GET with a subscription", get("subscription { imageAdded { id } }"), STREAMED),
]  # fmt: skip

BODIES = [
    Exchange("nothing", post(b""), no_json("Input is a zero-length, empty document at 0")),
    Exchange("half an object", post(b"{"), no_json("unexpected end of data at 1")),
    Exchange("bytes that are no text", post(b'{"query": "\xff"}'), no_json("str is not valid UTF-8: surrogates not allowed at 0")),
    Exchange("UTF-16", post(CHANGE.decode().encode("utf-16")), no_json("str is not valid UTF-8: surrogates not allowed at 0")),
    Exchange("a byte order mark", post(b"\xef\xbb\xbf" + CHANGE), no_json("UTF-8 byte order mark (BOM) is not supported at 0")),
    Exchange("NaN", post(b'{"query":"{ a }","variables":{"x":NaN}}'), no_json("unexpected character, expected a JSON value at 34")),
    Exchange("infinity", post(b'{"query":"{ a }","variables":{"x":-Infinity}}'), no_json("no digit after sign at 35")),
    Exchange("a number beyond all", post(b'{"variables":{"x":1e999}}'), no_json("number is infinity when parsed as double at 18")),
    Exchange("a number of 5000 digits", post(b'{"variables":{"x":%b}}' % (b"9" * 5000)), no_json("number is infinity when parsed as double at 18")),
    Exchange("half a character", post(b'{"query":"\\ud800"}'), no_json("no low surrogate in string at 10")),
    Exchange("a line break in a string", post(b'{"query":"{\n}"}'), no_json("unexpected control character in string at 11")),
    Exchange("a list 100000 deep", post(b"[" * 100_000), no_json("depth limit exceeded at 1025")),
    Exchange("an object 100000 deep", post(b'{"a":' * 100_000 + b"1" + b"}" * 100_000), no_json("depth limit exceeded at 5121")),
    Exchange("something behind", post(CHANGE + b"x"), no_json(f"unexpected content after document at {len(CHANGE)}")),
    Exchange("two at once", post(CHANGE * 2), no_json(f"unexpected content after document at {len(CHANGE)}")),
    Exchange("a comment", post(b"/* */" + CHANGE), no_json("unexpected character, expected a JSON value at 0")),
    Exchange("single quotes", post(b"{'query': ''}"), no_json("unexpected character, expected a string key at 1")),
    Exchange("a batch", post(b"[%b]" % CHANGE), NO_OBJECT),
    Exchange("a string", post(b'"text"'), NO_OBJECT),
    Exchange("a number", post(b"3"), NO_OBJECT),
    Exchange("null", post(b"null"), NO_OBJECT),
    Exchange("no query", post({}), NO_QUERY),
    Exchange("a query of null", post({"query": None}), NO_QUERY),
    Exchange("an empty query", post({"query": ""}), NO_QUERY),
    Exchange("a query that is a number", post({"query": 1}), told(400, "`query` is not a string.", field="query")),
    Exchange("variables in a list", post({"query": MUTATION, "variables": []}), told(400, "`variables` is not an object.", field="variables")),
    Exchange("variables as text", post({"query": MUTATION, "variables": "{}"}), told(400, "`variables` is not an object.", field="variables")),
    Exchange("a name that is an object", post({"query": MUTATION, "operationName": {}}), told(400, "`operationName` is not a string.", field="operationName")),
    Exchange("extensions as text", post({"query": MUTATION, "extensions": "x"}), told(400, "`extensions` is not an object.", field="extensions")),
    Exchange("the same member twice, of which the last counts", post(b'{"query":"{ nope }",%b' % READ[1:]), DONE),
    Exchange("members that nobody knows", post({"query": QUERY, "id": 1, "foo": []}), DONE),
    Exchange("null for what is optional", post({"query": QUERY, "variables": None, "operationName": None, "extensions": None}), DONE),
    Exchange("gzip", post(gzip.compress(CHANGE), content_encoding="gzip"), PACKED),
    Exchange("what is called compressed and is not", post(CHANGE, content_encoding="br"), PACKED),
    Exchange("what is called as it is", post(READ, content_encoding="identity"), DONE),
    Exchange("no type", request("POST", "/graphql", CHANGE, content_length=str(len(CHANGE))), NOT_TYPED),
    Exchange("a type that is no type", post(CHANGE, content_type=";;;=,"), NOT_TYPED),
    Exchange("two types", post(CHANGE, content_type="application/json, text/plain"), NOT_TYPED),
    Exchange("a document without JSON", post(MUTATION.encode(), content_type="application/graphql"), NOT_TYPED),
    Exchange("the type of answers", post(CHANGE, content_type=GRAPHQL_JSON), NOT_TYPED),
    Exchange("Latin-1", post(CHANGE, content_type="application/json; charset=iso-8859-1"), NOT_TYPED),
    Exchange("plain text", post(CHANGE, content_type="text/plain"), no_form("text/plain")),
    Exchange("plain text that speaks of JSON", post(CHANGE, content_type="text/plain; application/json"), no_form("text/plain")),
    Exchange("a form", post(b"query=x", content_type="application/x-www-form-urlencoded"), no_form("application/x-www-form-urlencoded")),
    Exchange("a type in capitals with its charset in quotes", post(READ, content_type='APPLICATION/JSON; Charset="UTF-8"'), DONE),
]  # fmt: skip

KINDS = [
    Exchange(f"Accept: {accept}", post(READ if answer.status == 200 else CHANGE, accept=accept), answer)
    for accept, answer in [
        ("", DONE),
        ("*/*", DONE),
        ("application/json; charset=utf-8", DONE),
        ("APPLICATION/JSON", DONE),
        ("text/plain, application/json;q=0.1", DONE),
        ("text/event-stream;q=0.1, application/json", DONE),
        ("application/json, application/graphql-response+json", DONE),
        ("application/json;q=7", DONE),
        ("application/graphql-response+json;q=0, */*", DONE),
        ("application/graphql-response+json, application/json", DONE_NEW),
        ("application/json;q=0.9, application/graphql-response+json", DONE_NEW),
        ("application/json;q=0, */*", DONE_NEW),
        ("application/*;q=0.5, application/json;q=0.1", DONE_NEW),
        ("application/json;q=0", UNACCEPTABLE),
        ("*/*;q=0", UNACCEPTABLE),
        ("application/json;q=-1", UNACCEPTABLE),
        ("application/json;q=", UNACCEPTABLE),
        ("text/plain", UNACCEPTABLE),
        ("text/html", UNACCEPTABLE),
        ("multipart/mixed", UNACCEPTABLE),
        ("image/*", UNACCEPTABLE),
        ("*/json", UNACCEPTABLE),
        ("*", UNACCEPTABLE),
        (",,;", UNACCEPTABLE),
    ]
]  # fmt: skip

TWO = "query A { viewer { name } } query B { viewer { name } }"
STYLE = "query ($n: String!) { style(name: $n) { name } }"
NEW = {"accept": "application/graphql-response+json"}

DOCUMENTS = [
    Exchange("two operations without a name", post({"query": TWO}), NO_NAME),
    Exchange("two operations and a name", post({"query": TWO, "operationName": "B"}), DONE),
    Exchange("a name that is empty", post({"query": QUERY, "operationName": ""}), told(400, "The document has no operation named ``.")),
    Exchange("a name that is not there", post({"query": TWO, "operationName": "C"}), told(400, "The document has no operation named `C`.")),
    Exchange("a name for what has none", post({"query": QUERY, "operationName": "A"}), told(400, "The document has no operation named `A`.")),
    Exchange("no operation", post({"query": "fragment F on Query { styles { name } }"}), told(400, "The document has no operation.")),
    Exchange("a schema", post({"query": "type A { b: Int }"}), told(400, "The document has no operation.")),
    Exchange("a subscription", post({"query": "subscription { imageAdded { id } }"}), STREAMED),
    Exchange(
        "a subscription among others",
        post({"query": "query A { styles { name } } subscription B { imageAdded { id } }", "operationName": "B"}),
        STREAMED,
    ),
    Exchange("white space", post({"query": " \n"}), told(200, "Syntax Error: Unexpected <EOF>.", "GRAPHQL_PARSE_FAILED", (2, 1))),
    Exchange("half a document", post({"query": "{ viewer"}), told(200, "Syntax Error: Expected Name, found <EOF>.", "GRAPHQL_PARSE_FAILED", (1, 9))),
    Exchange(
        "half a document, told by the status",
        post({"query": "{ viewer"}, **NEW),
        told(400, "Syntax Error: Expected Name, found <EOF>.", "GRAPHQL_PARSE_FAILED", (1, 9), content_type=GRAPHQL_JSON),
    ),
    Exchange("a string without an end", post({"query": '{ style(name: "x) }'}), told(200, "Syntax Error: Unterminated string.", "GRAPHQL_PARSE_FAILED", (1, 20))),
    Exchange("NUL", post(b'{"query":"{ viewer\\u0000 }"}'), told(200, "Syntax Error: Unexpected character: U+0000.", "GRAPHQL_PARSE_FAILED", (1, 9))),
    Exchange(
        "100000 braces",
        post({"query": "{a" * 100_000}),
        told(200, "Syntax Error: Document is nested too deeply. Parsing aborted.", "GRAPHQL_PARSE_FAILED", (1, 401)),
    ),
    Exchange(
        "a field that is not there",
        post({"query": "{ viewr }"}, **NEW),
        told(400, "Cannot query field 'viewr' on type 'Query'. Did you mean 'viewer'?", "GRAPHQL_VALIDATION_FAILED", (1, 3), content_type=GRAPHQL_JSON),
    ),
    Exchange("a directive that is not there", post({"query": "{ viewer @nope { name } }"}), told(200, "Unknown directive '@nope'.", "GRAPHQL_VALIDATION_FAILED", (1, 10))),
    Exchange(
        "a number of 34 bits",
        post({"query": "{ gallery(first: 9999999999) { totalCount } }"}),
        told(200, "Int cannot represent non 32-bit signed integer value: 9999999999", "GRAPHQL_VALIDATION_FAILED", (1, 18)),
    ),
    Exchange(
        "a variable that is missing",
        post({"query": STYLE}, **NEW),
        told(400, "Variable '$n' has invalid value: Expected a value of non-null type 'String!' to be provided.", place=(1, 8), field="n", content_type=GRAPHQL_JSON),
    ),
    Exchange(
        "a variable of another kind",
        post({"query": STYLE, "variables": {"n": 1}}),
        told(200, "Variable '$n' has invalid value: String cannot represent a non string value: 1", place=(1, 8), field="n"),
    ),
    Exchange("a variable that nobody asked for", post({"query": QUERY, "variables": {"n": 1}}), DONE),
]  # fmt: skip

EXCHANGES = [*FRAMING, *PLACES, *METHODS, *BODIES, *KINDS, *DOCUMENTS]
