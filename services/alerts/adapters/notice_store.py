"""Notices of ingest in SQL."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, delete, select

from services.alerts.adapters.codec import encode, read_notice
from services.alerts.adapters.tables import NoticeRow
from services.alerts.domain.notice_rules import indicator_of
from shared.events.notices import Notice
from shared.storage import select_in, upsert
from shared.storage.tables import table_of

_notices = table_of(NoticeRow)
_PIECE = 500
"""Values in one statement; SQLite's oldest limit is 999."""


class SqlNotices:
    """Notices on one open transaction."""

    _connection: Connection

    def put_notices(self, notices: Sequence[Notice]) -> int:
        """Store notices; returns how many were new."""
        by_id = {notice.notice_id: notice for notice in notices}
        column = _notices.c.notice_id
        known = {row.notice_id for row in select_in(self._connection, (column,), column, by_id)}
        rows = [
            {
                "notice_id": notice.notice_id,
                "unit": notice.unit,
                "indicator": indicator_of(notice),
                "payload": encode(notice),
            }
            for notice in by_id.values()
            if notice.notice_id not in known
        ]
        upsert(self._connection, _notices, rows, ("notice_id",), ())
        return len(rows)

    def notices(self, units: Iterable[str]) -> tuple[Notice, ...]:
        """All notices about some units."""
        columns = (_notices.c.notice_id, _notices.c.payload)
        rows = select_in(self._connection, columns, _notices.c.unit, sorted(set(units)))
        found = sorted((row.notice_id, row.payload) for row in rows)
        return tuple(read_notice(payload) for _, payload in found)

    def forget_notices(self, ids: Sequence[str]) -> None:
        """Remove notices."""
        for start in range(0, len(ids), _PIECE):
            piece = ids[start : start + _PIECE]
            self._connection.execute(delete(_notices).where(_notices.c.notice_id.in_(piece)))

    def noticed(self) -> tuple[tuple[str, str], ...]:
        """(unit, indicator) of all series that have a notice."""
        columns = (_notices.c.unit, _notices.c.indicator)
        query = select(*columns).distinct().order_by(*columns)
        return tuple((row.unit, row.indicator) for row in self._connection.execute(query))
