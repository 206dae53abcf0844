"""Invariant: what statuses say depends on the facts alone, never on how or when they came."""

from collections.abc import Callable

import msgspec
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from services.metrics.testing import Service
from shared.events.facts import INVESTMENT, PROJECT, Fact, ProjectState, funds_indicator
from shared.events.status import Status
from shared.testing.facts import fact, membership

COUNTY, ZONE, CLUSTER = "suzhou-ah-lingbi", "suzhou-ah-htz", "szah-lb-bearings"
PROJECTS = st.sampled_from(["p", "q", "r", "s"])
PERIODS = st.sampled_from(["2024-12", "2025-04", "2025-12", "2026-02", "2026-03", "2026-04"])
AMOUNTS = st.none() | st.integers(-5, 300)
STAGES = st.sampled_from(["negotiating", "signed", "started", "building", "terminated"])


@st.composite
def amounts(draw: st.DrawFn, unit: str, indicator: st.SearchStrategy[str]) -> Fact:
    """A report with four numbers, of output, funds or investment."""
    name = draw(indicator)
    state = ProjectState(
        draw(STAGES),
        planned_total=draw(AMOUNTS),
        since_start=draw(AMOUNTS),
        completed_on=draw(st.none() | st.just("2026-03-31")),
    )
    return fact(
        unit,
        draw(PROJECTS),
        draw(PERIODS),
        indicator=name,
        version=draw(st.integers(1, 4)),
        ytd=draw(AMOUNTS),
        ytd_last_year=draw(AMOUNTS),
        month=draw(AMOUNTS),
        project=state if name == INVESTMENT else None,
        deleted=draw(st.sampled_from([False, False, False, True])),
    )


@st.composite
def stages(draw: st.DrawFn) -> Fact:
    month = draw(st.sampled_from(["2025-11", "2026-01", "2026-02", "2026-04"]))
    state = ProjectState(
        draw(STAGES),
        occurred_on=f"{month}-{draw(st.integers(1, 28)):02}",
        contracted_total=draw(st.none() | st.integers(1, 99)),
        currency="CNY",
    )
    return fact(
        COUNTY,
        draw(PROJECTS),
        month,
        indicator=PROJECT,
        project=state,
        version=draw(st.integers(1, 4)),
        deleted=draw(st.sampled_from([False, False, True])),
    )


@st.composite
def zone_figures(draw: st.DrawFn) -> Fact:
    indicator = draw(
        st.sampled_from(
            [
                "szah-htz-hightech-output-share",
                "szah-htz-new-provincial-innovation-platforms",
                "szah-htz-fiscal-revenue",
                "szah-htz-resident-basic-pension",
            ]
        )
    )
    period = draw(st.sampled_from(["2021-12", "2022-06", "2022-12", "2023-06", "2023-12"]))
    value = draw(st.integers(0, 10**6))
    version = draw(st.integers(1, 3))
    return fact(ZONE, "series", period, indicator=indicator, month=value, version=version)


@st.composite
def memberships(draw: st.DrawFn) -> Fact:
    expected = draw(st.sampled_from([("gross_output",), ()]))
    since = draw(st.sampled_from(["2024-01", "2026-03"]))
    return membership(CLUSTER, draw(PROJECTS), since, expected)


FUNDS = st.builds(
    funds_indicator, st.sampled_from(["CNY", "USD"]), st.sampled_from(["31", "32", "34"])
)
FACTS = st.lists(
    st.one_of(
        amounts(COUNTY, FUNDS),
        amounts(COUNTY, st.sampled_from([INVESTMENT, "gross_output"])),
        amounts(CLUSTER, st.just("gross_output")),
        stages(),
        zone_figures(),
        memberships(),
    ),
    min_size=1,
    max_size=40,
)


def content(service: Service) -> dict[str, Status]:
    """What is said, without the version, which grows with every change."""
    found = service.statuses()
    return {key: msgspec.structs.replace(status, version=0) for key, status in found.items()}


@settings(
    max_examples=25,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # a store per run: shrinking takes hours
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(facts=FACTS, data=st.data())
def test_any_order_repetition_and_split_gives_the_same_statuses(
    make_service: Callable[[], Service], facts: list[Fact], data: st.DataObject
) -> None:
    straight, other = make_service(), make_service()
    straight.feed(facts)
    shuffled = data.draw(st.permutations(facts))
    again = data.draw(st.lists(st.sampled_from(facts), max_size=10))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(facts)), min_size=2, max_size=3)))
    for first, last in zip([0, *cuts], [*cuts, len(facts)], strict=True):
        other.feed(shuffled[first:last])
    other.feed(again)

    assert content(other) == content(straight)
