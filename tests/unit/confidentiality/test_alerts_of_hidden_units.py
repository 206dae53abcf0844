"""What messages and the alerts' API say of units and periods that metrics hides."""

import re
from dataclasses import replace

from sqlalchemy import select

from services.alerts.adapters.codec import read_alert
from services.alerts.adapters.status_store import SqlStatuses
from services.alerts.adapters.tables import AlertRow
from services.alerts.api.alertmanager.alerts import _annotations, _marked
from services.alerts.domain.alert import Alert
from services.alerts.domain.detail import Detail
from services.alerts.domain.figures import Figures, marked_by, seen_by
from services.alerts.use_cases.standing_alerts import Standing
from services.metrics.testing import Service
from shared.confidentiality import INVESTMENT, Mask, Suppression
from shared.storage import reading
from shared.storage.tables import table_of
from tests.unit.alerts.conftest import World
from tests.unit.confidentiality import world_of_firms as firms
from tests.unit.confidentiality.attacker import numbers_in

_PUBLIC_NUMBERS = {"target_year", "target_value", "working_days_late", "expected", "reporting"}


def hidden_places(service: Service) -> set[tuple[str, str]]:
    """Unit and period of every figure that metrics hides."""
    api, where = service.api(), f"plan={firms.PLAN}&indicator=gross_output"
    return {
        (unit, view["period"])
        for unit in sorted({unit for unit, _ in firms.truth()})
        for view in api.get(f"/api/v1/clusters/{unit}/history?{where}").json()["items"]
        if view["suppressed"]
    }


def test_messages_about_hidden_units_tell_no_figure(
    service: Service, alerts: World, hidden_now: frozenset[str]
) -> None:
    secondary = hidden_now - {s.unit for s in service.statuses().values() if s.confidential}
    about = [m for m in alerts.channel.messages if m.labels.get("unit") in hidden_now]
    assert {m.labels["unit"] for m in about} & secondary
    for message in about:
        assert not re.search(r"\d ?亿|\d ?万|\d ?%", message.text), message.text


def test_the_alerts_api_hides_exactly_the_units_and_periods_that_metrics_hides(
    service: Service, alerts: World
) -> None:
    hidden = hidden_places(service)
    shown, _ = alerts.reads.alerts({}, None, 1000)
    places = {(a["labels"]["unit"], a["period"]) for a in shown if a["suppressed"]}
    assert places == {(a["labels"]["unit"], a["period"]) for a in shown} & hidden
    assert places
    for alert in shown:
        if alert["suppressed"]:
            assert set(numbers_in(alert["figures"])) <= _PUBLIC_NUMBERS
            assert alert["colour"] in {"on_track", "off_track"}


def test_an_alert_about_a_unit_hidden_since_last_year_still_shows_the_public_year_before(
    alerts: World,
) -> None:
    """The machinery cluster is open in 2024: its rules hold since, on what is public."""
    shown, _ = alerts.reads.alerts({"unit": firms.MACHINERY}, None, 1000)
    periods = {alert["period"]: alert["suppressed"] for alert in shown}
    assert periods == {"2024-12": False, str(firms.LAST): True}


def test_investment_that_is_hidden_since_is_taken_out_of_the_alert_of_an_open_unit() -> None:
    hidden = Mask(Suppression(in_year={(INVESTMENT, 2026): frozenset({"zone"})}))
    kept = Figures("Zone", ytd=500, detail=Detail(growth=-0.1, ytd=70, ytd_last_year=80))
    shown = seen_by(marked_by(hidden, kept, ("zone", "gross_output", "2026-05")), "reader")
    assert (shown.ytd, shown.detail) == (500, Detail())
    before = seen_by(marked_by(hidden, kept, ("zone", "gross_output", "2025-05")), "reader")
    assert before.detail.ytd == 70


def open_when_kept(alerts: World) -> Alert:
    """The alert of a unit that is hidden by now, as if nothing had been confidential then."""
    with alerts.engine.connect() as connection:
        payloads = connection.execute(select(table_of(AlertRow).c.payload)).scalars().all()
    (kept,) = [
        alert
        for alert in map(read_alert, payloads)
        if alert.labels.unit == firms.MACHINERY and alert.period == str(firms.LAST)
    ]
    return replace(kept, figures=replace(kept.figures, confidential=False))


def test_an_alert_that_was_open_when_it_was_kept_is_masked_as_the_listed_one_is(
    alerts: World,
) -> None:
    assert alerts.reads.view(open_when_kept(alerts))["suppressed"]


def test_alertmanagers_api_shows_it_coarsely_too(alerts: World) -> None:
    kept = open_when_kept(alerts)
    with reading(alerts.engine) as connection:
        mask = alerts.reads._mask_of(SqlStatuses(connection))
    shown = _annotations(Standing(_marked(kept, mask), (), ()))
    assert _annotations(Standing(kept, (), ()))["colour"] == str(kept.colour)
    assert shown["colour"] in {"on_track", "off_track"}
