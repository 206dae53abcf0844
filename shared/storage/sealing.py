"""Columns that stand encrypted in the database; whoever reads the file or a backup learns nothing.

AES-SIV (RFC 5297): authenticated, and the same value always becomes the same text, so columns can
still be compared and be unique. That equal values look equal is all it shows.
"""

import base64
import hashlib
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Column, Connection, Engine, LargeBinary, String, Table, select, type_coerce
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from shared.configuration import SettingsError

_MARK = "sealed:"
_KEY_BYTES = 64  # two keys of AES-256, one for the tag and one for the text
_SHORTEST = 32
"""Characters of a key from the settings; one that people remember is none."""


@dataclass(frozen=True)
class SealingKey:
    """One key, made from a secret text."""

    secret: bytes

    @cached_property
    def id(self) -> str:
        """Tells keys apart and gives nothing of them away."""
        return hashlib.sha256(b"clusterwatch sealing key id|" + self.secret).hexdigest()[:12]

    @cached_property
    def cipher(self) -> AESSIV:
        """The cipher."""
        derived = HKDF(SHA256(), _KEY_BYTES, salt=None, info=b"clusterwatch sealing")
        return AESSIV(derived.derive(self.secret))


class Keyring:
    """Keys that open; the first one seals."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        """Raise `SettingsError` for secrets that are too short, or none."""
        if not secrets or any(len(secret) < _SHORTEST for secret in secrets):
            raise SettingsError(f"a sealing key has {_SHORTEST} characters or more")
        self._keys = {key.id: key for key in map(SealingKey, secrets)}
        self._first = SealingKey(secrets[0])

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the keys, the sealing one first."""
        return tuple(self._keys)

    def seal(self, value: bytes, place: str) -> str:
        """Text that stands for a value in a place; elsewhere it opens nothing."""
        sealed = self._first.cipher.encrypt(value, [place.encode()])
        return f"{_MARK}{self._first.id}:{base64.b64encode(sealed).decode()}"

    def open(self, text: str, place: str) -> bytes:
        """The value. Raises `SettingsError` where none of the keys fits."""
        _, key_id, sealed = text.split(":", 2)
        key = self._keys.get(key_id)
        try:
            if key is not None:
                return key.cipher.decrypt(base64.b64decode(sealed), [place.encode()])
        except (InvalidTag, ValueError):
            pass
        raise SettingsError(
            f"{place} was sealed with the key {key_id}, which is not among the keys {self.ids}"
        )


_keyrings: weakref.WeakKeyDictionary[Dialect, Keyring] = weakref.WeakKeyDictionary()
"""By engine: its dialect is all that a column's type is told of it."""


def use_keys(engine: Engine, keyring: Keyring) -> None:
    """Seal and open this engine's sealed columns from now on; without keys they stay readable."""
    _keyrings[engine.dialect] = keyring


class _Sealed(TypeDecorator[Any]):
    """Holds what two types of columns have in common; `place` is the column's own name."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = String
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def _seal(self, value: bytes, dialect: Dialect) -> str | None:
        keyring = _keyrings.get(dialect)
        return None if keyring is None else keyring.seal(value, self.place)

    def _open(self, text: str, dialect: Dialect) -> bytes:
        keyring = _keyrings.get(dialect)
        if keyring is None:
            raise SettingsError(f"{self.place} is sealed, and no key was given")
        return keyring.open(text, self.place)


class SealedText(_Sealed):
    """Text that stands sealed."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ANN401 - SQLAlchemy's
        """Seal what is written and what is compared with."""
        return None if value is None else self._seal(value.encode(), dialect) or str(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ANN401 - SQLAlchemy's
        """Open what is read; what was written before there were keys is read as it is."""
        if value is None or not value.startswith(_MARK):
            return None if value is None else str(value)
        return self._open(value, dialect).decode()


class SealedBytes(_Sealed):
    """Bytes that stand sealed."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:  # noqa: ANN401 - SQLAlchemy's
        """Seal what is written."""
        if value is None:
            return None
        sealed = self._seal(bytes(value), dialect)
        return bytes(value) if sealed is None else sealed.encode()

    def process_result_value(self, value: Any, dialect: Dialect) -> bytes | None:  # noqa: ANN401 - SQLAlchemy's
        """Open what is read."""
        if value is None or not bytes(value).startswith(_MARK.encode()):
            return None if value is None else bytes(value)
        return self._open(bytes(value).decode(), dialect)


def reseal(connection: Connection, tables: Sequence[Table], keyring: Keyring) -> int:
    """Seal with the first key whatever stands readable or under another; returns how many values.

    Raises `SettingsError` for what none of the keys opens; nothing is changed then.
    """
    mark = f"{_MARK}{keyring.ids[0]}:"
    changed = 0
    for table in tables:
        (key,) = table.primary_key.columns
        for column in table.columns:
            if isinstance(column.type, _Sealed):
                changed += _reseal_column(connection, table, key, column, mark)
    return changed


def _reseal_column(
    connection: Connection, table: Table, key: Column[Any], column: Column[Any], mark: str
) -> int:
    raw = type_coerce(column, column.type.impl_instance)  # type: ignore[attr-defined]
    start: Any = mark.encode() if isinstance(column.type, SealedBytes) else mark
    found = connection.execute(select(key, raw.label("raw"), column.label("value"))).all()
    stale = [row for row in found if row.value is not None and not row.raw.startswith(start)]
    for row in stale:
        change = table.update().where(key == row[0]).values({column.name: row.value})
        connection.execute(change)
    return len(stale)
