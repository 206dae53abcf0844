"""Records of every topic that one version reads or writes, from a short run on a real Kafka."""

import base64
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import msgspec

from chaos import checks, poison
from chaos.system import System, running
from clusterwatch.services import SERVICES
from shared.events.topics import TOPICS
from shared.testing.kafka import consume_all
from shared.testing.releases import Message
from shared.testing.waiting import wait_until
from upgrades.fleet import Fleet
from upgrades.programs import Program

_SEED = 2027
_ROUNDS = 3
_MOST = 80
"""Records kept of a topic; each shows something that those before it do not."""
_BAD_RECORDS = 40
_PATIENCE = 300.0
_WORD = re.compile(r"[a-z_]{1,40}")

Row = tuple[bytes | None, bytes | None, Sequence[tuple[str, bytes | None]]]


def record(program: Program, folder: Path) -> dict[str, list[Message]]:
    """Run the version on simulated events, and keep of each topic what differs."""
    made: list[Fleet] = []

    def fleet(place: Path, settings: Mapping[str, str]) -> Fleet:
        made.append(Fleet(place, settings, program))
        return made[0]

    with running(folder, "sqlite", _SEED, fleet) as system:
        for number in range(1, _ROUNDS + 1):
            system.feeder.feed([*system.load.round(number), *system.swings.round(number)])
            system.outside.alert(number)
        system.feeder.feed(list(poison.flood(system.load, random.Random(_SEED), _BAD_RECORDS)))
        _wait(system)
        _decide(system)
        _wait(system)
        return {topic: _sample(_rows(system, topic)) for topic in TOPICS}


def _wait(system: System) -> None:
    def quiet() -> bool:
        return not list(checks.unread(system))

    wait_until(quiet, seconds=_PATIENCE, what="all is read and published")


def _decide(system: System) -> None:
    """Confirm and reject in turn what is held."""
    url = system.services.main[SERVICES[0]].url
    for number, item in enumerate(httpx.get(f"{url}/api/v1/held", timeout=60).json()["items"]):
        decision = "reject" if number % 2 else "confirm"
        body = {"who": "模拟", "why": "simulated"}
        answer = httpx.post(f"{url}/api/v1/held/{item['id']}/{decision}", json=body, timeout=60)
        answer.raise_for_status()


def _rows(system: System, topic: str) -> list[Row]:
    return [(row[2], row[3], row[4]) for row in consume_all(system.kafka.bootstrap, topic)]


def _sample(rows: Sequence[Row]) -> list[Message]:
    """The first records that show a field, a type or a word that none before them has shown."""
    seen: set[tuple[str, str]] = set()
    kept: list[Message] = []
    for key, value, headers in rows:
        shown = set(_marks("$", _read(value))) | {("header", name) for name, _ in headers}
        if shown <= seen or len(kept) == _MOST:
            continue
        seen |= shown
        kept.append(_message(key, value, headers))
    return kept


def _read(value: bytes | None) -> Any:  # noqa: ANN401 - any JSON
    try:
        return msgspec.json.decode(value or b"null")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return repr(value)[:40]


def _marks(path: str, value: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any JSON
    """Where a value has which type, and which word where it is one of few."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _marks(f"{path}.{name}", inner)
    elif isinstance(value, list):
        yield path, "empty" if not value else "list"
        for inner in value:
            yield from _marks(f"{path}[]", inner)
    elif isinstance(value, str) and _WORD.fullmatch(value):
        yield path, value
    else:
        yield path, type(value).__name__


def _message(
    key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes | None]]
) -> Message:
    text, encoded = None, False
    if value is not None:
        try:
            text = value.decode()
        except UnicodeDecodeError:
            text, encoded = base64.b64encode(value).decode(), True
    return Message(
        key=None if key is None else key.decode(errors="replace"),
        value=text,
        headers=tuple(
            (name, None if raw is None else raw.decode(errors="replace")) for name, raw in headers
        ),
        encoded=encoded,
    )
