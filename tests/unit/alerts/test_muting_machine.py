"""Silences and inhibitions as a state machine: an alert is muted when a set says so."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from services.alerts.domain.alert import Labels
from services.alerts.domain.muting import Inhibition, Mute, MuteKind, mutes
from services.alerts.domain.silence import Silence, SilenceState, parse_matcher
from shared.testing.machines import machine_settings

RULES = ("trajectory", "below_parent", "coverage_low")
UNITS = ("bearings", "parts")
INHIBITIONS = (Inhibition("trajectory", "below_parent"), Inhibition("coverage_low", "trajectory"))
ALERTS = tuple(Labels(name, "p", unit, "r", "i") for name in RULES for unit in UNITS)
MATCHERS = ('unit="bearings"', "unit!=bearings", "alertname=~tra.*", "alertname!~tra.*", 'plan="q"')


class Muting(RuleBasedStateMachine):
    """Alerts begin and end, silences are made and ended, time passes."""

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime(2026, 6, 1, tzinfo=UTC)
        self.firing: dict[str, Labels] = {}
        self.silences: dict[str, Silence] = {}

    @rule(alert=st.sampled_from(ALERTS))
    def begin_or_end(self, alert: Labels) -> None:
        if self.firing.pop(alert.fingerprint, None) is None:
            self.firing[alert.fingerprint] = alert

    @rule(text=st.sampled_from(MATCHERS), begins=st.integers(-1, 3), lasts=st.integers(1, 5))
    def silence(self, text: str, begins: int, lasts: int) -> None:
        starts = self.now + timedelta(hours=begins)
        number = f"s{len(self.silences)}"
        ends = starts + timedelta(hours=lasts)
        matchers = (parse_matcher(text),)
        self.silences[number] = Silence(number, matchers, "o", "c", starts, ends, self.now)

    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        if self.silences:
            number = data.draw(st.sampled_from(sorted(self.silences)))
            ended = min(self.silences[number].ends_at, self.now)
            self.silences[number] = replace(self.silences[number], ends_at=ended)

    @rule(hours=st.integers(1, 4))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @invariant()
    def every_alert_is_muted_by_exactly_what_the_model_says(self) -> None:
        for alert in ALERTS:
            wanted = {
                Mute(MuteKind.SILENCED, one.id)
                for one in self.silences.values()
                if one.starts_at <= self.now < one.ends_at and self.fits(one, alert)
            } | {
                Mute(MuteKind.INHIBITED, other.fingerprint)
                for other in self.firing.values()
                if Inhibition(other.alertname, alert.alertname) in INHIBITIONS
                and other.unit == alert.unit
            }
            found = mutes(
                alert, self.silences.values(), self.firing.values(), INHIBITIONS, self.now
            )
            assert set(found) == wanted
            assert len(found) == len(wanted)

    @invariant()
    def a_silence_is_in_one_state(self) -> None:
        for one in self.silences.values():
            active = one.starts_at <= self.now < one.ends_at
            assert (one.state(self.now) is SilenceState.ACTIVE) is active

    @staticmethod
    def fits(silence: Silence, alert: Labels) -> bool:
        """The matchers of this test, by hand."""
        return {
            'unit="bearings"': alert.unit == "bearings",
            'unit!="bearings"': alert.unit != "bearings",
            'alertname=~"tra.*"': alert.alertname == "trajectory",
            'alertname!~"tra.*"': alert.alertname != "trajectory",
            'plan="q"': False,
        }[str(silence.matchers[0])]


def test_muting_does_what_the_model_says() -> None:
    run_state_machine_as_test(Muting, settings=machine_settings(60, 25))
