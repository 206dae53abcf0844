"""Facts in, statuses out, over a real store."""

from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from services.metrics.testing import Service
from shared.events.facts import Fact, ProjectState
from shared.events.status import STATUS_TOPIC, Status, Verdict
from shared.testing.facts import fact, membership, records_of

BEARINGS = "szah-lb-bearings"
FIRMS = ("a", "b", "c", "d")


def history(growth: float = 1.4, until: str = "2026-05") -> list[Fact]:
    """Four equal firms, January and February together, growing by `growth` every year."""
    found = [membership(BEARINGS, firm, "2023-01") for firm in FIRMS]
    for year in (2023, 2024, 2025, 2026):
        for month in range(2, 13):
            if f"{year}-{month:02d}" > until:
                break
            ytd = round(51_875_000 * month * growth ** (year - 2024))
            last = round(51_875_000 * month * growth ** (year - 2025))
            found += [
                fact(BEARINGS, firm, f"{year}-{month:02d}", ytd=ytd, ytd_last_year=last)
                for firm in FIRMS
            ]
    return found


def test_a_cluster_is_judged_by_its_rolling_year_against_the_frozen_base(service: Service) -> None:
    service.feed(history())

    status = service.status(BEARINGS, "2025-12")

    assert status.base is not None
    assert status.base.value == 2_490_000_000
    assert status.rolling_year == 3_486_000_000
    assert status.ytd_growth == pytest.approx(0.4)
    assert status.required_year == pytest.approx(3_957_900_000, rel=1e-4)
    assert status.ratio == pytest.approx(0.4 / 0.58952, rel=1e-4)
    assert status.verdict is Verdict.BEHIND
    assert status.coverage == 1.0
    assert status.enterprises.expected == status.enterprises.reporting == 4


def test_within_the_year_the_requirement_follows_the_own_cumulative_share(
    service: Service,
) -> None:
    service.feed(history())

    status = service.status(BEARINGS, "2026-05")

    assert status.required_year is not None
    assert status.required_ytd == pytest.approx(status.required_year * 5 / 12, abs=2)
    assert status.gap == (status.ytd or 0) - (status.required_ytd or 0)
    assert status.forecast is not None
    assert status.forecast.median == pytest.approx(2_490_000_000 * 1.4**2, rel=1e-6)


def test_a_missing_report_lowers_the_coverage_and_greys_the_verdict(service: Service) -> None:
    facts = [f for f in history() if (f.subject, f.period) != ("d", "2026-05")]
    service.feed(facts)

    status = service.status(BEARINGS, "2026-05")

    assert status.coverage == pytest.approx(0.75)
    assert status.verdict is Verdict.INCOMPLETE
    assert status.enterprises.reporting == 3
    assert "reports_missing" in status.reasons


def test_every_record_is_counted_in_exactly_one_state(service: Service) -> None:
    good = records_of(history(until="2023-04"))
    bad = [msgspec.structs.replace(good[0], value=value) for value in (b"{", b"[]", None)]

    service.consume([*good, *bad])
    service.consume(good)

    counts = service.counts()
    states = counts["applied"] + counts["duplicate"] + counts["dead_lettered"]
    assert counts["consumed"] == states == 2 * len(good) + 3
    assert counts["duplicate"] == len(good)
    assert service.outbox("ingest.dead-letters.v1") == 3


def test_a_retraction_takes_its_amounts_out_again(service: Service) -> None:
    facts = history(until="2024-03")
    gone = msgspec.structs.replace(facts[-1], version=9, deleted=True)
    service.feed(facts)

    service.feed([gone])

    status = service.status(BEARINGS, "2024-03")
    assert status.contributors == 3
    assert status.ytd == 3 * 51_875_000 * 3


def test_an_unchanged_status_is_not_published_again(service: Service) -> None:
    service.feed(history())
    before = service.outbox(STATUS_TOPIC)

    assert service.feed(history()) == 0

    assert service.outbox(STATUS_TOPIC) == before


def test_only_periods_that_depend_on_a_change_are_assessed_again(service: Service) -> None:
    service.feed(history())
    before = service.statuses()

    service.feed([fact(BEARINGS, "a", "2026-04", version=2, ytd=1, ytd_last_year=1)])

    after = service.statuses()
    changed = {status.period for key, status in after.items() if status != before[key]}
    assert min(changed) == "2026-04"
    assert (
        after[f"suzhou-2027|{BEARINGS}|gross_output|2026-04"].version
        > before[f"suzhou-2027|{BEARINGS}|gross_output|2026-04"].version
    )


def test_a_base_restated_after_it_was_frozen_is_shown_and_moves_nothing(service: Service) -> None:
    service = service.freezing_at_once()
    service.feed(history())
    before = service.status(BEARINGS, "2025-12")

    service.feed([fact(BEARINGS, "a", "2024-12", version=2, ytd=1, ytd_last_year=1)])

    after = service.status(BEARINGS, "2025-12")
    assert after.base == before.base
    assert after.ratio == before.ratio
    assert "base_restated" in after.reasons


def test_corrections_while_the_history_is_loaded_still_move_the_base(service: Service) -> None:
    service.feed(history())
    service.clock.advance(timedelta(seconds=5))

    service.feed([fact(BEARINGS, "a", "2024-12", version=2, ytd=1, ytd_last_year=1)])

    base = service.status(BEARINGS, "2025-12").base
    assert base is not None
    assert base.value == 3 * 622_500_000 + 1


def test_investment_is_shown_beside_the_value_indicator_and_never_added_to_it(
    service: Service,
) -> None:
    projects = [
        fact(
            BEARINGS,
            f"p{number}",
            "2026-04",
            indicator="investment",
            ytd=100 + number,
            ytd_last_year=50,
            project=ProjectState(stage="building", planned_total=1000),
        )
        for number in range(3)
    ]
    service.feed([*history(), *projects])

    status = service.status(BEARINGS, "2026-05")

    assert status.investment is not None
    assert status.investment.period == "2026-04"
    assert status.investment.ytd == 303
    assert status.investment.growth == pytest.approx(1.02)
    assert status.investment.projects == {"building": 3}
    assert status.ytd == sum(f.ytd or 0 for f in history() if f.period == "2026-05")


def test_two_reporting_firms_are_confidential_three_equal_ones_are_not(service: Service) -> None:
    facts = [
        fact(unit, firm, "2026-05", ytd=10)
        for unit, firms in ((BEARINGS, "ab"), ("szah-sx-auto-parts", "abc"))
        for firm in firms
    ]
    service.feed(facts)

    assert service.status(BEARINGS, "2026-05").confidential
    assert not service.status("szah-sx-auto-parts", "2026-05").confidential


def test_a_child_without_a_past_year_paces_itself_by_its_parent(service: Service) -> None:
    parent = "szah-equipment"
    base = [fact(BEARINGS, f, "2024-12", ytd=622_500_000, ytd_last_year=1) for f in FIRMS]
    now = [fact(BEARINGS, f, "2026-05", ytd=5, ytd_last_year=4) for f in FIRMS]
    service.feed([*(membership(BEARINGS, f, "2023-01") for f in FIRMS), *base, *now])
    assert service.status(BEARINGS, "2026-05").required_ytd is None

    service.feed([fact(parent, "x", "2025-05", ytd=40), fact(parent, "x", "2025-12", ytd=100)])
    service.assess()

    status = service.status(BEARINGS, "2026-05")
    assert status.required_ytd == pytest.approx(0.4 * (status.required_year or 0), abs=1)


def content(statuses: dict[str, Status]) -> dict[str, Status]:
    return {key: msgspec.structs.replace(s, version=0) for key, s in statuses.items()}


@settings(
    max_examples=8,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # a store per run: shrinking takes hours
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_any_order_and_repetition_of_facts_gives_the_same_statuses(
    make_service: Callable[[], Service], data: st.DataObject
) -> None:
    facts = history(until="2025-03")[:: data.draw(st.integers(1, 3))]
    revised = [
        msgspec.structs.replace(f, version=2, ytd=(f.ytd or 0) + 7, as_of="2026-06-10T00:00:00Z")
        for f in facts[-9:]
        if f.expected is None
    ]
    gone = [msgspec.structs.replace(facts[-1], version=3, deleted=True)]
    everything = facts + revised + gone
    straight = make_service()
    straight.feed(everything)
    shuffled = data.draw(st.permutations(everything))
    extra = data.draw(st.lists(st.sampled_from(everything), max_size=20))
    cut = data.draw(st.integers(0, len(shuffled)))

    other = make_service()
    other.feed(shuffled[:cut])
    other.feed([*shuffled[cut:], *extra])

    assert content(other.statuses()) == content(straight.statuses())
