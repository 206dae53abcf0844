"""Issued papers in SQL, and what their snapshots are gathered from."""

import hashlib
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import or_, select
from sqlalchemy.dialects import postgresql, sqlite

from services.alerts.adapters.codec import (
    encode,
    from_ms,
    read_alert,
    read_status,
    read_transition,
    to_ms,
)
from services.alerts.adapters.store import SqlLedger
from services.alerts.adapters.tables import AlertRow, PaperRow, StatusRow, TransitionRow
from services.alerts.domain.alert import Alert, State, Transition
from services.alerts.domain.papers.rhythm import Rhythm
from services.alerts.domain.papers.snapshot import Issue, Snapshot
from shared.events.period import Month
from shared.events.status import Status
from shared.storage import select_in
from shared.storage.tables import table_of

_papers = table_of(PaperRow)
_statuses = table_of(StatusRow)
_alerts = table_of(AlertRow)
_transitions = table_of(TransitionRow)

_read_snapshot = msgspec.json.Decoder(Snapshot).decode
_ISSUE = (
    _papers.c.rhythm,
    _papers.c.plan,
    _papers.c.period,
    _papers.c.issued_ms,
    _papers.c.issued_by,
    _papers.c.sha256,
)


class DamagedSnapshotError(Exception):
    """A stored snapshot is not what was stored."""


def canonical(snapshot: Snapshot) -> bytes:
    """The snapshot as JSON: the same snapshot gives the same bytes."""
    return encode(snapshot, order="deterministic")


def packed(snapshot: Snapshot) -> tuple[str, bytes]:
    """Checksum of the canonical JSON, and the JSON compressed as it is stored."""
    text = canonical(snapshot)
    return hashlib.sha256(text).hexdigest(), zlib.compress(text, 9)


def unpacked(stored: bytes, sha256: str | None = None) -> Snapshot:
    """Inverse of `packed`. Raises `DamagedSnapshotError`; without a checksum none is compared."""
    try:
        text = zlib.decompress(stored)
    except zlib.error as error:
        raise DamagedSnapshotError("the snapshot cannot be read") from error
    if sha256 is not None and hashlib.sha256(text).hexdigest() != sha256:
        raise DamagedSnapshotError("the snapshot does not have its checksum")
    return _read_snapshot(text)


class SqlPapers(SqlLedger):
    """`PaperLedger` on one open transaction."""

    def statuses_between(self, plan: str, first: Month, last: Month | None) -> tuple[Status, ...]:
        """Standing statuses of a plan, by unit, indicator and period."""
        c = _statuses.c
        query = (
            select(c.payload)
            .where(c.plan == plan, c.period >= first.number)
            .order_by(c.unit, c.indicator, c.period)
        )
        if last is not None:
            query = query.where(c.period <= last.number)
        return tuple(read_status(row.payload) for row in self._connection.execute(query))

    def plans_in_use(self) -> frozenset[str]:
        """Plans that have a status."""
        query = select(_statuses.c.plan).distinct()
        return frozenset(row.plan for row in self._connection.execute(query))

    def standing(self, plan: str, unit: str, indicator: str, period: str) -> Status | None:
        """The standing status of one key."""
        c = _statuses.c
        query = select(c.payload).where(
            c.plan == plan,
            c.unit == unit,
            c.indicator == indicator,
            c.period == Month.parse(period).number,
        )
        payload = self._connection.execute(query).scalar_one_or_none()
        return None if payload is None else read_status(payload)

    def alerts_since(self, plan: str, since: datetime) -> tuple[Alert, ...]:
        """Alerts of a plan that stand, or changed since; by fingerprint."""
        c = _alerts.c
        open_states = (str(State.PENDING), str(State.FIRING))
        query = (
            select(c.payload)
            .where(c.plan == plan, or_(c.state.in_(open_states), c.updated_ms >= to_ms(since)))
            .order_by(c.fingerprint)
        )
        return tuple(read_alert(row.payload) for row in self._connection.execute(query))

    def transitions_since(
        self, fingerprints: Iterable[str], since: datetime
    ) -> tuple[Transition, ...]:
        """Transitions of some alerts, in order."""
        c = _transitions.c
        condition = c.at_ms >= to_ms(since)
        rows = select_in(
            self._connection, (c.id, c.payload), c.fingerprint, fingerprints, condition
        )
        return tuple(read_transition(payload) for _, payload in sorted(map(tuple, rows)))

    def issues(self, rhythm: Rhythm | None = None, plan: str | None = None) -> tuple[Issue, ...]:
        """Issued papers in the order in which they were issued."""
        query = select(*_ISSUE).order_by(_papers.c.id)
        if rhythm is not None:
            query = query.where(_papers.c.rhythm == str(rhythm))
        if plan is not None:
            query = query.where(_papers.c.plan == plan)
        return tuple(_issue(row) for row in self._connection.execute(query))

    def snapshot(self, issue: Issue) -> Snapshot:
        """What a paper was frozen from. Raises `DamagedSnapshotError`."""
        c = _papers.c
        stored = self._connection.execute(
            select(c.snapshot).where(
                c.rhythm == str(issue.rhythm), c.plan == issue.plan, c.period == issue.period
            )
        ).scalar_one()
        return unpacked(stored, issue.sha256)

    def snapshots(self, issues: Sequence[Issue]) -> Iterator[Snapshot]:
        """What several papers were frozen from, one at a time."""
        return (self.snapshot(issue) for issue in issues)

    def put_issue(self, snapshot: Snapshot, by: str) -> bool:
        """Keep an issue for ever; False where that period was issued before."""
        sha256, stored = packed(snapshot)
        dialect = self._connection.dialect.name
        insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
        statement = insert(_papers).values(
            rhythm=str(snapshot.rhythm),
            plan=snapshot.plan.id,
            period=snapshot.period,
            issued_ms=to_ms(snapshot.frozen_at),
            issued_by=by,
            sha256=sha256,
            snapshot=stored,
        )
        made = self._connection.execute(statement.on_conflict_do_nothing().returning(_papers.c.id))
        return made.one_or_none() is not None


def _issue(row: Any) -> Issue:  # noqa: ANN401 - a result row
    return Issue(
        rhythm=Rhythm(row.rhythm),
        plan=row.plan,
        period=row.period,
        issued_at=from_ms(row.issued_ms),
        issued_by=row.issued_by,
        sha256=row.sha256,
    )
