"""What each released version left behind for the tests of its successors: `tests/data/releases`.

`VERSION/release.json` holds the commit, the schemas that the program knew and the columns that it
used; `VERSION/contracts` its JSON Schemas; `VERSION/messages` records of every topic that it wrote
or read. ``python -m upgrades.release`` writes them.
"""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

HOME: Final = Path(__file__).parents[2] / "tests" / "data" / "releases"


class Uses(msgspec.Struct, frozen=True):
    """What a release knew of one database."""

    revision: str
    """Newest revision."""
    tables: dict[str, tuple[str, ...]]
    """Columns that its program reads or writes, by table."""


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """A record of a topic as it stood in Kafka."""

    key: str | None
    value: str | None
    """Text, or base64 where the bytes are no UTF-8."""
    headers: tuple[tuple[str, str | None], ...] = ()
    encoded: bool = False
    """True where `value` is base64."""

    def value_bytes(self) -> bytes | None:
        """The value as it was."""
        if self.value is None:
            return None
        return base64.b64decode(self.value) if self.encoded else self.value.encode()


class Release(msgspec.Struct, frozen=True):
    """One released version."""

    version: str
    commit: str
    """The program as it was; a clone may not reach back to it."""
    stores: dict[str, Uses]

    @property
    def folder(self) -> Path:
        """Where it is kept."""
        return HOME / self.version

    def contract(self, topic: str) -> dict[str, Any] | None:
        """JSON Schema of a topic; null for one that the release did not have."""
        file = self.folder / "contracts" / f"{topic}.schema.json"
        if not file.exists():
            return None
        read: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return read

    def topics(self) -> list[str]:
        """Topics that it had, by name."""
        files = (self.folder / "contracts").glob("*.schema.json")
        return sorted(file.name.removesuffix(".schema.json") for file in files)

    def messages(self, topic: str) -> Iterator[Message]:
        """Recorded records of a topic."""
        file = self.folder / "messages" / f"{topic}.ndjson"
        for line in file.read_bytes().splitlines() if file.exists() else ():
            yield msgspec.json.decode(line, type=Message)


def releases() -> list[Release]:
    """Those that are kept, oldest first."""
    files = sorted(HOME.glob("*/release.json"), key=lambda file: _order(file.parent.name))
    return [msgspec.json.decode(file.read_bytes(), type=Release) for file in files]


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
