"""Signed addresses: whoever has one may see what it shows, for a while."""

import os
import secrets
import time
from collections.abc import Callable
from hashlib import sha256
from hmac import compare_digest, digest
from pathlib import Path
from tempfile import mkstemp
from urllib.parse import parse_qsl, urlencode

SIGNATURE = "signature"
EXPIRES = "expires"

_SECRET_BYTES = 32


class Signer:
    """Signs a path with its query, under a secret.

    The end is the second next multiple of half the lifetime: an address lives at least that long,
    and is the same for all who ask within one half, so that browsers and proxies can keep it.
    """

    def __init__(
        self, secret: bytes, lifetime: int, clock: Callable[[], float] = time.time
    ) -> None:
        self._secret = secret
        self._step = lifetime // 2
        self._clock = clock

    def sign(self, address: str) -> str:
        """Return the address with its end, in seconds since 1970, and its signature.

        Its query is written as `urlencode` does it, but for commas.
        """
        end = (int(self._clock()) // self._step + 2) * self._step
        ending = f"{address}{'&' if '?' in address else '?'}{EXPIRES}={end}"
        return f"{ending}&{SIGNATURE}={self._signature(ending)}"

    def seconds_left(self, path: str, query: str) -> int:
        """Return how long an address lives yet; 0 when it is over, altered or not signed."""
        fields = parse_qsl(query, keep_blank_values=True)
        given = [value for name, value in fields if name == SIGNATURE]
        rest = [field for field in fields if field[0] != SIGNATURE]
        # What the fields say is signed, so that they may be escaped otherwise on the way.
        genuine = self._signature(f"{path}?{urlencode(rest, safe=',')}")
        if len(given) != 1 or not compare_digest(given[0].encode(), genuine.encode()):
            return 0
        return max(int(dict(rest)[EXPIRES]) - int(self._clock()), 0)

    def _signature(self, address: str) -> str:
        return digest(self._secret, address.encode(), sha256).hex()


def read_secret(path: Path) -> bytes:
    """Return the secret of that file, which is made when absent, readable by its owner alone."""
    secret = path.read_bytes() if path.exists() else b""
    if len(secret) >= _SECRET_BYTES:
        return secret
    secret = secrets.token_bytes(_SECRET_BYTES)
    handle, name = mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(secret)
    Path(name).replace(path)  # so that it is there whole or not at all
    return secret
