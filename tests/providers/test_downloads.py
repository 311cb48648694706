"""The downloader: what it fetches, what it refuses, and whom it tells what."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import httpx2
import pytest

from image_generation.domain.errors import ResultLost
from image_generation.providers.downloads import Bounds, Downloader, Home, addresses_of, is_public
from tests.providers.internet import (
    ADDRESS,
    HASTY,
    LINK,
    OTHER_ADDRESS,
    Internet,
    always,
    picture,
    redirect_to,
)
from tests.servers.replicate_server import PICTURE, TOKEN, Mishap, ReplicateServer, replicate

pytestmark = pytest.mark.anyio


async def lost(downloader: Downloader, link: str = LINK) -> ResultLost:
    with pytest.raises(ResultLost) as caught:
        await downloader.fetch(link)
    assert caught.value.charged is True
    assert caught.value.retryable
    assert not caught.value.repeatable
    assert caught.value.provider == "replicate"
    return caught.value


@pytest.fixture
async def server() -> AsyncIterator[ReplicateServer]:
    async with replicate() as server:
        yield server


@pytest.fixture
async def at_home(server: ReplicateServer) -> AsyncIterator[Downloader]:
    downloader = Downloader("replicate", Home(server.url, TOKEN), bounds=HASTY)
    yield downloader
    await downloader.aclose()


async def test_a_public_picture_is_fetched() -> None:
    internet = Internet(picture)

    assert await internet.downloader().fetch(LINK) == PICTURE
    assert internet.looked_up == ["replicate.delivery:443"]


async def test_the_request_goes_to_the_address_that_was_checked() -> None:
    internet = Internet(picture, [[ADDRESS], ["127.0.0.1"]])

    await internet.downloader().fetch(LINK)

    [request] = internet.requests
    assert request.url == f"https://{ADDRESS}/xezq/out-0.webp"
    assert request.headers["host"] == "replicate.delivery"
    assert request.extensions["sni_hostname"] == "replicate.delivery"
    assert len(internet.looked_up) == 1


async def test_an_address_of_version_six_is_asked_too() -> None:
    internet = Internet(picture, [["2606:4700::6810:101"]])

    await internet.downloader().fetch("https://replicate.delivery:8443/a?b=c#d")

    [request] = internet.requests
    assert str(request.url) == "https://[2606:4700::6810:101]:8443/a?b=c"
    assert request.headers["host"] == "replicate.delivery:8443"


async def test_the_token_is_told_to_nobody_else() -> None:
    internet = Internet(picture)
    downloader = internet.downloader(Home("https://api.replicate.com", TOKEN))
    strangers = (LINK, "https://api.replicate.com:8443/a", "https://api.replicate.com.evil.test/a")

    for link in strangers:
        await downloader.fetch(link)
    await downloader.fetch("https://api.replicate.com/v1/files/a")

    told = [TOKEN in f"{request.headers.raw}" for request in internet.requests]
    assert told == [False, False, False, True]


async def test_the_token_does_not_follow_a_redirect() -> None:
    internet = Internet(
        lambda request: (
            redirect_to(LINK)(request) if "authorization" in request.headers else picture(request)
        )
    )
    downloader = internet.downloader(Home("https://api.replicate.com", TOKEN))

    await downloader.fetch("https://api.replicate.com/v1/files/a")

    assert ["authorization" in request.headers for request in internet.requests] == [True, False]
    assert TOKEN not in repr(Home("https://api.replicate.com", TOKEN))


@pytest.mark.parametrize(
    "link",
    [
        "http://replicate.delivery/a.webp",
        "ftp://replicate.delivery/a.webp",
        "file:///etc/passwd",
        "/etc/passwd",
        "",
        "https://",
        "https://user:word@replicate.delivery/a.webp",
        "https://[::1/a.webp",
        "https://replicate.delivery:65536/",
        "http://api.replicate.com/v1/files/a",
    ],
)
async def test_an_address_that_is_no_plain_https_one_is_not_looked_up(link: str) -> None:
    internet = Internet(picture)

    await lost(internet.downloader(Home("https://api.replicate.com", TOKEN)), link)

    assert internet.looked_up == []
    assert internet.requests == []


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.9.9.9", "10.0.0.8", "172.16.3.4", "192.168.1.1", "169.254.169.254"),
        *("100.64.0.1", "0.1.2.3", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "ff02::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1"),
    ],
)
async def test_no_private_address_is_asked(address: str) -> None:
    internet = Internet(picture, [[address]])

    error = await lost(internet.downloader())

    reason = "its address is not a public one"
    assert error.message == f"The picture was made and could not be fetched: {reason}."
    assert internet.requests == []


@pytest.mark.parametrize(
    "address", ["104.16.1.1", "2606:4700::6810:101", "::ffff:104.16.1.1", "64:ff9b::6810:101"]
)
async def test_a_public_address_is_one_however_it_is_written(address: str) -> None:
    assert is_public(address)


async def test_one_private_address_among_several_is_enough_to_refuse() -> None:
    internet = Internet(picture, [[ADDRESS, "10.0.0.1"]])

    await lost(internet.downloader())

    assert internet.requests == []


async def test_a_redirect_is_followed_and_checked_anew() -> None:
    internet = Internet(
        lambda request: (
            picture(request) if request.url.path == "/c" else redirect_to("/c")(request)
        ),
        [[ADDRESS], [OTHER_ADDRESS]],
    )

    data = await internet.downloader().fetch("https://replicate.delivery/b")

    assert data == PICTURE
    assert internet.looked_up == ["replicate.delivery:443"] * 2
    assert [request.url.host for request in internet.requests] == [ADDRESS, OTHER_ADDRESS]


@pytest.mark.parametrize(
    ("target", "addresses"),
    [
        ("https://inside.test/", [[ADDRESS], ["10.0.0.1"]]),
        ("http://169.254.169.254/latest/meta-data/", [[ADDRESS]]),
        ("https://169.254.169.254/", [[ADDRESS], ["169.254.169.254"]]),
        ("file:///etc/passwd", [[ADDRESS]]),
    ],
)
async def test_a_redirect_into_the_private_network_is_refused(
    target: str, addresses: list[Sequence[str]]
) -> None:
    internet = Internet(redirect_to(target), addresses)

    await lost(internet.downloader())

    assert len(internet.requests) == 1


async def test_a_host_that_turns_private_between_two_tries_is_refused() -> None:
    internet = Internet(always(503), [[ADDRESS], ["127.0.0.1"]])

    await lost(internet.downloader())

    assert [request.url.host for request in internet.requests] == [ADDRESS]


async def test_at_most_three_redirects_are_followed() -> None:
    internet = Internet(redirect_to(LINK))

    error = await lost(internet.downloader())

    assert error.message.endswith("it is redirected too often.")
    assert len(internet.requests) == 4


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_what_may_pass_is_tried_again_at_the_next_address(status: int) -> None:
    internet = Internet(always(status), [[ADDRESS, OTHER_ADDRESS]])

    error = await lost(internet.downloader())

    assert error.message.endswith(f"its host answered {status}.")
    hosts = [request.url.host for request in internet.requests]
    assert hosts == [ADDRESS, OTHER_ADDRESS, ADDRESS]


async def test_a_second_try_may_bring_the_picture() -> None:
    answers = iter([always(502), always(200), picture])
    internet = Internet(lambda request: next(answers)(request))  # noqa: PLW0108 - one a request

    assert await internet.downloader().fetch(LINK) == PICTURE


@pytest.mark.parametrize("status", [204, 206, 304, 400, 401, 403, 404, 410])
async def test_what_will_not_pass_is_not_tried_again(status: int) -> None:
    internet = Internet(always(status))

    await lost(internet.downloader())

    assert len(internet.requests) == 1


@pytest.mark.parametrize("kind", ["text/html", "application/json; charset=utf-8", "video/mp4"])
async def test_what_says_it_is_no_picture_is_refused(kind: str) -> None:
    internet = Internet(always(200, b"<html>", content_type=kind))

    error = await lost(internet.downloader())

    assert error.message.endswith("its host delivered something else.")
    assert len(internet.requests) == 1


@pytest.mark.parametrize("kind", ["", "IMAGE/PNG", "application/octet-stream", "image/x-odd"])
async def test_what_may_be_a_picture_is_taken(kind: str) -> None:
    internet = Internet(always(200, PICTURE, content_type=kind))

    assert await internet.downloader().fetch(LINK) == PICTURE


async def test_what_is_too_large_is_not_read_to_its_end() -> None:
    given: list[int] = []

    async def chunks() -> AsyncIterator[bytes]:
        for number in range(100):
            given.append(number)
            yield b"x" * 300

    internet = Internet(lambda _: httpx2.Response(200, content=chunks()))

    error = await lost(internet.downloader())

    assert error.message.endswith("it is larger than 1000 bytes.")
    assert given == [0, 1, 2, 3]
    assert len(internet.requests) == 1


async def test_what_just_fits_is_taken() -> None:
    internet = Internet(always(200, b"x" * 1000))

    assert len(await internet.downloader().fetch(LINK)) == 1000


async def test_what_is_packed_unasked_is_not_unpacked() -> None:
    internet = Internet(always(200, b"bomb", content_encoding="gzip"))

    await lost(internet.downloader())

    assert internet.requests[0].headers["accept-encoding"] == "identity"


async def test_what_takes_too_long_is_given_up() -> None:
    async def forever() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.Event().wait()

    internet = Internet(lambda _: httpx2.Response(200, content=forever()))
    bounds = Bounds(largest=1000, seconds=0.02, pauses=(0.0,))

    error = await lost(internet.downloader(bounds=bounds))

    assert error.message.endswith("it took too long.")
    assert len(internet.requests) == 2


async def test_a_host_that_has_no_address_is_looked_up_again() -> None:
    internet = Internet(picture, [[], [], [ADDRESS]])

    assert await internet.downloader().fetch(LINK) == PICTURE
    assert len(internet.looked_up) == 3


async def test_the_configured_server_may_be_private_and_plain(
    server: ReplicateServer, at_home: Downloader
) -> None:
    data = await at_home.fetch(f"http://{server.delivery_host}/xezq/a.webp")

    assert data == PICTURE
    [request] = server.seen
    assert request.headers["host"] == server.delivery_host
    assert "authorization" not in request.headers


async def test_the_configured_server_itself_is_told_the_token(
    server: ReplicateServer, at_home: Downloader
) -> None:
    await at_home.fetch(f"http://{server.host}/xezq/a.webp")

    assert server.seen[0].headers["authorization"] == f"Bearer {TOKEN}"


async def test_even_the_configured_server_cannot_send_us_to_its_neighbours(
    server: ReplicateServer, at_home: Downloader
) -> None:
    port = server.host.rpartition(":")[2]
    server.fail("delivery", Mishap(302, b"", {"location": f"https://localhost:{port}/xezq/b"}))

    await lost(at_home, f"http://{server.delivery_host}/xezq/a.webp")

    assert len(server.seen) == 1


async def test_a_broken_connection_is_tried_again(
    server: ReplicateServer, at_home: Downloader
) -> None:
    server.fail("delivery", Mishap(cut=True))

    assert await at_home.fetch(f"http://{server.delivery_host}/xezq/a.webp") == PICTURE
    assert len(server.seen) == 2


async def test_a_server_that_is_gone_is_named_as_that(at_home: Downloader) -> None:
    async with replicate() as gone:
        link = f"http://{gone.host}/xezq/a.webp"

    error = await lost(at_home, link)

    assert error.message.endswith("the connection failed.")


async def test_a_host_whose_name_is_none_is_not_found() -> None:
    downloader = Downloader("replicate", bounds=HASTY)

    error = await lost(downloader, f"https://{'x' * 64}.test/a")

    assert error.message.endswith("its host is not known.")
    await downloader.aclose()


async def test_names_are_looked_up_by_the_system() -> None:
    assert set(await addresses_of("127.0.0.1", 80)) == {"127.0.0.1"}
    assert not any(map(is_public, await addresses_of("localhost", 80)))


@pytest.mark.parametrize(
    ("link", "data"),
    [
        ("data:image/png;base64,iVBORw==", b"\x89PNG"),
        ("DATA:;base64,iVBORw==", b"\x89PNG"),
        ("data:image/svg+xml,%3Csvg/%3E", b"<svg/>"),
        ("data:,plain,text", b"plain,text"),
    ],
)
async def test_a_data_url_is_decoded(link: str, data: bytes) -> None:
    internet = Internet(picture)

    assert await internet.downloader().fetch(link) == data
    assert internet.requests == []


@pytest.mark.parametrize(
    "link",
    [
        "data:image/png;base64,not base64!",
        "data:image/png;base64,iVBORw",
        "data:image/png;base64,",
        "data:",
        "data:image/png;base64," + "A" * 1400,
        "data:," + "x" * 1001,
    ],
)
async def test_a_data_url_that_is_broken_or_too_large_is_refused(link: str) -> None:
    await lost(Internet(picture).downloader(), link)
