"""Integer ids of subjects, units and indicators, within one transaction."""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import Connection

from services.ingest.adapters.keys import pack, unpack
from services.ingest.adapters.tables import SubjectRow, WordRow
from services.ingest.domain.subjects import Subject, SubjectKind
from services.ingest.ports import LineKey
from shared.storage import upsert
from shared.storage.bulk import BulkTable
from shared.storage.statements import Statement, Values
from shared.storage.tables import table_of

_SUBJECTS = BulkTable(table_of(SubjectRow), ("id", "kind", "code"), ("kind", "code"))
_NEW_SUBJECTS = BulkTable(table_of(SubjectRow), ("kind", "code"), ("kind", "code"))
_words = table_of(WordRow)
_WORDS = Statement("SELECT id, text FROM word")
_LOCK = Statement(
    "SELECT known.id, known.kind, known.code FROM unnest(?::text[]) AS wanted(code) "
    "CROSS JOIN LATERAL (SELECT id, kind, code FROM subject "
    "WHERE subject.kind = ? AND subject.code = wanted.code FOR UPDATE) AS known"
)
"""On PostgreSQL, in the order of the codes: one is looked up and locked after the other."""


class Names:
    """Looks ids up, and gives new names one."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._ids: dict[Subject, int] = {}
        self._subjects: dict[int, Subject] = {}
        self._word_ids: dict[str, int] = {}
        self._words: dict[int, str] = {}
        self.new: set[Subject] = set()
        """Subjects that this transaction has made known: nothing else can stand about them."""
        self._line_ids: dict[LineKey, int] = {}
        self._line_keys: dict[int, LineKey] = {}

    def lock(self, subjects: Collection[Subject]) -> None:
        """Give subjects an id and lock their rows, in one order for all replicas."""
        wanted = sorted(set(subjects))
        self.new.difference_update(wanted)
        self._lock_known(wanted)
        # Only new ones are inserted: PostgreSQL spends an id on each attempt, known or not.
        new = [subject for subject in wanted if subject not in self._ids]
        values = [(int(each.kind), each.code) for each in new]
        written = _NEW_SUBJECTS.write(self._connection, values)
        self._lock_known(new)
        if written == len(new):  # or another replica has just made some of them known
            self.new.update(new)

    def _lock_known(self, ordered: Sequence[Subject]) -> None:
        for kind in SubjectKind:
            known = {subject.code: subject for subject in ordered if subject.kind is kind}
            for number, _, code in self._locked(kind, list(known)):
                self._remember(number, known[code])

    def _locked(self, kind: SubjectKind, codes: Sequence[str]) -> Sequence[Values]:
        if not codes:
            return ()
        if self._connection.dialect.name == "sqlite":  # has one writer at a time anyway
            return _SUBJECTS.read(self._connection, "code", codes, f"AND kind = {int(kind)}")
        return _LOCK.rows(self._connection, codes, int(kind))

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
        self._words = dict(_WORDS.rows(self._connection))
        self._word_ids = {text: number for number, text in self._words.items()}

    def load(self, ids: Collection[int]) -> None:
        """Learn which subjects ids stand for, without locking them."""
        unknown = [number for number in ids if number not in self._subjects]
        for number, kind, code in _SUBJECTS.read(self._connection, "id", unknown):
            self._remember(number, Subject(SubjectKind(kind), code))

    def line_id(self, key: LineKey) -> int:
        """Number of a locked subject's line."""
        return self._line_ids.get(key) or self._new_line_id(key)

    def _new_line_id(self, key: LineKey) -> int:
        word = self._word_ids.get(key.indicator) or self.word_id(key.indicator)
        number = pack(self._ids[key.subject], word, key.period)
        self._line_ids[key] = number
        self._line_keys[number] = key
        return number

    def line_ids(self, keys: Iterable[LineKey]) -> dict[int, LineKey]:
        """Locked subjects' lines by their numbers."""
        known, new = self._line_ids, self._new_line_id
        return {known.get(key) or new(key): key for key in keys}

    def line_key(self, line_id: int) -> LineKey:
        """Identity of a locked subject's line."""
        known = self._line_keys.get(line_id)
        if known is None:
            subject_id, indicator_id, period = unpack(line_id)
            known = LineKey(self.subject(subject_id), self.word(indicator_id), period)
            self._line_ids[known] = line_id
            self._line_keys[line_id] = known
        return known
