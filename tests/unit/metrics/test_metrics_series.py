"""Which series the /metrics page has after a renaming, a removal, a restart or a move."""

import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.registry import CollectorRegistry

from services.metrics.adapters.page import MetricsPage
from services.metrics.domain.exported import Exported, Snapshot
from services.metrics.telemetry import ClusterCollector
from services.metrics.testing import shown_unit
from shared.events.status import (
    Decomposition,
    Funds,
    FundsFigure,
    Investment,
    Projects,
    Status,
)
from shared.testing.statuses import status_of

AT = datetime(2026, 6, 10, tzinfo=UTC)
OPENMETRICS = "application/openmetrics-text; version=1.0.0"
RICH = status_of(
    "2026-05",
    decomposition=Decomposition(100, 20, 30, 5),
    investment=Investment("2026-05", 10, 8, 0.25, 200, 50, {"building": 2}),
    funds=(
        Funds("2026-05", "CNY", FundsFigure(9, 8, 0.125), None, {"31": FundsFigure(9, 8, 0.1)}, 2),
        Funds("2026-05", "USD", FundsFigure(7, None, None), FundsFigure(7, 5, 0.4), {}, 1),
    ),
    projects=Projects("2026-05", {"signed": 3}, {"CNY": 1000}, (), 3),
)


def unit(name: str, number: int = 0, partition: int = 0, status: Status = RICH) -> Exported:
    renamed = msgspec.structs.replace(status, unit=f"unit-{number}")
    return shown_unit(renamed, name, partition=partition)


def page_of(*units: Exported) -> MetricsPage:
    page = MetricsPage(CollectorRegistry())
    page.replace(Snapshot(AT, units))
    return page


def series(page: MetricsPage, unit_id: str = "") -> set[str]:
    lines = page.render("").body.decode().splitlines()
    return {
        line.rpartition(" ")[0]
        for line in lines
        if not line.startswith("#") and f'unit="{unit_id}' in line
    }


def values(page: MetricsPage) -> dict[str, float]:
    prefix = "clusterwatch_cluster_"
    lines = page.render("").body.decode().splitlines()
    pairs = [line.rpartition(" ") for line in lines if not line.startswith("#")]
    short = {}
    for name, _, value in pairs:
        metric, _, labels = name.removeprefix(prefix).partition("{")
        own = [
            part
            for part in labels.rstrip("}").split(",")
            if part.split("=")[0] in {"currency", "origin", "part", "stage", "percentile"}
        ]
        short[",".join([metric, *own])] = float(value)
    return short


@pytest.mark.parametrize("accept", ["", OPENMETRICS])
def test_the_page_is_what_the_client_library_would_write(accept: str) -> None:
    units = (unit('轴承 "A"\\\n', 0), unit("b", 1, status=status_of("2026-05", "grey")))
    registry = CollectorRegistry()
    registry.register(ClusterCollector(lambda: Snapshot(AT, units)))
    encode = generate_openmetrics if accept else generate_latest

    assert page_of(*units).render(accept).body == encode(registry)


@given(st.lists(st.text(), min_size=1, max_size=4, unique=True))
def test_any_name_is_written_as_the_client_library_would(names: list[str]) -> None:
    units = tuple(unit(name, number) for number, name in enumerate(names))
    registry = CollectorRegistry()
    registry.register(ClusterCollector(lambda: Snapshot(AT, units)))

    assert page_of(*units).render("").body == generate_latest(registry)


def test_investment_funds_and_projects_are_shown_by_currency_origin_and_stage() -> None:
    found = values(page_of(shown_unit(RICH, stalled=2)))

    assert found["investment_completion_ratio"] == 0.25
    assert found['investment_projects,stage="building"'] == 2
    assert found['funds_year_to_date,currency="CNY"'] == 9
    assert found['funds_year_to_date,currency="USD"'] == 7
    assert found['funds_origin_year_to_date,currency="CNY",origin="31"'] == 9
    assert 'funds_growth_ratio,currency="USD"' not in found
    assert found['funds_planned_growth_ratio,currency="USD"'] == 0.4
    assert found['projects,stage="signed"'] == 3
    assert found["projects_stalled"] == 2
    assert found['projects_contracted,currency="CNY"'] == 1000
    assert found['year_to_date_change_yuan,part="exits"'] == -30
    assert found['forecast_year_yuan,percentile="90"'] == 6_700_000_000


def test_a_measure_that_is_no_base_unit_is_named_by_a_label() -> None:
    per_head = status_of("2026-05", measure="patent_per_10000_person", month=12_500_000, ytd=None)

    lines = page_of(shown_unit(per_head)).render("").body.decode().splitlines()

    (line,) = [each for each in lines if each.startswith("clusterwatch_cluster_month_amount{")]
    assert 'measure="patent_per_10000_person"' in line
    assert line.endswith(" 12.5")


def test_a_suppressed_unit_shows_nothing_but_what_is_public() -> None:
    hidden = unit("x")
    masked = replace(hidden, shown=replace(hidden.shown, suppressed=True))

    names = {line.partition("{")[0] for line in series(page_of(masked))}
    prefix = "clusterwatch_cluster_"
    assert names == {
        f"{prefix}{name}"
        for name in (
            "verdict",
            "colour",
            "on_track",
            "suppressed",
            "info",
            "enterprises_expected",
            "enterprises_reporting",
            "period_timestamp_seconds",
            "data_timestamp_seconds",
        )
    }


def test_a_renamed_unit_leaves_no_series_under_its_old_name() -> None:
    page = page_of(unit("old"))
    before = series(page)

    page.replace(Snapshot(AT, (unit("new"),)))

    after = series(page)
    assert len(after) == len(before)
    assert not [line for line in after if 'name="old"' in line]


def test_a_removed_unit_leaves_no_series() -> None:
    page = page_of(unit("a", 1), unit("b", 2))

    page.replace(Snapshot(AT, (unit("a", 1),)))

    assert not series(page, "unit-2")
    assert series(page, "unit-1")


def test_a_restart_shows_the_same_series() -> None:
    units = (unit("a", 1), unit("b", 2))

    assert series(page_of(*units)) == series(page_of(*units))


def test_a_lost_partition_is_gone_before_the_next_assessment() -> None:
    owned = {0, 1}
    page = MetricsPage(CollectorRegistry(), lambda: owned)
    page.replace(Snapshot(AT, (unit("a", 1, 0), unit("b", 2, 1))))
    assert series(page, "unit-2")

    owned.discard(1)

    assert not series(page, "unit-2")
    assert series(page, "unit-1")


def test_during_a_move_no_unit_is_shown_twice() -> None:
    both = (unit("a", 1, 0), unit("b", 2, 1))
    owner = {0: "first", 1: "first"}

    def replica(me: str) -> MetricsPage:
        return MetricsPage(CollectorRegistry(), lambda: [p for p in owner if owner[p] == me])

    first, second = replica("first"), replica("second")
    first.replace(Snapshot(AT, both))
    owner[1] = "second"
    second.replace(Snapshot(AT, both[1:]))

    assert not series(first) & series(second)
    assert series(first) | series(second) == series(page_of(*both))


@pytest.mark.parametrize("accept", ["", OPENMETRICS])
def test_a_compressed_page_holds_the_same_bytes(accept: str) -> None:
    page = page_of(unit("a", 1), unit("b", 2))
    plain = page.render(accept)

    for _ in range(2):  # the compressor is copied, not used up
        packed = page.render(accept, "deflate, gzip;q=0.8")
        assert packed.encoding == "gzip"
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.body) == plain.body
    assert page.render(accept, "gzip;q=0").encoding == ""


def test_the_age_of_the_snapshot_starts_anew_whenever_it_is_found_right() -> None:
    page = page_of()

    page.confirm(AT + timedelta(minutes=1))

    assert page.compared_at == AT + timedelta(minutes=1)
