"""Rule 2: January is not collected; January and February are one period, which is never split."""

from collections.abc import Callable

import pytest

from services.ingest.testing import Ingest
from shared.events.facts import Fact
from shared.events.period import Month
from shared.testing.events import Body, figure, funds, investment, output, records, registration

MONTHLY: list[Callable[..., Body]] = [output, investment, funds, figure]


def reports(ingest: Ingest) -> list[Fact]:
    return [fact for fact in ingest.live_facts().values() if fact.expected is None]


def test_a_year_has_eleven_periods() -> None:
    period, seen = Month(2025, 2), []
    while period.year == 2025:
        seen.append(period.month)
        period = period.reporting_after()
    assert seen == list(range(2, 13))


@pytest.mark.parametrize("build", MONTHLY)
def test_a_report_for_january_alone_is_refused(ingest: Ingest, build: Callable[..., Body]) -> None:
    ingest.take(records([registration(), build(period="2026-01")]))
    assert reports(ingest) == []
    ((_, reasons),) = ingest.dead_letters().items()
    assert reasons == {"january_not_collected": 1}


@pytest.mark.parametrize("spelling", ["2026-02", "2026-01/02", "2026年1-2月", "2026年1—2月"])
def test_january_and_february_are_one_period_however_they_are_written(
    ingest: Ingest, spelling: str
) -> None:
    ingest.take(records([registration(), output(period=spelling, month=None, ytd=7)]))
    assert {fact.period for fact in reports(ingest)} == {"2026-02"}
    assert {(fact.month, fact.ytd) for fact in reports(ingest)} == {(None, 7_000)}


def test_nothing_is_imputed_to_january(ingest: Ingest) -> None:
    ingest.take(records([registration(), output(period="2026-02", month=7, ytd=7)]))
    assert "2026-01" not in {fact.period for fact in reports(ingest)}


def test_the_register_and_stages_have_calendar_months_so_january_is_fine(ingest: Ingest) -> None:
    ingest.take(records([registration(effective="2026-01")]))
    assert ingest.summary()["applied"] == 1
