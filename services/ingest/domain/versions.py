"""Which version of a line stands: a total order, so that the order of arrival never matters."""

import hashlib
from datetime import UTC, datetime, timedelta
from enum import Enum, auto

import msgspec

from shared.events.reasons import Reason, Refused

_FUTURE_TOLERANCE = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Version(msgspec.Struct, frozen=True, order=True, gc=False):
    """Rank of one version; the greatest of a line stands."""

    revision: int
    reported_at_us: int
    """Microseconds since 1970."""
    event_id: str
    digest: bytes
    """SHA-256 of the normalised content."""

    def says_the_same(self, other: "Version") -> bool:
        """Whether both carry the same revision of the same content."""
        return self.revision == other.revision and self.digest == other.digest


class Outcome(Enum):
    """What an arriving version does to the line it belongs to."""

    NEW = auto()
    """It is the first version, or replaces the standing one."""
    DUPLICATE = auto()
    """It says what stands already."""
    DUPLICATE_NEWER = auto()
    """It says what stands already, and was reported later: the standing rank is raised."""
    STALE = auto()
    """A greater version stands."""


class Comparison(msgspec.Struct, frozen=True, gc=False):
    """Outcome of an arriving version, and whether two sources of truth disagree."""

    outcome: Outcome
    revision_conflict: bool = False
    """Equal revision with other content: one of them is wrong, and people should know."""


def compare(arriving: Version, standing: Version | None) -> Comparison:
    """Decide between an arriving version and the standing one."""
    if standing is None:
        return Comparison(Outcome.NEW)
    newer = arriving > standing
    if arriving.says_the_same(standing):
        return Comparison(Outcome.DUPLICATE_NEWER if newer else Outcome.DUPLICATE)
    conflict = arriving.revision == standing.revision
    return Comparison(Outcome.NEW if newer else Outcome.STALE, conflict)


def digest(content: object) -> bytes:
    """SHA-256 of normalised content (MessagePack, whose encoding of plain values is unique)."""
    return hashlib.sha256(msgspec.msgpack.encode(content)).digest()


def microseconds(moment: datetime) -> int:
    """An aware time as microseconds since 1970, exactly."""
    return (moment - _EPOCH) // _MICROSECOND


def check_not_in_future(reported_at: datetime, broker_ms: int) -> None:
    """Refuse reports dated more than a day after the broker's own time.

    The broker's time, not the clock: a replay then decides the same. Raises `Refused`.
    """
    broker = _EPOCH + timedelta(milliseconds=broker_ms)
    if reported_at > broker + _FUTURE_TOLERANCE:
        raise Refused(
            Reason.REPORTED_IN_FUTURE,
            "reported_at",
            f"{reported_at.isoformat()} is more than a day after the broker received it "
            f"({broker.isoformat()})",
        )
