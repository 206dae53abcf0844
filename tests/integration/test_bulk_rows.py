"""Rows that are few and rows that are many stand alike, whatever texts their keys are."""

import pytest
from sqlalchemy import Engine

from shared.storage import reading, writing
from shared.storage.bulk import BulkTable
from shared.storage.tables import Meta, table_of

REPLACED = BulkTable(table_of(Meta), ("name", "value"), ("name",))
KEPT = BulkTable(table_of(Meta), ("name", "value"), ("name",), keep=True)
NAMES = [f"{letter}.{number}" for number in range(20) for letter in "bA名"]


@pytest.mark.parametrize("number", [1, 5, len(NAMES)])
def test_rows_replace_those_of_the_same_keys_however_many_they_are(
    engine: Engine, number: int
) -> None:
    names = NAMES[:number]
    with writing(engine) as connection:
        assert REPLACED.write(connection, [(name, "old") for name in NAMES]) == len(NAMES)
        assert REPLACED.write(connection, [(name, "new") for name in names]) == number
        assert KEPT.write(connection, [(name, "never") for name in names]) == 0
        assert KEPT.write(connection, [("one more", "new")]) == 1

    with reading(engine) as connection:
        found: dict[str, str] = dict(REPLACED.read(connection, "name", [*NAMES, "one more"]))
    assert {name for name, value in found.items() if value == "new"} == {*names, "one more"}
    assert list(found.values()).count("old") == len(NAMES) - number
