"""The simulated clusters through the real judgement: every state occurs, each for its reason."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path

import pytest

from demo.history import World
from demo.live import INSPECTED_CLUSTER, live, trickle
from demo.messages import Message
from demo.oracle import standing
from demo.population import Enterprise
from demo.profiles import PROFILES, UNCLOSED_CLUSTER
from services.metrics.testing import Service
from shared.events.facts import Fact
from shared.events.status import Status
from shared.plans import load_catalogue
from shared.settings import CommonSettings
from shared.storage import open_engine
from shared.storage.migrations import metadata_of
from shared.testing.clock import FixedClock
from shared.testing.facts import fact, membership

PLAN = "suzhou-2027"
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
START = NOW + timedelta(minutes=1)
INDUSTRY = "szah-new-energy"
"""A city industry of the plan, which states no target for it."""

EXPECTED = {
    "szah-ds-green-food": ("achieved", "green", "target_met"),
    "szah-ds-equipment": ("on_track", "green", None),
    "szah-yq-smart-home": ("on_track", "green", None),
    "szah-etdz-light-textile": ("on_track", "green", None),
    "szah-htz-it": ("on_track", "green", None),
    "szah-xx-functional-materials": ("on_track", "blue", "unlikely_to_arrive"),
    "szah-sx-new-energy": ("on_track", "blue", "unlikely_to_arrive"),
    "szah-ds-medical-devices": ("behind", "yellow", None),
    "szah-etdz-pharma-chem": ("behind", "yellow", None),
    "szah-suma-paper": ("behind", "yellow", None),
    "szah-yq-hi-mfg": ("far_behind", "orange", None),
    "szah-lb-bearings": ("far_behind", "red", "very_unlikely_to_arrive"),
    "szah-sx-auto-parts": ("moving_away", "red", None),
    "szah-xx-precision-parts": ("no_base", "grey", "base_incomplete"),
    "szah-sx-agri-machinery": ("incomplete", "grey", "coverage_below_gate"),
    INDUSTRY: ("no_target", "grey", "no_target_value"),
}


def facts_of(world: World, messages: list[Message]) -> Iterator[Fact]:
    """Each enterprise's register entry and standing reports, by its share in each cluster."""
    by_code = {e.uscc: e for e in world.enterprises if e.profile.cluster}
    for member in by_code.values():
        yield from _memberships(member)
    for report in standing(messages):
        enterprise = by_code.get(report.uscc)
        if enterprise is None or report.slipped:  # held
            continue
        if report.indicator == enterprise.indicator:
            names = ("month", "ytd", "month_last_year", "ytd_last_year")
            numbers = dict(zip(names, report.numbers, strict=True))
            for unit, weight in _shares(enterprise).items():
                period, indicator = str(report.period), report.indicator
                part = {k: v and round(v * weight / 10_000) for k, v in numbers.items()}
                yield fact(unit, report.uscc, period, indicator=indicator, **part)


def _memberships(enterprise: Enterprise) -> Iterator[Fact]:
    for unit in _shares(enterprise):
        since = str(enterprise.entered)
        yield membership(unit, enterprise.uscc, since, (enterprise.indicator,))
        if enterprise.left is not None:
            yield membership(unit, enterprise.uscc, str(enterprise.left), ())


def _shares(enterprise: Enterprise) -> dict[str, int]:
    """Ten-thousandths by unit."""
    home = enterprise.profile.cluster
    shares = {m.cluster: m.weight for m in enterprise.memberships} or {home: 10_000}
    return shares | ({INDUSTRY: 10_000} if home == "szah-sx-new-energy" else {})


@pytest.fixture(scope="module")
def statuses(
    world: World, sent: list[Message], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, Status]]:
    """Newest statuses by unit once all outstanding reports have come in."""
    settings = CommonSettings(data_dir=tmp_path_factory.mktemp("states"))
    engine = open_engine(settings, "metrics")
    metadata_of("metrics").create_all(engine)
    service = Service(engine, load_catalogue(), FixedClock(NOW))
    messages = [*sent, *(due.message for due in trickle(world, START))]
    service.feed(list(facts_of(world, messages)))
    service.make_forecasts()
    yield _newest(service, world)
    engine.dispose()


def _newest(service: Service, world: World) -> dict[str, Status]:
    return {
        status.unit: status
        for status in service.statuses().values()
        if status.plan == PLAN and status.period == str(world.last)
    }


@pytest.mark.parametrize("unit", EXPECTED)
def test_each_unit_is_in_the_state_it_was_made_for(
    statuses: Mapping[str, Status], unit: str
) -> None:
    verdict, colour, reason = EXPECTED[unit]
    status = statuses[unit]

    assert (status.verdict, status.colour) == (verdict, colour), status
    assert reason is None or reason in status.reasons


def test_every_state_occurs(statuses: Mapping[str, Status]) -> None:
    verdicts = {str(status.verdict) for status in statuses.values()}
    colours = {str(status.colour) for status in statuses.values()}

    assert verdicts >= {
        "achieved",
        "on_track",
        "behind",
        "far_behind",
        "moving_away",
        "no_target",
        "no_base",
        "incomplete",
    }
    assert colours == {"green", "blue", "yellow", "orange", "red", "grey"}
    assert {profile.cluster for profile in PROFILES} == EXPECTED.keys() - {INDUSTRY}


def test_what_is_likely_is_foreseen_and_what_cannot_be_told_is_not(
    statuses: Mapping[str, Status],
) -> None:
    for status in statuses.values():
        if (status.verdict, status.colour) == ("on_track", "green"):
            assert status.probability is not None
            assert status.probability >= 0.66
    assert statuses["szah-yq-hi-mfg"].probability is None
    base = statuses[UNCLOSED_CLUSTER].base
    assert base is not None
    assert base.value is None


def test_a_cluster_on_track_falls_back_when_an_inspection_corrects_its_figures(
    world: World,
    sent: list[Message],
    statuses: Mapping[str, Status],
    tmp_path: Path,
) -> None:
    engine = open_engine(CommonSettings(data_dir=tmp_path), "metrics")
    metadata_of("metrics").create_all(engine)
    service = Service(engine, load_catalogue(), FixedClock(NOW))
    first_minute = takewhile(lambda due: due.after <= 60, live(world, START))
    messages = [*sent, *(due.message for due in first_minute if due.home == INSPECTED_CLUSTER)]
    service.feed([f for f in facts_of(world, messages) if f.unit == INSPECTED_CLUSTER])
    after = _newest(service, world)[INSPECTED_CLUSTER]
    engine.dispose()

    assert statuses[INSPECTED_CLUSTER].verdict == "on_track"
    assert after.verdict in {"behind", "far_behind", "moving_away"}
    assert not after.confidential
