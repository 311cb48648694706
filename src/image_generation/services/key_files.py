"""The keys of callers: made here, kept as hashes in a TOML file of the operator.

A key has 256 random bits, so that a fast hash is as good as a slow one: there is nothing to guess.
"""

import re
import secrets
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from hashlib import sha256
from os import O_APPEND, O_CREAT, O_WRONLY
from os import open as open_private
from pathlib import Path
from typing import Any

import structlog

from image_generation.domain.budgets import Budget
from image_generation.domain.callers import LOCAL, NO_LIMITS, Caller, CallerLimits, Role
from image_generation.domain.errors import Unauthenticated

_log = structlog.get_logger(__name__)

PREFIX = "igk_"
"""What every key begins with, so that scanners for secrets find one that got out."""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_HASH = re.compile(r"sha256:[0-9a-f]{64}")


class KeyFileError(Exception):
    """The file cannot be used; the message says where and why, for the operator."""


@dataclass(frozen=True, slots=True)
class Key:
    """One line of who may come in: a key's hash, and whose it is."""

    hash: str
    caller: Caller


def hash_of(key: str) -> str:
    """Return what is kept of a key: "sha256:" and its digest in hex."""
    return f"sha256:{sha256(key.encode(errors='surrogatepass')).hexdigest()}"


def read_keys(path: Path, usual: CallerLimits = NO_LIMITS) -> list[Key]:
    """Return the keys of a file.

    Each table of the file is a caller: `[name]` with `hash`, and a `role` that is MEMBER unless it
    is given; limits that are not given are the `usual` ones: `max_cost`, `requests_per_minute`,
    `bytes_per_minute`, `running`, `batch_size` (1 or more), `usd_per_day`, `usd_per_month` (0 or
    more). Raises `KeyFileError`.
    """
    try:
        tables = tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)
    except (OSError, ValueError) as error:
        raise KeyFileError(f"{path}: {error}") from error
    keys = [_key(path, name, table, usual) for name, table in tables.items()]
    if len({key.hash for key in keys}) < len(keys):
        raise KeyFileError(f"{path}: two callers have the same hash.")
    return keys


def create_key(path: Path, name: str, role: Role) -> str:
    """Make a key for a new caller, add its hash to the file, and return it: nobody has it else.

    A file that is not there is made, readable by its owner alone. Raises `KeyFileError`.
    """
    if not _NAME.fullmatch(name):
        raise KeyFileError(f"{name!r} is no name. Give 1 to 64 letters, digits, - and _.")
    if path.exists() and any(key.caller.name == name for key in read_keys(path)):
        raise KeyFileError(f"{path}: [{name}] is there already.")
    key = PREFIX + secrets.token_urlsafe(32)
    try:
        with open(path, "a", encoding="utf-8", opener=_private) as file:
            file.write(f'\n[{name}]\nhash = "{hash_of(key)}"\nrole = "{role}"\n')
    except OSError as error:
        raise KeyFileError(f"{path}: {error}") from error
    return key


class KeyRing:
    """Knows callers by their keys; without a file everybody is `LOCAL`, with the `usual` limits.

    A file that changes is read again at the next request. Raises `KeyFileError`.
    """

    def __init__(self, path: Path | None, usual: CallerLimits = NO_LIMITS) -> None:
        self._path = path
        self._usual = usual
        self._local = replace(LOCAL, limits=usual)
        self._read_at = _changed_at(path) if path else None
        self._callers = self._read(path) if path else {}

    def caller_of(self, authorization: str | None) -> Caller:
        """Return whose `Bearer` key it is, or raise `Unauthenticated`."""
        if self._path is None:
            return self._local
        self._refresh(self._path)
        scheme, _, key = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise Unauthenticated("Send a key: `Authorization: Bearer igk_…`.")
        # How long this takes tells of a hash, which leads nobody to a key.
        caller = self._callers.get(hash_of(key.strip()))
        if caller is None:
            raise Unauthenticated("This key is not known. It may have been withdrawn.")
        return caller

    def limits_of(self, name: str) -> CallerLimits:
        """Return how much a caller may have."""
        found = (caller.limits for caller in self._callers.values() if caller.name == name)
        return next(found, self._usual)

    def _read(self, path: Path) -> dict[str, Caller]:
        return {key.hash: key.caller for key in read_keys(path, self._usual)}

    def _refresh(self, path: Path) -> None:
        """Read the file again if it has changed; a broken one lets nobody new in."""
        changed_at = _changed_at(path)
        if changed_at == self._read_at:
            return
        self._read_at = changed_at
        try:
            self._callers = self._read(path)
            _log.info("keys_read", callers=len(self._callers))
        except KeyFileError as error:
            _log.error("keys_not_read", fault=str(error))


def _changed_at(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None


def _private(path: str, flags: int) -> int:
    return open_private(path, flags | O_APPEND | O_CREAT | O_WRONLY, 0o600)


def _key(path: Path, name: str, table: Any, usual: CallerLimits) -> Key:
    where = f"{path}: [{name}]"
    if not _NAME.fullmatch(name):
        raise KeyFileError(f"{where} is no name. Give 1 to 64 letters, digits, - and _.")
    if not isinstance(table, dict):
        raise KeyFileError(f"{path}: {name} is not a table; write [{name}].")
    if unknown := sorted(table.keys() - _FIELDS.keys()):
        raise KeyFileError(f"{where} has {unknown[0]}; known are {sorted(_FIELDS)}.")
    for field, (fits, right) in _FIELDS.items():
        if field in table and not fits(table[field]):
            raise KeyFileError(f"{where} {field}: give {right}.")
    if "hash" not in table:
        raise KeyFileError(f"{where} has no hash; `image-generation key create` makes one.")
    role = Role(table.get("role", Role.MEMBER))
    return Key(table["hash"], Caller(name=name, role=role, limits=_limits(table, usual)))


def _limits(table: dict[str, Any], usual: CallerLimits) -> CallerLimits:
    numbers = {field: table[field] for field in _COUNTS if field in table}
    money = {field: Decimal(table[field]) for field in _MONEY if field in table}
    return replace(usual, **numbers, budget=Budget(**money))


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 1


def _is_money(value: Any) -> bool:
    return type(value) in {int, Decimal} and Decimal(value).is_finite() and value >= 0


_COUNTS = ("max_cost", "requests_per_minute", "bytes_per_minute", "running", "batch_size")
_MONEY = ("usd_per_day", "usd_per_month")


_FIELDS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "hash": (
        lambda value: isinstance(value, str) and _HASH.fullmatch(value) is not None,
        '"sha256:" and 64 hex digits',
    ),
    "role": (lambda value: value in list(Role), f"one of {', '.join(Role)}"),
    **dict.fromkeys(_COUNTS, (_is_count, "a whole number from 1")),
    **dict.fromkeys(_MONEY, (_is_money, "US dollars from 0")),
}
