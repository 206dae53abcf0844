"""Who is behind a token: tokens cannot be turned back, so those of all subjects are made."""

from threading import Lock

from sqlalchemy import Engine, select

from services.ingest.adapters.tables import RegistrationRow, SubjectRow
from services.ingest.domain.subjects import Subject, SubjectKind
from services.ingest.ports import Tokens
from shared.storage import reading
from shared.storage.tables import table_of

_registrations = table_of(RegistrationRow)
_subjects = table_of(SubjectRow)


class SubjectIndex:
    """Subjects by token, some 200 bytes each; new ones are read when a token is not known."""

    def __init__(self, engine: Engine, tokens: Tokens) -> None:
        self._engine = engine
        self._tokens = tokens
        self._known: dict[str, tuple[int, Subject]] = {}
        self._last = 0
        self._reading = Lock()

    def find(self, token: str) -> Subject | None:
        """The subject of a token; None for an unknown one."""
        found = self._find(token)
        return None if found is None else found[1]

    def name(self, token: str) -> tuple[Subject, str | None] | None:
        """The subject and its newest name in the register; projects have none there."""
        found = self._find(token)
        if found is None:
            return None
        number, subject = found
        query = (
            select(_registrations.c.name)
            .where(_registrations.c.subject_id == number)
            .order_by(_registrations.c.effective.desc(), _registrations.c.broker_ms.desc())
            .limit(1)
        )
        with reading(self._engine) as connection:
            return subject, connection.execute(query).scalar()

    def _find(self, token: str) -> tuple[int, Subject] | None:
        with self._reading:
            if token not in self._known:
                self._read_new()
            return self._known.get(token)

    def _read_new(self) -> None:
        query = select(_subjects.c.id, _subjects.c.kind, _subjects.c.code)
        # A subject may become visible after one with a greater number: some are read twice.
        query = query.where(_subjects.c.id > self._last - _LATE).order_by(_subjects.c.id)
        with reading(self._engine) as connection:
            for number, kind, code in connection.execute(query):
                subject = Subject(SubjectKind(kind), code)
                self._known[self._tokens.token(subject)] = (number, subject)
                self._last = number


_LATE = 10_000
"""Numbers given out by transactions that may still be under way (PostgreSQL)."""
