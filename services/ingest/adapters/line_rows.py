"""Rows by the number of their line: nothing is looked up where nothing can stand."""

from collections.abc import Collection, Sequence
from operator import itemgetter

from sqlalchemy import Connection

from services.ingest.adapters.keys import KEYS_OF_A_SUBJECT, first_key, subject_of
from services.ingest.adapters.names import Names
from services.ingest.domain.subjects import Subject
from services.ingest.ports import LineKey
from shared.storage.bulk import BulkTable, Values

_NUMBER = itemgetter(0)


class RowsOfLines:
    """Rows of one table in one transaction; their first value is the number of a line.

    Subjects are locked, so a row that was not there when it was asked for is not there until this
    transaction has written it; nor is any of a subject that this transaction has made known.
    """

    def __init__(self, connection: Connection, names: Names, table: BulkTable, column: str) -> None:
        self._connection = connection
        self._names = names
        self._table = table
        self._column = column
        self._absent: set[int] = set()
        self._written: set[int] = set()
        self._told: set[Subject] = set()
        """Subjects of written rows."""

    def read(self, keys: Collection[LineKey]) -> list[tuple[LineKey, Values]]:
        """Rows of lines, as far as there are any."""
        blank = self._names.new - self._told
        wanted = [key for key in keys if key.subject not in blank] if blank else keys
        numbers = self._names.line_ids(wanted)
        found = self._table.read(self._connection, self._column, numbers)
        self._absent.update(numbers)
        self._absent.difference_update(map(_NUMBER, found))
        return [(numbers[row[0]], row) for row in found]

    def read_of(self, subjects: Collection[Subject]) -> list[tuple[LineKey, Values]]:
        """All rows of subjects."""
        blank = self._names.new - self._told
        firsts = [first_key(number) for number in self._names.ids(set(subjects) - blank)]
        found = self._table.ranges(self._connection, self._column, firsts, KEYS_OF_A_SUBJECT)
        self._absent.difference_update(map(_NUMBER, found))
        line_key = self._names.line_key
        return [(line_key(row[0]), row) for row in found]

    def write(self, rows: Sequence[Values]) -> None:
        """Add or replace rows; no number may come twice."""
        new: list[Values] = []
        others: list[Values] = []
        # In the order of their numbers, in which the table is kept.
        for row in sorted(rows, key=_NUMBER):
            (new if self._is_new(row[0]) else others).append(row)
        self._table.write(self._connection, new, new=True)
        self._table.write(self._connection, others)
        numbers = {row[0] for row in rows}
        self._absent -= numbers
        self._written |= numbers
        subject = self._names.subject
        self._told |= {subject(number) for number in {subject_of(each) for each in numbers}}

    def _is_new(self, number: int) -> bool:
        if number in self._written:
            return False
        return number in self._absent or self._names.subject(subject_of(number)) in self._names.new
