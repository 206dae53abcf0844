"""Coverage (报送率): by value, against the register's expected list of that period."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.metrics.domain.comparison import Contribution
from services.metrics.domain.coverage import Membership, Register, repeated
from services.metrics.testing import Service, collected
from shared.events.facts import Fact
from shared.events.period import Month
from shared.events.status import Verdict
from shared.testing.facts import fact, membership

UNIT = "szah-lb-bearings"
MAY = Month(2026, 5)


def report(ytd: int | None, last_year: int | None = None) -> Contribution:
    return Contribution(None, ytd, None, last_year)


def firm(name: str, period: str, ytd: int, last_year: int | None = None) -> Fact:
    return fact(UNIT, name, period, ytd=ytd, ytd_last_year=last_year)


def test_those_who_reported_count_with_the_last_year_they_state_now() -> None:
    found = collected(
        {1: report(70, 60)}, {1: report(90), 2: report(40)}, frozenset({1, 2})
    ).coverage
    assert found.ratio == 60 / (60 + 40)
    assert (found.expected, found.reporting) == (2, 1)


def test_who_is_not_expected_does_not_count() -> None:
    found = collected({1: report(1, 1), 9: report(99, 99)}, {}, frozenset({1})).coverage
    assert (found.ratio, found.expected) == (1.0, 1)


def test_nothing_expected_is_null_and_not_complete() -> None:
    assert collected({1: report(1, 1)}, {}).coverage.ratio is None


def test_expected_is_who_is_in_the_register_in_that_period() -> None:
    output = frozenset({"gross_output"})
    register = Register(
        [
            Membership(1, Month(2026, 3), output),
            Membership(2, Month(2024, 1), output),
            Membership(2, Month(2026, 5), frozenset()),
        ]
    )
    assert register.expected("gross_output", Month(2026, 2)) == {2}
    assert register.expected("gross_output", Month(2026, 4)) == {1, 2}
    assert register.expected("gross_output", MAY) == {1}
    assert register.expected("revenue", MAY) == frozenset()


def test_a_new_plant_without_a_last_year_keeps_the_coverage_of_the_others(
    service: Service,
) -> None:
    service.feed(
        [
            *(membership(UNIT, name, "2024-01") for name in "abc"),
            membership(UNIT, "new", "2026-04"),
            *(firm(name, "2025-05", 100) for name in "abc"),
            *(firm(name, "2026-05", 110, 100) for name in "abc"),
        ]
    )
    status = service.status(UNIT, "2026-05")
    assert status.coverage == 1.0
    assert (status.enterprises.expected, status.enterprises.reporting) == (4, 3)
    assert "reports_missing" in status.reasons


@pytest.mark.parametrize(("missing", "judged"), [(5, True), (6, False)])
def test_nothing_is_judged_below_95_per_cent_of_the_value(
    service: Service, missing: int, *, judged: bool
) -> None:
    big, small = 100 - missing, missing
    facts = [membership(UNIT, name, "2023-01") for name in ("big", "small")]
    for year in ("2024", "2025"):
        facts += [firm("big", f"{year}-12", big, big), firm("small", f"{year}-12", small, small)]
    facts += [firm("big", "2026-12", 10**13, big)]
    service.feed(facts)
    status = service.status(UNIT, "2026-12")
    assert status.coverage == pytest.approx(big / 100)
    assert (status.verdict is not Verdict.INCOMPLETE) is judged


def test_an_exit_is_not_waited_for_and_its_past_stays(service: Service) -> None:
    service.feed(
        [
            membership(UNIT, "stays", "2024-01"),
            membership(UNIT, "left", "2024-01"),
            membership(UNIT, "left", "2026-04", ()),
            *(firm(name, "2026-03", 10, 10) for name in ("stays", "left")),
            firm("stays", "2026-05", 20, 20),
        ]
    )
    assert service.status(UNIT, "2026-03").coverage == 1.0
    assert service.status(UNIT, "2026-03").ytd == 20
    assert service.status(UNIT, "2026-05").coverage == 1.0


REPORTS = st.dictionaries(
    st.integers(0, 8),
    st.builds(report, st.none() | st.integers(-100, 100), st.none() | st.integers(-100, 100)),
)


@given(st.frozensets(st.integers(0, 8)), REPORTS, REPORTS)
def test_coverage_lies_between_nothing_and_all(
    expected: frozenset[int], current: dict[int, Contribution], before: dict[int, Contribution]
) -> None:
    for found in (collected(current, before, expected).coverage, repeated(before, current)):
        assert found.reporting <= found.expected
        assert found.ratio is None or 0 <= found.ratio <= 1
        assert (found.ratio is None) == (found.expected == 0)


def test_a_project_that_reported_is_due_again_and_a_new_one_does_not_help() -> None:
    found = repeated({1: report(30), 2: report(70)}, {1: report(30), 3: report(500)})
    assert (found.ratio, found.expected, found.reporting) == (0.3, 2, 1)
