"""What ingest's use cases need of a store and of the world."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import msgspec

from services.ingest.domain.decisions import Ruling
from services.ingest.domain.erasures import Reach
from services.ingest.domain.facts import Sent
from services.ingest.domain.holds import LineState, Suspicion
from services.ingest.domain.lines import REMEMBERED_LINES, Line
from services.ingest.domain.register import Registration
from services.ingest.domain.subjects import Subject
from services.ingest.domain.warnings import Warned
from shared.events.period import Month
from shared.events.records import Headers
from shared.storage.outbox import OutboxRow


class LineKey(msgspec.Struct, frozen=True, cache_hash=True, gc=False):
    """Identity of a report line."""

    subject: Subject
    indicator: str
    period: Month


# Remembered with their hashes: the same lines come again and again.
_line_key = lru_cache(maxsize=REMEMBERED_LINES)(LineKey)


def key_of(line: Line) -> LineKey:
    """Identity of a line."""
    return _line_key(line.subject, line.indicator, line.period)


class RegistrationKey(msgspec.Struct, frozen=True, cache_hash=True, gc=False):
    """Identity of a register event."""

    subject: Subject
    effective: Month
    action: str


class StoredLine(msgspec.Struct, frozen=True, gc=False):
    """The standing version of a line, and what has become of it."""

    line: Line
    state: LineState = LineState.APPLIED

    @property
    def parked(self) -> bool:
        """Whether it waits for the register."""
        return self.state is LineState.PARKED


class Closing(msgspec.Struct, frozen=True, cache_hash=True, gc=False):
    """A closed year of an indicator: the totals that suspicious lines are weighed by."""

    indicator: str
    december: Month


class HoldStore(Protocol):
    """What is kept about suspicious lines, inside the transaction of `Store`."""

    def rulings(self, subjects: Collection[Subject]) -> dict[LineKey, list[Ruling]]:
        """All decisions about lines of subjects."""
        ...

    def save_rulings(self, rulings: Iterable[Ruling]) -> None:
        """Add decisions; known ones stay as they are."""
        ...

    def suspicions(self, keys: Collection[LineKey]) -> dict[LineKey, Suspicion]:
        """Suspicions about lines."""
        ...

    def save_suspicions(self, changes: Mapping[LineKey, Suspicion | None]) -> None:
        """Replace suspicions; None forgets one."""
        ...

    def weighed_by(self, closings: Collection[Closing]) -> set[LineKey]:
        """Suspicious lines that are weighed by the totals of closed years."""
        ...

    def year_parts(self, keys: Collection[LineKey]) -> dict[LineKey, dict[str, int]]:
        """What Decembers contribute to each unit's total of their year."""
        ...

    def save_year_parts(self, parts: Mapping[LineKey, Mapping[str, int]]) -> None:
        """Replace what Decembers contribute."""
        ...

    def unit_totals(self, closing: Closing, units: Collection[str]) -> dict[str, int]:
        """Totals of a closed year by unit, as far as there are any."""
        ...

    def fix_totals(self, closing: Closing, *, reading: bool) -> None:
        """Keep others from changing totals of a closed year (`reading`), or from reading them.

        Until the end of the transaction: who weighs a line and who changes what it is weighed by
        take turns, so that neither overlooks the other.
        """
        ...

    def feeds(self, sources: Collection[str]) -> dict[tuple[str, str, str], Month]:
        """Newest period by source, topic and city."""
        ...

    def save_feeds(self, feeds: Mapping[tuple[str, str, str], Month]) -> None:
        """Remember newest periods."""
        ...


STANDING = "standing:"
"""Prefix of warnings that are counted while they hold, not as often as they occur."""


class WarningStore(Protocol):
    """What is odd about standing lines, inside the transaction of `Store`."""

    def warned(self, keys: Collection[LineKey]) -> dict[LineKey, frozenset[Warned]]:
        """Lines with warnings among these."""
        ...

    def save_warned(self, changes: Mapping[LineKey, frozenset[Warned]]) -> None:
        """Replace the warnings of lines; an empty set forgets them."""
        ...


class Store(Protocol):
    """State of ingest inside one transaction."""

    @property
    def holds(self) -> HoldStore:
        """What is kept about suspicious lines."""
        ...

    @property
    def warnings(self) -> WarningStore:
        """What is odd about standing lines."""
        ...

    def erasures(self) -> Mapping[str, Reach]:
        """Enterprises that were erased on request, by token."""
        ...

    def lock(self, subjects: Collection[Subject]) -> None:
        """Make subjects known and keep other replicas from changing them until the end."""
        ...

    def sources(self, subjects: Collection[Subject]) -> dict[tuple[Subject, str], str]:
        """Owner source by (subject, topic)."""
        ...

    def registrations(self, subjects: Collection[Subject]) -> dict[RegistrationKey, Registration]:
        """All standing register events of enterprises."""
        ...

    def lines(self, keys: Collection[LineKey]) -> dict[LineKey, StoredLine]:
        """Standing lines by identity."""
        ...

    def lines_of(self, subjects: Collection[Subject]) -> dict[LineKey, StoredLine]:
        """All standing lines of subjects."""
        ...

    def sent(self, keys: Collection[LineKey]) -> dict[LineKey, dict[str, Sent]]:
        """What units were told about lines, or about register months (indicator `membership`)."""
        ...

    def save_sources(self, owners: Mapping[tuple[Subject, str], str]) -> None:
        """Remember owners of lines that had none."""
        ...

    def save_registrations(self, registrations: Iterable[Registration]) -> None:
        """Replace standing register events."""
        ...

    def save_lines(self, lines: Iterable[StoredLine]) -> None:
        """Replace standing lines."""
        ...

    def save_sent(self, sent: Mapping[LineKey, Mapping[str, Sent]]) -> None:
        """Replace all that is remembered of what units were told about lines."""
        ...

    def enqueue(self, rows: Sequence[OutboxRow]) -> None:
        """Put records into the outbox."""
        ...

    def count(self, topic: str, changes: Mapping[str, int]) -> None:
        """Move records between the states of reconciliation."""
        ...

    def warn(self, topic: str, warnings: Mapping[str, int]) -> None:
        """Count warnings."""
        ...


class Tokens(Protocol):
    """Opaque names for subjects."""

    def token(self, subject: Subject) -> str:
        """The same token for the same subject, for ever; it does not give the subject away."""
        ...


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A checked event, or a replayed record, on its way to Kafka."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    partition: int | None = None
    """None lets the key decide, as it does for every input topic."""


class KafkaUnavailableError(Exception):
    """Kafka did not acknowledge in time: not now. What was sent may have arrived or not."""


class Inbox(Protocol):
    """The way into the input topics."""

    async def send(self, events: Sequence[Outgoing]) -> None:
        """Return when all in-sync replicas have every event. Raises `KafkaUnavailableError`."""
        ...
