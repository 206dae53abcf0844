"""Rule 6: the year-to-date wins where month and previous one do not make it, and says so."""

from itertools import permutations

import pytest

from services.ingest.testing import Ingest
from shared.events.reasons import Reason
from shared.testing.events import output, records, registration, without

TOPIC = "stats.output.v1"
MISMATCH = "standing:ytd_identity_mismatch"
APRIL = output(event_id="april", period="2026-04", month=10, ytd=60)
MAY = output(event_id="may", period="2026-05", month=15, ytd=80)


def mismatches(ingest: Ingest) -> int:
    return ingest.warnings().get(TOPIC, {}).get(MISMATCH, 0)


@pytest.mark.parametrize("order", list(permutations([registration(), APRIL, MAY])))
def test_the_year_to_date_counts_as_it_was_reported_whatever_the_months_add_up_to(
    ingest: Ingest, order: tuple[dict[str, object], ...]
) -> None:
    for body in order:
        ingest.take(records([body]))
    may = {(f.month, f.ytd) for f in ingest.live_facts().values() if f.period == "2026-05"}
    assert may == {(15_000, 80_000)}
    assert ingest.summary()["applied"] == 3
    assert mismatches(ingest) == 1


def test_the_warning_is_of_what_stands_not_of_what_came(ingest: Ingest) -> None:
    ingest.take(records([APRIL, MAY]))
    assert mismatches(ingest) == 1
    ingest.take(records([{**APRIL, "event_id": "april2", "revision": 2, "ytd": 65}]))
    assert mismatches(ingest) == 0


def test_a_line_without_a_year_to_date_is_refused(ingest: Ingest) -> None:
    ingest.take(records([without(MAY, "ytd")]))
    assert ingest.dead_letters() == {TOPIC: {Reason.MISSING_FIELD: 1}}
