"""What was known at the end of each day stays known, also when years are read in one batch."""

from typing import Any

import msgspec

from shared.events.records import Record
from shared.testing.events import output, record, registration

DAY = 86_400_000


def later(of: Record, days: int) -> Record:
    return msgspec.structs.replace(of, timestamp_ms=of.timestamp_ms + days * DAY)


def test_a_correction_on_a_later_day_leaves_the_first_version_in_the_facts(ingest: Any) -> None:
    first = record(output(), 1)
    corrected = later(record(output(revision=2, ytd=90_000), 2), 3)

    ingest.take([corrected, record(registration(), 0), first])

    of_city = [f for f in ingest.facts() if f.unit == "city" and f.indicator == "gross_output"]
    assert [fact.ytd for fact in of_city] == [80_110_000, 90_000_000]
    assert of_city[0].as_of < of_city[1].as_of
    assert of_city[0].version < of_city[1].version


def test_versions_of_one_day_are_told_once(ingest: Any) -> None:
    ingest.take([record(registration(), 0), record(output(), 1), record(output(revision=2), 2)])

    of_city = [f for f in ingest.facts() if f.unit == "city" and f.indicator == "gross_output"]
    assert len(of_city) == 1
