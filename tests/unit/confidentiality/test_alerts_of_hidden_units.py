"""What messages and the alerts' API say of units and periods that metrics hides."""

import re

from services.metrics.testing import Service
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
