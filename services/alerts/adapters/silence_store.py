"""Silences in SQL."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select

from services.alerts.adapters.codec import encode, read_silence, to_ms
from services.alerts.adapters.tables import SilenceRow
from services.alerts.domain.silence import Silence
from shared.storage import upsert
from shared.storage.tables import table_of

_silences = table_of(SilenceRow)


class SqlSilences:
    """Silences on one open transaction."""

    _connection: Connection

    def silences(self, now: datetime) -> tuple[Silence, ...]:
        """Silences that have not ended, those to come included."""
        return self._read(_silences.c.ends_ms > to_ms(now))

    def all_silences(self) -> tuple[Silence, ...]:
        """All silences, ended ones too."""
        return self._read(_silences.c.id.is_not(None))

    def silence(self, silence_id: str) -> Silence | None:
        """One silence, ended ones too."""
        found = self._read(_silences.c.id == silence_id)
        return found[0] if found else None

    def put_silence(self, silence: Silence) -> None:
        """Add or replace a silence."""
        row = {
            "id": silence.id,
            "starts_ms": to_ms(silence.starts_at),
            "ends_ms": to_ms(silence.ends_at),
            "payload": encode(silence),
        }
        upsert(self._connection, _silences, [row], ("id",), ("starts_ms", "ends_ms", "payload"))

    def _read(self, condition: ColumnElement[bool]) -> tuple[Silence, ...]:
        query = select(_silences.c.payload).where(condition).order_by(_silences.c.ends_ms)
        return tuple(read_silence(row.payload) for row in self._connection.execute(query))
