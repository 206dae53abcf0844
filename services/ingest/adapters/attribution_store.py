"""How far the attribution by the followed plans has come, in SQL."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, select

from services.ingest.adapters.tables import SubjectRow
from services.ingest.domain.subjects import Subject, SubjectKind
from services.ingest.use_cases.reattribute import Progress
from shared.storage import meta
from shared.storage.tables import table_of

_subjects = table_of(SubjectRow)
_NAME = "attribution"


class SqlSubjects:
    """`Subjects` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def progress(self) -> Progress | None:
        text = meta.known(self._connection, _NAME, lock=True)
        return None if text is None else msgspec.json.decode(text, type=Progress)

    def save_progress(self, progress: Progress) -> None:
        meta.remember(self._connection, _NAME, msgspec.json.encode(progress).decode())

    def after(self, number: int, limit: int) -> Sequence[tuple[int, Subject]]:
        c = _subjects.c
        wanted = select(c.id, c.kind, c.code).where(c.id > number).order_by(c.id).limit(limit)
        rows = self._connection.execute(wanted)
        return [(row.id, Subject(SubjectKind(row.kind), row.code)) for row in rows]
