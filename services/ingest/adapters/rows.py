"""Between rows and domain values."""

from functools import lru_cache
from typing import Any

import msgspec

from services.ingest.domain.holds import LineState
from services.ingest.domain.lines import Figures, Line, ProjectDetails
from services.ingest.domain.register import ClusterShare, Entry, Registration
from services.ingest.domain.subjects import Subject
from services.ingest.domain.versions import Version
from services.ingest.ports import LineKey, StoredLine
from shared.events.period import Month

LINE_COLUMNS = (
    *("id", "subject_id", "topic", "state"),
    *("revision", "reported_at_us", "event_id", "digest", "broker_ms"),
    *("month", "ytd", "month_last_year", "ytd_last_year", "project"),
)
"""Order of the values of `line` and `of_line`."""

_STATES = {state.value: state for state in LineState}
_DETAILS = msgspec.msgpack.Decoder(ProjectDetails)
_encode = msgspec.msgpack.Encoder().encode


def line(row: tuple[Any, ...], key: LineKey) -> StoredLine:
    """Standing line of the values of `LINE_COLUMNS`."""
    _, _, topic, state, revision, reported, event_id, digest, broker_ms, *figures, details = row
    return StoredLine(
        Line(
            key.subject,
            topic,
            key.indicator,
            key.period,
            Figures(*figures),
            Version(revision, reported, event_id, bytes(digest)),
            "",
            broker_ms,
            _DETAILS.decode(details) if details else None,
        ),
        _STATES[state],
    )


def of_line(stored: StoredLine, line_id: int, subject_id: int) -> tuple[Any, ...]:
    """Values of `LINE_COLUMNS` of a standing line."""
    item = stored.line
    version, figures = item.version, item.figures
    return (
        line_id,
        subject_id,
        item.topic,
        stored.state.value,
        version.revision,
        version.reported_at_us,
        version.event_id,
        version.digest,
        item.broker_ms,
        figures.month,
        figures.ytd,
        figures.month_last_year,
        figures.ytd_last_year,
        None if item.project is None else _encode(item.project),
    )


SentRows = list[tuple[int, int, bytes | None]]
"""Unit, version and fingerprint of the facts of one line."""

_SENT = msgspec.msgpack.Decoder(SentRows)


def sent(packed: bytes) -> SentRows:
    """What was sent for a line."""
    return _SENT.decode(packed)


def of_sent(facts: SentRows) -> bytes:
    """What was sent for a line, as it is stored."""
    return _encode(facts)


REGISTRATION_COLUMNS = (
    *("subject_id", "effective", "action"),
    *("revision", "reported_at_us", "event_id", "digest", "broker_ms"),
    *("name", "content"),
)
"""Order of the values of `registration` and `of_registration`."""


def registration(row: tuple[Any, ...], subject: Subject) -> Registration:
    """Register event of the values of `REGISTRATION_COLUMNS`."""
    _, effective, action, revision, reported, event_id, digest, broker_ms, name, content = row
    version = Version(revision, reported, event_id, bytes(digest))
    return Registration(subject, name, _entry(effective, action, content), version, "", broker_ms)


# The same register entries are read again and again; a known one brings its attribution with it.
@lru_cache(maxsize=50_000)
def _entry(effective: int, action: str, content: bytes) -> Entry:
    region, park, industry, above_scale, memberships = msgspec.msgpack.decode(content)
    return Entry(
        effective=Month.from_number(effective),
        action=action,
        region=region,
        park=park,
        industry=industry,
        above_scale=above_scale,
        memberships=None
        if memberships is None
        else tuple(ClusterShare(cluster, weight) for cluster, weight in memberships),
    )


def of_registration(item: Registration, subject_id: int) -> tuple[Any, ...]:
    """Values of `REGISTRATION_COLUMNS` of a register event."""
    entry, version = item.entry, item.version
    shares = None
    if entry.memberships is not None:
        shares = [(share.cluster, share.weight) for share in entry.memberships]
    return (
        subject_id,
        entry.effective.number,
        entry.action,
        version.revision,
        version.reported_at_us,
        version.event_id,
        version.digest,
        item.broker_ms,
        item.name,
        _encode((entry.region, entry.park, entry.industry, entry.above_scale, shares)),
    )
