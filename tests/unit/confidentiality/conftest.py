"""A city whose enterprises are known to the test: its figures at metrics, its alerts."""

import asyncio
from collections.abc import Iterator

import msgspec
import pytest

from services.metrics.testing import NOW, Service
from shared.events.status import Colour, Status, Verdict
from shared.plans import load_catalogue
from shared.settings import CommonSettings
from shared.storage import open_engine
from shared.storage.migrations import migrate
from shared.testing.clock import FixedClock
from tests.unit.alerts.conftest import World
from tests.unit.confidentiality import world_of_firms as firms

_RULES = ("trajectory", "growth_negative", "contribution")


@pytest.fixture(scope="package")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Metrics with all reports of the city."""
    engine = open_engine(CommonSettings(data_dir=tmp_path_factory.mktemp("attacked")), "metrics")
    migrate(engine, "metrics")
    service = Service(engine, load_catalogue(), FixedClock(NOW)).freezing_at_once()
    service.feed(list(firms.facts()))
    yield service
    engine.dispose()


@pytest.fixture(scope="package")
def hidden_now(service: Service) -> frozenset[str]:
    """Units whose newest figures metrics hides."""
    where = f"plan={firms.PLAN}&indicator=gross_output&limit=1000"
    items = service.api().get(f"/api/v1/clusters?{where}").json()["items"]
    return frozenset(view["cluster"] for view in items if view["suppressed"])


@pytest.fixture(scope="package")
def alerts(
    service: Service, hidden_now: frozenset[str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Alerts about every hidden unit, and a reader's messages about them."""
    engine = open_engine(CommonSettings(data_dir=tmp_path_factory.mktemp("alerted")), "alerts")
    migrate(engine, "alerts")
    world = World(engine, service.catalogue, rules=_RULES)
    statuses = [s for s in service.statuses().values() if s.plan == firms.PLAN]
    newest = [str(period) for period in firms.periods()[-4:]]
    world.receive(*(s for s in statuses if s.period not in newest))
    world.go_live()
    world.subscribe(role="reader")
    for month in newest:
        of_period = [s for s in statuses if s.period == month]
        world.receive(*(_far_behind(s) if s.unit in hidden_now else s for s in of_period))
    asyncio.run(world.send())
    yield world
    engine.dispose()


def _far_behind(status: Status) -> Status:
    """Far behind, so that there is an alert about every hidden unit."""
    if status.coverage is None or status.coverage < 0.95:
        return status
    return msgspec.structs.replace(status, verdict=Verdict.FAR_BEHIND, colour=Colour.ORANGE)
