"""Fetches a picture from a link that a provider gave, and trusts neither.

A link is a stranger's word: only https, only public addresses, a few redirects each checked anew,
so many bytes, so long. The provider's own server, when the operator configured it, may be private.
"""

import asyncio
import base64
import binascii
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

import httpx2

from image_generation.domain.errors import ResultLost

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""From a host name and a port to the host's addresses, or an `OSError`."""

_REDIRECTS = 3
_WORTH_ANOTHER_TRY = frozenset({408, 425, 429, 500, 502, 503, 504})
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_MEDIA_TYPES = ("", "image", "application/octet-stream", "binary/octet-stream")
_PHASE_SECONDS = 15.0
_LAST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Home:
    """The provider's own server, as the operator configured it; the token goes nowhere else."""

    url: str
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much of a stranger is put up with.

    `largest` is in bytes; `seconds` is for one try; `pauses` are the seconds between tries.
    """

    largest: int = 64 * 1024 * 1024
    seconds: float = 60.0
    pauses: tuple[float, ...] = (0.5, 2.0, 5.0)


class _Missed(Exception):
    """The picture was not had; `again` says whether another try may help."""

    def __init__(self, reason: str, *, again: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.again = again


async def addresses_of(host: str, port: int) -> Sequence[str]:
    """Ask the system for a host's addresses."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class Downloader:
    """Fetches finished pictures for a provider, or raises `ResultLost`: they are paid for."""

    def __init__(
        self,
        provider: str,
        home: Home | None = None,
        *,
        bounds: Bounds | None = None,
        resolve: Resolve = addresses_of,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._provider = provider
        self._home = httpx2.URL(home.url) if home else None
        self._token = home.token if home else None
        self._bounds = bounds or Bounds()
        self._resolve = resolve
        self._transport = transport

    async def fetch(self, url: str) -> bytes:
        """Return the bytes behind an https, http or data URL."""
        for turn, pause in enumerate(self._bounds.pauses):
            try:
                return await self._try(url, turn)
            except _Missed as missed:
                if not missed.again:
                    raise self._lost(missed) from missed
            await asyncio.sleep(pause)
        try:
            return await self._try(url, len(self._bounds.pauses))
        except _Missed as missed:
            raise self._lost(missed) from missed

    async def aclose(self) -> None:
        """Let go of connections."""
        if self._transport is not None:
            await self._transport.aclose()

    def _lost(self, missed: _Missed) -> ResultLost:
        message = f"The picture was made and could not be fetched: {missed.reason}."
        return ResultLost(message, provider=self._provider, charged=True)

    async def _try(self, url: str, turn: int) -> bytes:
        if url[:5].lower() == "data:":
            return await asyncio.to_thread(_decoded, url, self._bounds.largest)
        try:
            async with asyncio.timeout(self._bounds.seconds):
                return await self._follow(httpx2.URL(url), turn)
        except TimeoutError as error:
            raise _Missed("it took too long", again=True) from error
        except httpx2.TransportError as error:
            raise _Missed("the connection failed", again=True) from error
        except httpx2.InvalidURL as error:
            raise _Missed("its address is not one") from error

    async def _follow(self, url: httpx2.URL, turn: int) -> bytes:
        for _ in range(_REDIRECTS + 1):
            response = await self._send(await self._request(url, turn))
            try:
                if not response.has_redirect_location:
                    return await self._read(response)
                url = url.join(response.headers["location"])
            finally:
                await response.aclose()
        raise _Missed("it is redirected too often")

    async def _send(self, request: httpx2.Request) -> httpx2.Response:
        # The transport itself: a client would follow, keep cookies and ask the environment.
        if self._transport is None:
            # A kept connection would be shared by hosts on one address, with one's certificate.
            limits = httpx2.Limits(max_keepalive_connections=0)
            self._transport = httpx2.AsyncHTTPTransport(limits=limits)
        return await self._transport.handle_async_request(request)

    async def _request(self, url: httpx2.URL, turn: int) -> httpx2.Request:
        """Address a request to the checked address, so that no second look-up can change it."""
        self._check(url)
        address = await self._address(url, turn)
        headers = {"Host": url.netloc.decode(), "Accept": "image/*", "Accept-Encoding": "identity"}
        if self._token is not None and self._home is not None and _same_origin(url, self._home):
            headers["Authorization"] = f"Bearer {self._token}"
        return httpx2.Request(
            "GET",
            url.copy_with(host=address, fragment=None),
            headers=headers,
            extensions={
                "sni_hostname": url.raw_host.decode(),
                "timeout": httpx2.Timeout(_PHASE_SECONDS).as_dict(),
            },
        )

    def _check(self, url: httpx2.URL) -> None:
        plain = url.scheme == "http" and self._is_home(url) and self._home_is_plain
        if url.scheme != "https" and not plain:
            raise _Missed("its address is not an https one")
        if not url.raw_host or url.userinfo or _port(url) > _LAST_PORT:
            raise _Missed("its address is not allowed")

    async def _address(self, url: httpx2.URL, turn: int) -> str:
        try:
            found = await self._resolve(url.raw_host.decode(), _port(url))
        except (OSError, UnicodeError) as error:
            raise _Missed("its host is not known", again=True) from error
        if not found:
            raise _Missed("its host is not known", again=True)
        if not self._is_home(url) and not all(map(is_public, found)):
            raise _Missed("its address is not a public one")
        return found[turn % len(found)]

    def _is_home(self, url: httpx2.URL) -> bool:
        return self._home is not None and url.raw_host == self._home.raw_host

    @property
    def _home_is_plain(self) -> bool:
        return self._home is not None and self._home.scheme == "http"

    async def _read(self, response: httpx2.Response) -> bytes:
        status = response.status_code
        if status != 200:
            raise _Missed(f"its host answered {status}", again=status in _WORTH_ANOTHER_TRY)
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in _MEDIA_TYPES and kind.partition("/")[0] not in _MEDIA_TYPES:
            raise _Missed("its host delivered something else")
        if response.headers.get("content-encoding", "identity") != "identity":
            raise _Missed("its host packed it unasked")
        data = bytearray()
        async for chunk in response.aiter_raw():
            data += chunk
            _check_size(len(data), self._bounds.largest)
        if not data:
            raise _Missed("its host delivered nothing", again=True)
        return bytes(data)


def is_public(address: str) -> bool:
    """Whether an address belongs to the public internet, whatever it is wrapped in."""
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        parsed = _unwrapped(parsed)
    return parsed.is_global and not parsed.is_multicast


def _unwrapped(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _port(url: httpx2.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def _same_origin(url: httpx2.URL, other: httpx2.URL) -> bool:
    return (url.scheme, url.raw_host, _port(url)) == (other.scheme, other.raw_host, _port(other))


def _check_size(size: int, largest: int) -> None:
    if size > largest:
        raise _Missed(f"it is larger than {largest} bytes")


def _decoded(url: str, largest: int) -> bytes:
    """Decode a data URL: `data:[<media type>][;base64],<data>` (RFC 2397)."""
    head, _, body = url.partition(",")
    _check_size(len(body) * 3 // 4 if head.endswith(";base64") else len(body) // 3, largest)
    try:
        data = (
            base64.b64decode(body, validate=True)
            if head.endswith(";base64")
            else unquote_to_bytes(body)
        )
    except binascii.Error as error:
        raise _Missed("it is not base64") from error
    _check_size(len(data), largest)
    if not data:
        raise _Missed("it is empty")
    return data
