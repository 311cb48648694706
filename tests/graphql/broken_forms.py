"""Forms that are wrong, each with the status, the field and the message that it is refused with."""

import json
from typing import Any

from tests.graphql.forms import (
    END,
    GOOD,
    MAP,
    MIB,
    ONE,
    POST,
    file,
    form,
    operations,
    part,
    places,
)


def map_fault(fault: str, right: str = "Name the variable that the file is the value of.") -> str:
    return f"`map`: {fault} {right}"


def leads_nowhere(path: str) -> str:
    return map_fault(f"`{path}` does not lead to a null in `operations`.")


def mapped_to(path: str, letter: Any = None) -> bytes:
    return form(operations(letter or {"file": None, "files": [None]}), places(_0=[path]), file("0"))


ORDER = "Send `operations`, then `map`, then the files."
NO_OBJECT = "`operations` is not a JSON object. Send one operation in it."
NO_LISTS = map_fault("It is not an object of lists of paths.", 'Send {"0": ["variables.file"]}.')
CUT = "The form cannot be read: Unexpected end of multipart stream (parser closed)."
ENCODED = "The part `0` is encoded (base64). Send it as it is."
BATCH = part("operations", json.dumps([{"query": POST, "variables": {"l": {"file": None}}}]))
DEEP_PATH = "variables" + ".l" * 5000

REFUSED: dict[str, tuple[bytes, int, str | None, str]] = {
    "nothing": (b"", 400, None, CUT),
    "an end alone": (END, 400, "operations", "The form has no `operations`."),
    "no map": (form(ONE), 400, "map", "The form has no `map`."),
    "another boundary": (GOOD.replace(b"frontier", b"frontyard"), 400, None, CUT),
    "no form at all": (b'{"query": "{ hello }"}', 400, None, CUT),
    "map first": (
        form(MAP, ONE, file("0")),
        400,
        "operations",
        f"The form has `map` where `operations` belongs. {ORDER}",
    ),
    "a file before map": (
        form(ONE, file("0"), MAP),
        400,
        "map",
        f"The form has `0` where `map` belongs. {ORDER}",
    ),
    "a part without a name": (
        form(ONE.replace(b'; name="operations"', b""), MAP, file("0")),
        400,
        "operations",
        f"The form has `` where `operations` belongs. {ORDER}",
    ),
    "the same file twice": (
        form(ONE, MAP, file("0"), file("0")),
        400,
        "0",
        "The form has `0` twice.",
    ),
    "map twice": (form(ONE, MAP, MAP, file("0")), 400, "map", "The form has `map` twice."),
    "a file that is missing": (
        form(ONE, MAP),
        400,
        "map",
        map_fault("There is no file `0`.", "Send each one that it names."),
    ),
    "a file that is not mapped": (
        form(ONE, MAP, file("0"), file("1")),
        400,
        "map",
        map_fault("It does not name the file `1`.", "Map each one."),
    ),
    "operations that are no JSON": (
        form(part("operations", "{"), MAP, file("0")),
        400,
        "operations",
        "`operations` is not JSON: unexpected end of data at 1.",
    ),
    "operations in Latin-1": (
        form(part("operations", b'{"query": "\xe4"}'), MAP, file("0")),
        400,
        "operations",
        "`operations` is not JSON: str is not valid UTF-8: surrogates not allowed at 0.",
    ),
    "operations that are text": (
        form(part("operations", '"{ hello }"'), MAP, file("0")),
        400,
        "operations",
        NO_OBJECT,
    ),
    "a batch": (form(BATCH, places(_0=["0.variables.l.file"])), 400, "operations", NO_OBJECT),
    "map that is no JSON": (
        form(ONE, part("map", "0=file"), file("0")),
        400,
        "map",
        "`map` is not JSON: unexpected content after document at 1.",
    ),
    "map that is a list": (form(ONE, part("map", "[]"), file("0")), 400, "map", NO_LISTS),
    "map to a text": (form(ONE, places(_0="variables.l.file"), file("0")), 400, "map", NO_LISTS),
    "map to numbers": (form(ONE, places(_0=[0]), file("0")), 400, "map", NO_LISTS),
    "map to null": (form(ONE, places(_0=None), file("0")), 400, "map", NO_LISTS),
    "one place twice": (
        form(ONE, places(_0=["variables.l.file", "variables.l.file"]), file("0")),
        400,
        "map",
        leads_nowhere("variables.l.file"),
    ),
    "a place that is not null": (
        mapped_to("variables.l.title", {"title": "mine"}),
        400,
        "map",
        leads_nowhere("variables.l.title"),
    ),
    "an encoded file": (
        form(ONE, MAP, file("0", "Y29udGVudA==", "Content-Transfer-Encoding: base64")),
        400,
        "0",
        ENCODED,
    ),
    "the last boundary missing": (GOOD.removesuffix(END), 400, None, CUT),
    "cut in a file": (GOOD[: GOOD.index(b"content\r\n") + 3], 400, None, CUT),
    "cut in a header": (GOOD[: GOOD.index(b"filename")], 400, None, CUT),
    "cut in the map": (GOOD[: GOOD.index(b"variables.l.file")], 400, None, CUT),
    "a header that never ends": (
        form(ONE, MAP, file("0", "x", "X-Long: " + "x" * 5000)),
        413,
        None,
        "The form is too large: Maximum segment header length exceeded.",
    ),
    "many headers": (
        form(ONE, MAP, file("0", "x", *(f"X-{n}: x" for n in range(9)))),
        413,
        None,
        "The form is too large: Maximum segment header count exceeded.",
    ),
    "a header that is none": (
        form(ONE, MAP, file("0", "x", "nonsense")),
        400,
        None,
        "The form cannot be read: Malformed segment header.",
    ),
    "another disposition": (
        form(ONE.replace(b"form-data", b"attachment"), MAP, file("0")),
        400,
        None,
        "The form cannot be read: Invalid Content-Disposition segment header: Wrong type.",
    ),
    "bare line breaks": (
        GOOD.replace(b"\r\n", b"\n"),
        400,
        None,
        "The form cannot be read: Invalid line break after first boundary.",
    ),
    "too many files": (
        form(ONE, MAP, *(file(f"{n}") for n in range(11))),
        413,
        None,
        "The form has too many files: at most 10.",
    ),
    "a long document": (
        form(part("operations", "x" * (MIB + 1)), MAP, file("0")),
        413,
        "operations",
        "`operations` is too large: at most 1048576 bytes.",
    ),
    "a long map": (
        form(ONE, part("map", " " * (MIB + 1)), file("0")),
        413,
        "map",
        "`map` is too large: at most 1048576 bytes.",
    ),
} | {
    f"map to {path[:40]}": (mapped_to(path), 400, "map", leads_nowhere(path[:100]))
    for path in (
        "",
        "variables",
        "query",
        "l.file",
        "variables.l",
        "variables.m.file",
        "variables.l.other",
        "variables.l.file.name",
        "variables.l.files.1",
        "variables.l.files.-1",
        "variables.l.files.x",
        "variables.l.files.\u0660",
        "variables.l.files.99999999999999999999",
        "variables.__proto__.file",
        "variables.l.__class__",
        "variables..l.file",
        DEEP_PATH,
    )
}
