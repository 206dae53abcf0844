"""Which version of a line stands: a total order, so that the order of arrival never matters."""

from datetime import UTC, datetime, timedelta
from enum import IntEnum, auto
from hashlib import sha256

import msgspec

from shared.events.reasons import Reason, Refused

_encode = msgspec.msgpack.Encoder().encode
_FUTURE_TOLERANCE_US = 24 * 3600 * 1_000_000
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


class Outcome(IntEnum):
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
    if standing is None or arriving.revision > standing.revision:
        return _NEW
    if arriving.revision < standing.revision:
        return _STALE
    newer = arriving > standing
    if arriving.digest == standing.digest:
        return _DUPLICATE_NEWER if newer else _DUPLICATE
    return _NEW_IN_CONFLICT if newer else _STALE_IN_CONFLICT


_NEW, _NEW_IN_CONFLICT = Comparison(Outcome.NEW), Comparison(Outcome.NEW, revision_conflict=True)
_STALE, _STALE_IN_CONFLICT = (
    Comparison(Outcome.STALE),
    Comparison(Outcome.STALE, revision_conflict=True),
)
_DUPLICATE, _DUPLICATE_NEWER = Comparison(Outcome.DUPLICATE), Comparison(Outcome.DUPLICATE_NEWER)


def digest(content: object) -> bytes:
    """SHA-256 of normalised content (MessagePack, whose encoding of plain values is unique)."""
    return sha256(_encode(content)).digest()


def microseconds(moment: datetime) -> int:
    """An aware time as microseconds since 1970, exactly."""
    return (moment - _EPOCH) // _MICROSECOND


def check_not_in_future(reported_at: datetime, broker_ms: int) -> int:
    """Refuse reports dated more than a day after the broker's own time; returns its microseconds.

    The broker's time, not the clock: a replay then decides the same. Raises `Refused`.
    """
    reported_at_us = microseconds(reported_at)
    if reported_at_us > broker_ms * 1000 + _FUTURE_TOLERANCE_US:
        broker = _EPOCH + timedelta(milliseconds=broker_ms)
        raise Refused(
            Reason.REPORTED_IN_FUTURE,
            "reported_at",
            f"{reported_at.isoformat()} is more than a day after the broker received it "
            f"({broker.isoformat()})",
        )
    return reported_at_us
