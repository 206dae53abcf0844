"""From all public outputs together no suppressed value can be recovered to within 10 %."""

import asyncio
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import CollectorRegistry

from services.metrics.adapters.page import MetricsPage
from services.metrics.adapters.status_store import SqlStatusStore
from services.metrics.testing import NOW, Service
from services.metrics.use_cases.export import snapshot_of
from services.metrics.use_cases.read_clusters import ReadClusters
from shared.confidentiality import hierarchy_of
from shared.confidentiality import suppression as suppression_module
from shared.events.period import Month
from shared.events.status import Colour, Status, Verdict
from shared.plans import load_catalogue
from shared.settings import CommonSettings
from shared.storage import open_engine
from shared.storage.migrations import migrate
from shared.testing.clock import FixedClock
from shared.testing.http import AppClient
from tests.unit.alerts.conftest import World
from tests.unit.confidentiality import world_of_firms as firms
from tests.unit.confidentiality.attacker import Attacker

PLAN = "suzhou-2027"
TOLD = 0.10
RULES = ("trajectory", "growth_negative", "contribution")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    engine = open_engine(CommonSettings(data_dir=tmp_path_factory.mktemp("attacked")), "metrics")
    migrate(engine, "metrics")
    service = Service(engine, load_catalogue(), FixedClock(NOW)).freezing_at_once()
    service.feed(list(firms.facts()))
    yield service
    engine.dispose()


def public_views(api: AppClient, units: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Every view that a route of the read API gives; lists of a few periods."""
    for period in ("2025-05", "2026-03"):
        where = f"plan={PLAN}&period={period}&limit=1000"
        found = api.get(f"/api/v1/clusters?{where}&indicator=gross_output").json()["items"]
        yield from found
        ranking = api.get(f"/api/v1/ranking?{where}").json()["items"]
        yield from (r["cluster"] for r in ranking if r["cluster"]["indicator"] == "gross_output")
    for unit in units:
        of_unit, where = f"/api/v1/clusters/{unit}", f"plan={PLAN}&indicator=gross_output"
        yield api.get(f"{of_unit}?{where}").json()
        past = api.get(f"{of_unit}?{where}&as_of=2026-11-01").json()
        yield {**past, "of_past": True}
        what_if = api.get(f"{of_unit}/what-if?{where}&growth=0.1").json()
        yield {**what_if, "rolling_year": what_if["start"]}
    yield from histories(api, units)


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
    page.replace(snapshot_of(read, store, lambda _partition: True, NOW))
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
    hidden = set()
    for view in views(service.api(), units):
        attacker.read_view(view)
        # The past may hide more: what was secret then, though it is public today.
        if view["suppressed"] and "of_past" not in view:
            hidden.add((view["cluster"], Month.parse(view["period"])))
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


MAY = Month(2025, 5)
LOOKED_AT = (MAY, Month(2026, 3))


def test_no_suppressed_value_can_be_recovered_to_within_a_tenth(service: Service) -> None:
    assert len(firms.periods()) == 24
    attacker, hidden = attack(service, public_views)
    for unit, name, value in samples(service):
        attacker.read_amount(unit, str(firms.LAST), name, value)
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


def test_a_hidden_unit_shows_its_colour_alone(service: Service) -> None:
    allowed = {"year", "expected", "reporting", "version", "data_age_days", "direction", "decimals"}
    for view in service.api().get(f"/api/v1/clusters/{firms.BEARINGS}/history").json()["items"]:
        assert view["suppressed"]
        assert set(numbers_in({**view, "target": None})) <= allowed | {"months_since_on_track"}
        assert view["colour"] in {"green", "yellow", "grey"}


def numbers_in(value: Any, name: str = "") -> Iterator[str]:
    """Names of all numbers in a JSON object."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from numbers_in(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from numbers_in(item, name)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield name


def test_the_metrics_page_says_nothing_more_of_hidden_units(service: Service) -> None:
    hidden = {unit for unit, name, value in samples(service) if name == "suppressed" and value}
    named = {name for unit, name, _ in samples(service) if unit in hidden}
    assert hidden
    assert not {n for n in named if n.endswith("_yuan") and n != "target_yuan"}
    assert not named & {"path_ratio", "comparable_growth_ratio", "coverage_ratio"}


@pytest.fixture
def alerts(tmp_path: Path, service: Service) -> Iterator[World]:
    engine = open_engine(CommonSettings(data_dir=tmp_path), "alerts")
    migrate(engine, "alerts")
    world = World(engine, service.catalogue, rules=RULES)
    yield world
    engine.dispose()


def test_messages_and_alerts_of_hidden_units_tell_no_figure(
    service: Service, alerts: World
) -> None:
    statuses = [s for s in service.statuses().values() if s.plan == PLAN]
    views = service.api().get(f"/api/v1/clusters?plan={PLAN}&indicator=gross_output&limit=999")
    hidden = {view["cluster"] for view in views.json()["items"] if view["suppressed"]}
    secondary = hidden - {s.unit for s in statuses if s.confidential}
    assert secondary
    months = [str(period) for period in firms.periods()]
    alerts.receive(*(s for s in statuses if s.period not in months[-4:]))
    alerts.go_live()
    alerts.subscribe(role="reader")
    for month in months[-4:]:
        of_period = [s for s in statuses if s.period == month]
        alerts.receive(*(far_behind(s) if s.unit in hidden else s for s in of_period))
    asyncio.run(alerts.send())
    about = [m for m in alerts.channel.messages if m.labels.get("unit") in hidden]
    assert {m.labels["unit"] for m in about} & secondary
    for message in about:
        assert not re.search(r"\d ?亿|\d ?万|\d ?%", message.text), message.text
    shown, _ = alerts.reads.alerts({}, None, 1000)
    for alert in shown:
        if alert["labels"]["unit"] in hidden:
            assert alert["suppressed"]
            told = {k for k, v in alert["figures"].items() if isinstance(v, int | float)}
            assert told <= {
                "target_year",
                "target_value",
                "confidential",
                "working_days_late",
                "expected",
                "reporting",
            }


def far_behind(status: Status) -> Status:
    """Far behind, so that there is an alert about every hidden unit."""
    if status.coverage is None or status.coverage < 0.95:
        return status
    return msgspec.structs.replace(status, verdict=Verdict.FAR_BEHIND, colour=Colour.ORANGE)
