"""What a year comes to, target by target."""

from typing import Any

import msgspec
import pytest

from services.alerts.domain.papers.assessment import Assessed, Result, assess_year
from services.alerts.domain.papers.rhythm import Rhythm
from services.alerts.domain.papers.view import internal_view, public_view
from services.alerts.testing import hiding, snapshot_of
from shared.events.status import Colour, Status, Verdict
from shared.plans import Plan, load_catalogue
from shared.testing.statuses import status_of

BEARINGS = "szah-lb-bearings"
LINGBI = "suzhou-ah-lingbi"
TEN_BILLION = 10_000_000_000


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load_catalogue().plan("suzhou-2027")


def result(
    plan: Plan, *statuses: Status, unit: str = BEARINGS, year: int = 2026, **changes: Any
) -> Assessed:
    view_of = public_view if changes.pop("masked", False) else internal_view
    snapshot = snapshot_of(plan, Rhythm.YEARLY, str(year), statuses, **changes)
    found = assess_year(snapshot, view_of(snapshot), {unit}, year)
    assert len(found) == 1
    return found[0]


def december(level: int | None, required: int | None, year: int = 2026, **more: Any) -> Status:
    return status_of(f"{year}-12", level=level, required_year=required, **more)


@pytest.mark.parametrize(
    ("level", "what"),
    [
        (TEN_BILLION - 1, Result.MISSED),
        (TEN_BILLION, Result.MISSED),
        (TEN_BILLION + 1, Result.MET),
    ],
)
def test_exactly_the_figure_does_not_exceed_it(plan: Plan, level: int, what: Result) -> None:
    """突破100亿元 in the target year."""
    found = result(plan, december(level, TEN_BILLION, 2027), year=2027)
    assert (found.result, found.required, found.surplus) == (what, TEN_BILLION, level - TEN_BILLION)


def test_a_year_on_the_way_is_held_against_what_the_path_asks_of_it(plan: Plan) -> None:
    found = result(plan, december(6_300_000_000, 6_291_200_000))
    assert (found.result, found.level, found.required) == (
        Result.MET,
        6_300_000_000,
        6_291_200_000,
    )


@pytest.mark.parametrize("growth", [149_999, 150_000])
def test_a_growth_is_met_when_it_is_reached(plan: Plan, growth: int) -> None:
    """15 % a year of funds from three provinces: at least so much."""
    status = december(growth, 123, unit=LINGBI, unit_kind="region", indicator="funds")
    found = result(plan, status, unit=LINGBI)
    assert found.required == 150_000
    assert found.result is (Result.MET if growth >= 150_000 else Result.MISSED)


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [
        (Verdict.INCOMPLETE, "incomplete"),
        (Verdict.NOT_ASSESSABLE, "not_assessable"),
    ],
)
def test_what_cannot_be_judged_is_listed_with_its_reason_and_is_no_failure(
    plan: Plan, verdict: Verdict, reason: str
) -> None:
    status = december(1, TEN_BILLION, verdict=verdict, colour=Colour.GREY)
    found = result(plan, status)
    assert (found.result, found.reason) == (Result.NOT_ASSESSABLE, reason)
    assert (found.level, found.required) == (None, None)


@pytest.mark.parametrize(("year", "what"), [(2026, Result.NOT_ASSESSABLE), (2027, Result.MISSED)])
def test_without_a_base_only_the_target_year_can_be_judged(
    plan: Plan, year: int, what: Result
) -> None:
    status = december(5, None, year, verdict=Verdict.NO_BASE, colour=Colour.GREY)
    found = result(plan, status, year=year)
    assert found.result is what
    assert found.reason == ("no_base" if year == 2026 else "")
    assert found.required == (None if year == 2026 else TEN_BILLION)


def test_a_year_that_nobody_reported_is_no_failure(plan: Plan) -> None:
    found = result(plan, status_of("2026-11"))
    assert (found.result, found.reason) == (Result.NOT_ASSESSABLE, "not_reported")


def test_a_target_that_the_document_hides_is_not_judged(plan: Plan) -> None:
    redacted = next(one for one in plan.indicators if one.target and one.target.redacted)
    status = december(5, 4, unit=redacted.unit, indicator=redacted.indicator)
    found = result(plan, status, unit=redacted.unit)
    assert (found.result, found.reason) == (Result.NOT_JUDGED, "redacted")


@pytest.mark.parametrize(
    ("year", "reason"), [(2024, "before_the_plan"), (2028, "target_year_past")]
)
def test_years_outside_of_the_plan_are_not_judged(plan: Plan, year: int, reason: str) -> None:
    found = result(plan, december(5, 4, year), year=year)
    assert (found.result, found.reason) == (Result.NOT_JUDGED, reason)


def test_a_masked_reader_is_not_told_whether_the_years_value_was_met(plan: Plan) -> None:
    hidden = hiding("gross_output", "2026-12", [BEARINGS])
    found = result(plan, december(9, 4), masked=True, hidden=hidden)
    assert found.result is Result.SUPPRESSED
    assert (found.level, found.required) == (None, None)
    assert found.shown is not None
    assert found.shown.verdict == "on_track"
    assert result(plan, december(9, 4), hidden=hidden).result is Result.MET


@pytest.mark.parametrize("plan_id", [plan.id for plan in load_catalogue().plans])
def test_every_indicator_of_every_plan_has_a_result(plan_id: str) -> None:
    """Met above, missed below, whichever way is wanted; and never an exception."""
    plan = load_catalogue().plan(plan_id)
    year = plan.target_year
    units = {unit.id for unit in plan.units}
    for level, expected in ((10**15, Result.MET), (0, Result.MISSED)):
        statuses = [
            msgspec.structs.replace(
                status_of(f"{year}-12", level=level, required_year=10**6),
                plan=plan.id,
                unit=one.unit,
                indicator=one.indicator,
            )
            for one in plan.indicators
        ]
        snapshot = snapshot_of(plan, Rhythm.YEARLY, str(year), statuses)
        found = assess_year(snapshot, internal_view(snapshot), units, year)
        assert len(found) == len(plan.indicators)
        for one in found:
            wanted = expected
            assert one.target is not None or one.result is Result.NOT_JUDGED
            comparator = "" if one.target is None else one.target.comparator
            if one.indicator.direction < 0 or comparator in {"<", "<="}:
                wanted = Result.MISSED if expected is Result.MET else Result.MET
            assert one.result in {wanted, Result.NOT_JUDGED}, one.indicator.id
