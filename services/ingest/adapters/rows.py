"""Between rows and domain values."""

from typing import Any

import msgspec

from services.ingest.domain.holds import LineState
from services.ingest.domain.lines import Figures, Line, ProjectDetails
from services.ingest.domain.register import ClusterShare, Entry, Registration
from services.ingest.domain.subjects import Subject
from services.ingest.domain.versions import Version
from services.ingest.ports import LineKey, StoredLine
from shared.events.period import Month


def month(number: int) -> Month:
    """Month of YYYYMM."""
    return Month.from_number(number)


def version(row: Any) -> Version:  # noqa: ANN401 - a row of any table with these columns
    """Rank of a stored version."""
    return Version(row.revision, row.reported_at_us, row.event_id, bytes(row.digest))


def line(row: Any, key: LineKey) -> StoredLine:  # noqa: ANN401 - a row of `line`
    """Standing line of a row."""
    details = row.project and msgspec.msgpack.decode(row.project, type=ProjectDetails)
    return StoredLine(
        Line(
            subject=key.subject,
            topic=row.topic,
            indicator=key.indicator,
            period=key.period,
            figures=Figures(row.month, row.ytd, row.month_last_year, row.ytd_last_year),
            version=version(row),
            source="",
            broker_ms=row.broker_ms,
            project=details or None,
        ),
        state=LineState(row.state),
    )


def of_line(stored: StoredLine, line_id: int, subject_id: int) -> dict[str, Any]:
    """Row of a standing line."""
    item = stored.line
    return {
        "id": line_id,
        "subject_id": subject_id,
        "topic": item.topic,
        "state": stored.state.value,
        **_of_version(item.version),
        "broker_ms": item.broker_ms,
        "month": item.figures.month,
        "ytd": item.figures.ytd,
        "month_last_year": item.figures.month_last_year,
        "ytd_last_year": item.figures.ytd_last_year,
        "project": None if item.project is None else msgspec.msgpack.encode(item.project),
    }


def registration(row: Any, subject: Subject) -> Registration:  # noqa: ANN401 - a row
    """Register event of a row."""
    region, park, industry, above_scale, memberships = msgspec.msgpack.decode(row.content)
    entry = Entry(
        effective=month(row.effective),
        action=row.action,
        region=region,
        park=park,
        industry=industry,
        above_scale=above_scale,
        memberships=None
        if memberships is None
        else tuple(ClusterShare(cluster, weight) for cluster, weight in memberships),
    )
    return Registration(subject, row.name, entry, version(row), "", row.broker_ms)


def of_registration(item: Registration, subject_id: int) -> dict[str, Any]:
    """Row of a register event."""
    entry = item.entry
    shares = None
    if entry.memberships is not None:
        shares = [(share.cluster, share.weight) for share in entry.memberships]
    content = (entry.region, entry.park, entry.industry, entry.above_scale, shares)
    return {
        "subject_id": subject_id,
        "effective": entry.effective.number,
        "action": entry.action,
        **_of_version(item.version),
        "broker_ms": item.broker_ms,
        "name": item.name,
        "content": msgspec.msgpack.encode(content),
    }


def _of_version(item: Version) -> dict[str, Any]:
    return {
        "revision": item.revision,
        "reported_at_us": item.reported_at_us,
        "event_id": item.event_id,
        "digest": item.digest,
    }
