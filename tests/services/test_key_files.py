"""The file of keys."""

from pathlib import Path

import pytest

from image_generation.domain.callers import Caller, Role
from image_generation.domain.errors import Unauthenticated
from image_generation.services.key_files import (
    KeyFileError,
    KeyRing,
    create_key,
    hash_of,
    read_keys,
)

HASH = hash_of("igk_ada")


def test_a_caller_is_a_member_unless_the_file_says_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(f'[ada]\nhash = "{HASH}"\n[bob]\nhash = "{hash_of("b")}"\nrole = "ADMIN"\n')

    callers = [key.caller for key in read_keys(path)]

    assert callers == [Caller(name="ada", role=Role.MEMBER), Caller(name="bob", role=Role.ADMIN)]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[ada", "Expected"),
        ("ada = 1", "ada is not a table"),
        ("[ada]", "[ada] has no hash"),
        ('["a b"]', "[a b] is no name"),
        ('[ada]\nhash = "igk_secret"', "[ada] hash: give"),
        (f'[ada]\nhash = "{HASH}"\nrole = "KING"', "role: give one of READER, MEMBER, ADMIN"),
        (f'[ada]\nhash = "{HASH}"\nrole = []', "role: give one of READER, MEMBER, ADMIN"),
        (f'[ada]\nhash = "{HASH}"\ncolour = 1', "[ada] has colour; known are"),
        (f'[ada]\nhash = "{HASH}"\n[bob]\nhash = "{HASH}"', "two callers have the same hash"),
    ],
)
def test_a_file_that_cannot_be_used_says_why_and_shows_no_value(
    tmp_path: Path, text: str, fault: str
) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(text)

    with pytest.raises(KeyFileError) as complaint:
        read_keys(path)

    assert fault in str(complaint.value)
    assert "secret" not in str(complaint.value)


@pytest.mark.parametrize("name", ["", "a b", "a.b", "x" * 65, "a\n[b]"])
def test_a_name_that_is_none_makes_no_key(tmp_path: Path, name: str) -> None:
    path = tmp_path / "keys.toml"

    with pytest.raises(KeyFileError, match="is no name"):
        create_key(path, name, Role.MEMBER)

    assert not path.exists()


def test_no_two_keys_are_alike_and_each_opens_for_its_caller(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    keys = {name: create_key(path, name, Role.MEMBER) for name in ("ada", "bob")}
    ring = KeyRing(path)

    assert keys["ada"] != keys["bob"]
    assert [ring.caller_of(f"Bearer {key}").name for key in keys.values()] == ["ada", "bob"]
    assert ring.caller_of(f"bearer  {keys['ada']} ").name == "ada"
    with pytest.raises(Unauthenticated):
        ring.caller_of(f"Bearer {keys['ada']}x")
