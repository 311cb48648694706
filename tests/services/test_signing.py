"""Signed addresses, and the secret that signs them."""

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image_generation.services.signing import Signer, read_secret

SECRET = bytes(range(32))
ADDRESS = "/images/0192f1c2-d3e4-7a5b-8c6d-7e8f9a0b1c2d?w=256&fit=cover"
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


class Clock:
    """A clock that is set by hand."""

    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def left(signer: Signer, address: str) -> int:
    path, _, query = address.partition("?")
    return signer.seconds_left(path, query)


def test_an_address_says_when_it_ends_and_is_signed() -> None:
    signed = Signer(SECRET, 600, Clock()).sign(ADDRESS)

    assert signed == (
        f"{ADDRESS}&expires=1000500"
        "&signature=f34c635b0a42fff69b95f4479cd1eb0e86b9ab85de8712bbde16c593413a910a"
    )


def test_an_address_lives_for_half_the_lifetime_at_least_and_all_of_it_at_most() -> None:
    clock = Clock()
    signer = Signer(SECRET, 600, clock)

    for second in range(1_000_000, 1_000_700):
        clock.now = second + 0.5
        assert 300 <= left(signer, signer.sign(ADDRESS)) <= 600


def test_an_address_stays_the_same_for_half_the_lifetime() -> None:
    clock = Clock()
    signer = Signer(SECRET, 600, clock)

    signed = []
    for clock.now in range(999_900, 1_000_500):
        signed.append(signer.sign(ADDRESS))

    assert [signed.count(each) for each in dict.fromkeys(signed)] == [300, 300]


def test_an_address_ends() -> None:
    clock = Clock()
    signer = Signer(SECRET, 600, clock)
    signed = signer.sign(ADDRESS)

    lives = []
    for clock.now in (1_000_000, 1_000_499.9, 1_000_500, 2_000_000):
        lives.append(left(signer, signed))

    assert lives == [500, 1, 0, 0]


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("1c2d?", "1c2e?"),
        ("/images/", "/figures/"),
        ("w=256", "w=2560"),
        ("w=256&", ""),
        ("cover", "contain"),
        ("w=256&fit=cover", "fit=cover&w=256"),
        ("expires=1000500", "expires=9000500"),
        ("expires=1000500&", ""),
        ("&signature=", "&h=1&signature="),
        ("&signature=", "&signature=&signature="),
        ("signature=", "signature=0"),
        ("signature=", "other="),
        ("signature=", "signature=é"),
    ],
)
def test_an_altered_address_opens_nothing(part: str, other: str) -> None:
    signer = Signer(SECRET, 600, Clock())
    signed = signer.sign(ADDRESS)
    assert part in signed

    assert left(signer, signed.replace(part, other)) == 0


def test_an_address_of_another_secret_opens_nothing() -> None:
    signed = Signer(bytes(32), 600, Clock()).sign(ADDRESS)

    assert left(Signer(SECRET, 600, Clock()), signed) == 0


@given(TEXT, TEXT)
def test_what_is_not_signed_opens_nothing(path: str, query: str) -> None:
    assert Signer(SECRET, 600, Clock()).seconds_left(path, query) == 0


def test_an_address_may_be_escaped_otherwise_on_the_way() -> None:
    signer = Signer(SECRET, 600, Clock())
    signed = signer.sign("/figures/forward-process?image=x&timesteps=0,300")

    assert "timesteps=0,300&" in signed
    assert left(signer, signed.replace(",", "%2C")) == 500


def test_the_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "secret"

    secret = read_secret(path)

    assert len(secret) == 32
    assert read_secret(path) == secret
    assert read_secret(tmp_path / "other") != secret
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(each.name for each in tmp_path.iterdir()) == ["other", "secret"]


def test_a_secret_that_was_cut_off_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"")

    assert len(read_secret(path)) == 32
    assert read_secret(path) == path.read_bytes()
