"""From all public outputs together no suppressed value can be recovered to within 10 %."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import CollectorRegistry

from services.metrics.adapters.page import MetricsPage
from services.metrics.adapters.status_store import SqlStatusStore
from services.metrics.testing import NOW, Service
from services.metrics.use_cases.export import Snapshots
from services.metrics.use_cases.read_clusters import ReadClusters
from shared.confidentiality import ConfidentialityLimits, Mask, Masking, hierarchy_of
from shared.confidentiality import suppression as suppression_module
from shared.events.period import Month
from shared.testing.http import AppClient
from tests.unit.alerts.conftest import World
from tests.unit.confidentiality import world_of_firms as firms
from tests.unit.confidentiality.attacker import Attacker, numbers_in
from tests.unit.confidentiality.world_of_firms import PLAN

BEFORE_MAY, MAY = Month(2025, 3), Month(2025, 5)
LOOKED_AT = (BEFORE_MAY, MAY, firms.LAST)
TOLD = 0.10


def public_views(api: AppClient, units: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Every view that a route of the read API gives; lists of a few periods."""
    what = f"plan={PLAN}&indicator=gross_output"
    for period in LOOKED_AT:
        where = f"plan={PLAN}&period={period}&limit=1000"
        found = api.get(f"/api/v1/clusters?{where}&indicator=gross_output").json()["items"]
        yield from found
        ranking = api.get(f"/api/v1/ranking?{where}").json()["items"]
        yield from (r["cluster"] for r in ranking if r["cluster"]["indicator"] == "gross_output")
    for unit in units:
        yield api.get(f"/api/v1/clusters/{unit}?{what}").json()
        what_if = api.get(f"/api/v1/clusters/{unit}/what-if?{what}&growth=0.1").json()
        yield {**what_if, "rolling_year": what_if["start"]}
    yield from past_views(api)
    yield from histories(api, units)


def past_views(api: AppClient, *_units: Any) -> Iterator[dict[str, Any]]:
    """What was newest at moments when reports of the periods looked at had just come in."""
    for period in LOOKED_AT:
        where = f"plan={PLAN}&indicator=gross_output&as_of={firms.told_at(period).date()}"
        yield from api.get(f"/api/v1/clusters?{where}&limit=1000").json()["items"]


def histories(api: AppClient, units: Iterable[str]) -> Iterator[dict[str, Any]]:
    """All periods of all units."""
    for unit in units:
        history = f"/api/v1/clusters/{unit}/history?plan={PLAN}&indicator=gross_output"
        yield from api.get(history).json()["items"]


def samples(service: Service) -> Iterator[tuple[str, str, float]]:
    """Unit, name and value of the metrics page."""
    store = SqlStatusStore(service.engine)
    read = ReadClusters(store, service.catalogue, service.rules.limits, service.clock)
    page = MetricsPage(CollectorRegistry())
    page.replace(Snapshots(read, store, lambda _partition: True).take(NOW))
    for family in text_string_to_metric_families(page.render("").body.decode()):
        for sample in family.samples:
            if "unit" in sample.labels:
                name = sample.name.removeprefix("clusterwatch_cluster_")
                yield sample.labels["unit"], name, sample.value


Hidden = set[tuple[str, Month]]


def attack(
    service: Service, views: Callable[[AppClient, list[str]], Any]
) -> tuple[Attacker, Hidden]:
    """What an attacker has learnt from views, and which unit was hidden in which period."""
    hierarchy = hierarchy_of([service.catalogue.plan(PLAN)])
    attacker = Attacker(hierarchy, Month(2023, 2), firms.LAST)
    units = sorted({unit for unit, _ in firms.truth()})
    attacker.knows_of(units)
    for view in views(service.api(), units):
        attacker.read_view(view)
    hidden = {
        (view["cluster"], Month.parse(view["period"]))
        for view in histories(service.api(), units)
        if view["suppressed"]
    }
    return attacker, hidden


def recovered(attacker: Attacker, hidden: Hidden, *only: Month) -> list[str]:
    """Hidden years-to-date and months that the attacker knows to within 10 %."""
    truth = firms.truth()
    found = []
    for unit, period in sorted(hidden, key=str):
        if period not in only:
            continue
        months = [p for u, p in truth if u == unit and p.year == period.year and p <= period]
        for what, chosen in (("ytd", months), ("month", [period])):
            amount = sum(truth[unit, month] for month in chosen)
            low, high = attacker.bounds((unit, month) for month in chosen)
            if amount and high - low < 2 * TOLD * amount:
                found.append(f"{unit} {period} {what}: {amount} in {low:.0f}..{high:.0f}")
    return found


def test_no_suppressed_value_can_be_recovered_to_within_a_tenth(
    service: Service, alerts: World
) -> None:
    assert len(firms.periods()) == 24
    attacker, hidden = attack(service, public_views)
    for unit, name, value in samples(service):
        attacker.read_amount(unit, str(firms.LAST), name, value)
    for alert in alerts.reads.alerts({}, None, 1000)[0]:
        place = {"cluster": alert["labels"]["unit"], "period": alert["period"]}
        attacker.read_view({**alert["figures"], **place})
    assert {firms.BEARINGS, firms.SOLAR, firms.HEAVY, firms.MACHINERY} <= {u for u, _ in hidden}
    assert recovered(attacker, hidden, *LOOKED_AT) == []


def test_the_attacker_recovers_what_only_primary_suppression_hides(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def primary_only(cells: Any, _sums: Any, primary: Any, hidden: Any, *_more: Any) -> Any:
        return frozenset(unit for unit in (*primary, *hidden) if unit in cells)

    monkeypatch.setattr(suppression_module, "protected", primary_only)
    assert recovered(*attack(service, histories), MAY)


def test_the_attacker_recovers_what_a_neighbouring_month_gives_away(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def month_by_month(self: Any, *_year: Any) -> Any:
        for period, cells in self._cells.items():
            sensitive = frozenset(u for u, cell in cells.items() if cell.sensitive)
            self.in_period[period] = self._of_period(period, sensitive, frozenset())
        return frozenset()

    monkeypatch.setattr(suppression_module._TableOverTime, "_of_year", month_by_month)
    found = recovered(*attack(service, histories), MAY)
    assert [line for line in found if line.startswith(firms.MACHINERY)]


def test_the_attacker_recovers_what_the_past_gives_away_where_it_alone_decides(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def of_then_alone(self: Masking, _store: Any, past: Any) -> Mask:
        then = suppression_module.Suppressor(
            hierarchy_of(service.catalogue.plans), ConfidentialityLimits()
        )
        then.put(past)
        return Mask(then.decision())

    monkeypatch.setattr(Masking, "of_past", of_then_alone)
    found = recovered(*attack(service, past_views), BEFORE_MAY)
    assert [line for line in found if line.startswith(firms.MACHINERY)]


def test_a_hidden_unit_shows_its_colour_alone(service: Service) -> None:
    allowed = {"year", "expected", "reporting", "version", "data_age_days", "direction", "decimals"}
    shown = service.api().get(f"/api/v1/clusters/{firms.BEARINGS}/history").json()["items"]
    assert shown
    for view in shown:
        assert view["suppressed"]
        assert set(numbers_in({**view, "target": None})) <= allowed | {"months_since_on_track"}
        assert view["colour"] in {"green", "yellow", "grey"}


def test_the_metrics_page_says_nothing_more_of_hidden_units(service: Service) -> None:
    hidden = {unit for unit, name, value in samples(service) if name == "suppressed" and value}
    named = {name for unit, name, _ in samples(service) if unit in hidden}
    assert hidden
    assert not {n for n in named if n.endswith("_yuan") and n != "target_yuan"}
    assert not named & {"path_ratio", "comparable_growth_ratio", "coverage_ratio"}
