"""Forms (`multipart/form-data`, RFC 7578) as GraphQL's multipart request specification has them.

First comes `operations`, then `map`, then the files, each under a name of its own.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import Any

from cross_web import FormData
from multipart import (
    MultipartError,
    MultipartSegment,
    ParserLimitReached,
    PushMultipartParser,
    parse_options_header,
)
from starlette.datastructures import UploadFile

from image_generation.graphql.views.refusals import RefusalError

TEXTS = ("operations", "map")

_LONGEST_TEXT = 1024 * 1024
_IN_MEMORY = 256 * 1024
"""How many bytes of a file are held in memory; a longer one goes to the system's temp folder."""

_AS_IT_IS = ("7bit", "8bit", "binary")


@dataclass(slots=True)
class _Form:
    """What has come so far. `keep` is told how to close each file that is opened."""

    most_files: int
    keep: Callable[..., object]
    texts: dict[str, bytearray] = field(default_factory=dict)
    files: dict[str, UploadFile] = field(default_factory=dict)
    _name: str = ""

    def begin(self, part: MultipartSegment) -> None:
        """Make room for a part, or refuse it where it stands."""
        # The parser was told Latin-1, so that no name of a file is wrong: nobody asks for it.
        self._name = name = (part.name or "").encode("latin-1").decode(errors="replace")
        encoding = part.header("Content-Transfer-Encoding", "binary").strip().lower()
        if encoding not in _AS_IT_IS:
            fault = f"The part `{name[:100]}` is encoded ({encoding[:100]}). Send it as it is."
            raise RefusalError(400, fault, field=name)
        if len(self.texts) < len(TEXTS):
            self._begin_text(name)
        else:
            self._begin_file(name)

    async def add(self, data: bytes) -> None:
        """Take more of the part that was begun last."""
        if file := self.files.get(self._name):
            await file.write(data)
            return
        text = self.texts[self._name]
        text += data
        if len(text) > _LONGEST_TEXT:
            fault = f"`{self._name}` is too large: at most {_LONGEST_TEXT} bytes."
            raise RefusalError(413, fault, field=self._name)

    def finished(self) -> FormData:
        """Give what has come, once it is known to be all."""
        if missing := TEXTS[len(self.texts) :]:
            raise RefusalError(400, f"The form has no `{missing[0]}`.", field=missing[0])
        texts = {name: bytes(text) for name, text in self.texts.items()}
        return FormData(files=self.files, form=texts)

    def _begin_text(self, name: str) -> None:
        expected = TEXTS[len(self.texts)]
        if name != expected:
            fault = f"The form has `{name[:100]}` where `{expected}` belongs."
            right = "Send `operations`, then `map`, then the files."
            raise RefusalError(400, f"{fault} {right}", field=expected)
        self.texts[name] = bytearray()

    def _begin_file(self, name: str) -> None:
        if name in self.files or name in TEXTS:
            raise RefusalError(400, f"The form has `{name[:100]}` twice.", field=name)
        if len(self.files) == self.most_files:
            fault = f"The form has too many files: at most {self.most_files}."
            raise RefusalError(413, fault)
        spool: Any = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - `keep` closes it
        self.files[name] = UploadFile(spool, size=0)
        self.keep(self.files[name].close)


async def receive_form(
    content_type: str,
    chunks: AsyncIterator[bytes],
    most_files: int,
    keep: Callable[..., object],
) -> FormData:
    """Receive a form whole, or raise `RefusalError`."""
    form = _Form(most_files, keep)
    boundary = parse_options_header(content_type)[1].get("boundary", "")
    with _refusing(), PushMultipartParser(boundary, header_charset="latin-1") as parser:
        async for chunk in chunks:
            for event in parser.parse(chunk):
                match event:
                    case MultipartSegment():
                        form.begin(event)
                    case bytes():
                        await form.add(event)
    return form.finished()


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except ParserLimitReached as error:
        raise RefusalError(413, f"The form is too large: {error.args[0]}.") from error
    except MultipartError as error:
        raise RefusalError(400, f"The form cannot be read: {error.args[0]}.") from error
