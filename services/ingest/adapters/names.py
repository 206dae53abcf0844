"""Integer ids of subjects, units and indicators, within one transaction."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, select

from services.ingest.adapters.keys import pack, unpack
from services.ingest.adapters.tables import SubjectRow, WordRow
from services.ingest.domain.subjects import Subject, SubjectKind
from services.ingest.ports import LineKey
from shared.storage import select_in, upsert
from shared.storage.tables import table_of

_subjects = table_of(SubjectRow)
_words = table_of(WordRow)


class Names:
    """Looks ids up, and gives new names one."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._ids: dict[Subject, int] = {}
        self._subjects: dict[int, Subject] = {}
        self._word_ids: dict[str, int] = {}
        self._words: dict[int, str] = {}

    def lock(self, subjects: Collection[Subject]) -> None:
        """Give subjects an id and lock their rows, in one order for all replicas."""
        wanted = sorted(set(subjects))
        self._lock_known(wanted)
        # Only new ones are inserted: PostgreSQL spends an id on each attempt, known or not.
        new = [subject for subject in wanted if subject not in self._ids]
        values = [{"kind": int(subject.kind), "code": subject.code} for subject in new]
        upsert(self._connection, _subjects, values, ("kind", "code"), ())
        self._lock_known(new)

    def _lock_known(self, ordered: Sequence[Subject]) -> None:
        for kind in SubjectKind:
            codes = [subject.code for subject in ordered if subject.kind is kind]
            for row in self._locked(kind, codes):
                self._remember(row.id, Subject(kind, row.code))

    def _locked(self, kind: SubjectKind, codes: Collection[str]) -> list[Any]:
        # Codes come sorted, and so do the pieces: two replicas lock in the same order.
        columns = [_subjects.c.id, _subjects.c.code]
        return select_in(
            self._connection,
            columns,
            _subjects.c.code,
            codes,
            _subjects.c.kind == int(kind),
            lock_in_order_of=_subjects.c.code,
        )

    def _remember(self, number: int, subject: Subject) -> None:
        self._ids[subject] = number
        self._subjects[number] = subject

    def id(self, subject: Subject) -> int:
        """Id of a locked subject. Raises `KeyError` for one that was not locked."""
        return self._ids[subject]

    def ids(self, subjects: Iterable[Subject]) -> list[int]:
        """Ids of locked subjects."""
        return [self._ids[subject] for subject in subjects]

    def subject(self, number: int) -> Subject:
        """The locked subject of an id."""
        return self._subjects[number]

    def word_id(self, text: str) -> int:
        """Number of a unit or indicator; a new one gets the next."""
        if not self._word_ids:
            self._read_words()
        if text not in self._word_ids:
            upsert(self._connection, _words, [{"text": text}], ("text",), ())
            self._read_words()
        return self._word_ids[text]

    def word(self, number: int) -> str:
        """Unit or indicator of a number."""
        if number not in self._words:
            self._read_words()
        return self._words[number]

    def _read_words(self) -> None:
        for row in self._connection.execute(select(_words.c.id, _words.c.text)).all():
            self._word_ids[row.text] = row.id
            self._words[row.id] = row.text

    def load(self, ids: Collection[int]) -> None:
        """Learn which subjects ids stand for, without locking them."""
        unknown = [number for number in ids if number not in self._subjects]
        columns = [_subjects.c.id, _subjects.c.kind, _subjects.c.code]
        for row in select_in(self._connection, columns, _subjects.c.id, unknown):
            self._remember(row.id, Subject(SubjectKind(row.kind), row.code))

    def line_id(self, key: LineKey) -> int:
        """Number of a locked subject's line."""
        return pack(self.id(key.subject), self.word_id(key.indicator), key.period)

    def line_key(self, line_id: int) -> LineKey:
        """Identity of a locked subject's line."""
        subject_id, indicator_id, period = unpack(line_id)
        return LineKey(self.subject(subject_id), self.word(indicator_id), period)
