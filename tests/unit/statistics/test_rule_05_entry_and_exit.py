"""Rule 5: what is entered reports from then on; what leaves stops, and its past months stay."""

from services.ingest.testing import Ingest
from shared.events.facts import MEMBERSHIP
from shared.testing.events import output, records, registration
from shared.testing.plans import BEARINGS

ENTRY = registration(effective="2025-01")
EXIT = registration(event_id="exit", action="exit", effective="2026-04")


def expected(ingest: Ingest) -> dict[str, tuple[str, ...] | None]:
    """What the cluster may expect of the enterprise, by the month from which on."""
    return {
        fact.period: fact.expected
        for fact in ingest.live_facts().values()
        if (fact.unit, fact.indicator) == (BEARINGS, MEMBERSHIP)
    }


def test_reports_are_expected_from_the_entry_on(ingest: Ingest) -> None:
    ingest.take(records([ENTRY]))
    assert expected(ingest) == {"2025-01": ("gross_output",)}


def test_reports_are_expected_until_the_exit(ingest: Ingest) -> None:
    ingest.take(records([EXIT, ENTRY]))
    assert expected(ingest) == {"2025-01": ("gross_output",), "2026-04": ()}


def test_past_months_stay_after_an_exit(ingest: Ingest) -> None:
    ingest.take(records([ENTRY, output(period="2026-03", ytd=60)]))
    ingest.take(records([EXIT]))
    march = [f.ytd for f in ingest.live_facts().values() if f.period == "2026-03"]
    assert march
    assert set(march) == {60_000}


def test_an_enterprise_below_the_threshold_is_registered_and_not_expected(ingest: Ingest) -> None:
    ingest.take(records([registration(effective="2025-01", above_scale=False)]))
    assert expected(ingest) == {"2025-01": ()}


def test_services_are_expected_to_report_revenue(ingest: Ingest) -> None:
    ingest.take(records([registration(industry="6450", region="341302")]))
    says = {f.expected for f in ingest.live_facts().values() if f.indicator == MEMBERSHIP}
    assert says == {("revenue",)}


def test_a_line_waits_for_the_register_and_is_not_lost(ingest: Ingest) -> None:
    ingest.take(records([output()]))
    assert (ingest.summary()["parked"], ingest.live_facts()) == (1, {})
    ingest.take(records([ENTRY]))
    assert ingest.summary()["parked"] == 0
    assert any(fact.ytd == 80_110_000 for fact in ingest.live_facts().values())
