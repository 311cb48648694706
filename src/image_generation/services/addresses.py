"""The addresses of pictures, and whose pictures one opens."""

from dataclasses import dataclass
from urllib.parse import parse_qsl

from image_generation.domain.errors import Forbidden, NotFound, Unauthenticated
from image_generation.gallery.scope import EVERYBODY, Scope
from image_generation.services.key_files import KeyRing
from image_generation.services.signing import EXPIRES, SIGNATURE, Signer

NO_PICTURE = "There is no picture with this id."

_FOR_EVER = 31_536_000


@dataclass(frozen=True, slots=True)
class Opening:
    """Whose pictures are shown.

    What is shown may be kept by anybody for these seconds; with 0 it is for the caller alone.
    """

    scope: Scope
    seconds: int


@dataclass(frozen=True, slots=True)
class Addresses:
    """Makes addresses and opens them. Without a signer there are no keys, and all are open."""

    keys: KeyRing
    signer: Signer | None

    def of(self, address: str) -> str:
        """Return the path and query under which a picture can be seen."""
        return address if self.signer is None else self.signer.sign(address)

    def open(self, path: str, query: str, authorization: str | None) -> Opening:
        """Say whose pictures are shown at an address, to who has this `Authorization`.

        Raises `NotFound`, or `Forbidden` when the address was signed and is not good any more.
        """
        if self.signer is None:
            return Opening(EVERYBODY, _FOR_EVER)
        if seconds := self.signer.seconds_left(path, query):
            return Opening(EVERYBODY, seconds)
        try:
            return Opening(Scope(self.keys.caller_of(authorization).name), 0)
        except Unauthenticated as error:
            if {EXPIRES, SIGNATURE}.isdisjoint(dict(parse_qsl(query, keep_blank_values=True))):
                raise NotFound(NO_PICTURE) from error
            message = "The address has expired or was altered. Ask for the picture's `url` again."
            raise Forbidden(message) from error
