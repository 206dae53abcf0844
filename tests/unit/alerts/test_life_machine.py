"""The life of an alert as a state machine: it ends up where a model of a few lines says.

Months come in order, people acknowledge and silence, another alert inhibits, time passes.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import hypothesis.strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from services.alerts.domain.acknowledgement import (
    Acknowledgement,
    EscalationRule,
    has_lapsed,
    rung_due,
)
from services.alerts.domain.alert import Alert, Labels, State, Transition
from services.alerts.domain.calendar import DayKind, today_in_china
from services.alerts.domain.figures import figures_of
from services.alerts.domain.lifecycle import advance
from services.alerts.domain.muting import Inhibition, MuteKind, mutes
from services.alerts.domain.silence import Silence, parse_matcher
from services.alerts.domain.standing import acknowledge, escalate, lapse, repeat
from services.alerts.domain.trajectory import TrajectoryRule, assess_trajectory
from shared.events.status import Status
from shared.testing.machines import machine_settings
from shared.testing.statuses import status_of

LABELS = Labels("trajectory", "p", "u", "r", "gross_output")
THIN = Labels("coverage_low", "p", "u", "r", "gross_output")
INHIBITIONS = (Inhibition("coverage_low", "trajectory"),)
ESCALATION = EscalationRule()
BAD = ("blue", "yellow", "orange", "red")
"""From mild to severe."""
SAYS = ("yellow", "orange", "red", "grey", "clear", "nearly")


@dataclass
class Model:
    """What is expected, by rules that fit on a page."""

    state: str = ""
    run: int = 0
    episode: int = 0
    colour: str = ""
    acknowledged_until: datetime | None = None
    wanted_since: datetime | None = None
    rung: int = 0

    def month(self, said: str, now: datetime) -> None:
        """A month that is grey holds; a second bad one fires; a clearly good one ends it."""
        if said == "grey" or (said == "nearly" and self.state == "firing"):
            return
        if said in {"clear", "nearly"}:
            self.run = 0
            if self.state in {"pending", "firing"}:
                self.state = "resolved"
                self.acknowledged_until = self.wanted_since = None
                self.rung = 0
            return
        self.run += 1
        if self.state == "firing":
            if BAD.index(said) > BAD.index(self.colour):  # news: who knew of less is asked again
                self.wanted_since, self.acknowledged_until = now, None
            self.colour = said
        elif self.run == 1:
            self.state = "pending"
        else:
            self.state, self.colour, self.rung = "firing", said, 0
            self.episode += 1
            self.wanted_since, self.acknowledged_until = now, None

    def time(self, now: datetime) -> None:
        """An acknowledgement lapses; after three days without one the next rung is told."""
        until = self.acknowledged_until
        if self.state != "firing":
            return
        if until is not None and until <= now:
            self.wanted_since, self.acknowledged_until = until, None
        if self.acknowledged_until is not None or self.wanted_since is None:
            return
        waited = (today_in_china(now) - today_in_china(self.wanted_since)).days
        if self.colour in {"orange", "red"} and waited >= 3 and self.rung < 2:
            self.rung, self.wanted_since = self.rung + 1, now


class Life(RuleBasedStateMachine):
    """One series, the alert about it, and who may keep quiet about it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime(2026, 4, 9, 1, tzinfo=UTC)
        self.year, self.month = 2026, 3
        self.known: list[Status] = []
        self.alert: Alert | None = None
        self.steps: list[Transition] = []
        self.model = Model()
        self.silences: list[Silence] = []
        self.thin = False

    @rule(said=st.sampled_from(SAYS))
    def another_month(self, said: str) -> None:
        """Months from March to December: January and February have rules of their own."""
        period = f"{self.year}-{self.month:02d}"
        self.year, self.month = (
            (self.year, self.month + 1) if self.month < 12 else (self.year + 1, 3)
        )
        shape, changes = {
            "clear": ("green", {"ratio": 1.02}),
            "nearly": ("green", {"ratio": 0.97}),
        }.get(said, (said, {}))
        self.known.append(status_of(period, shape, **changes))
        self.evaluate()
        self.model.month(said, self.now)

    @rule()
    def evaluate_again(self) -> None:
        before = len(self.steps)
        self.evaluate()
        assert len(self.steps) == before

    @precondition(lambda self: self.alert is not None and self.alert.state is State.FIRING)
    @rule(hours=st.integers(1, 200))
    def take_on(self, hours: int) -> None:
        until = self.now + timedelta(hours=hours)
        assert self.alert is not None
        self.take(acknowledge(self.alert, Acknowledgement("王工", "约谈", until, self.now)))
        self.model.acknowledged_until = until
        self.model.wanted_since = None

    @rule(hours=st.integers(1, 100))
    def wait(self, hours: int) -> None:
        """As the service does: first what lapsed, then the next rung, one at a look."""
        self.now += timedelta(hours=hours)
        self.model.time(self.now)
        alert = self.alert
        if alert is None or alert.state is not State.FIRING:
            return
        if has_lapsed(alert.attention, self.now):
            alert = self.take(lapse(alert, self.now))
        rung = rung_due(
            ESCALATION,
            alert.attention,
            alert.colour,
            self.now,
            lambda _day: DayKind(True, True),  # noqa: FBT003
        )
        if rung is not None:
            self.take(escalate(alert, rung, ESCALATION.ladder[rung], self.now))

    @precondition(lambda self: self.alert is not None and self.alert.state is State.FIRING)
    @rule()
    def remind(self) -> None:
        assert self.alert is not None
        self.take(repeat(self.alert, self.now))

    @rule(text=st.sampled_from(("unit=u", "unit=other")), hours=st.integers(1, 60))
    def silence(self, text: str, hours: int) -> None:
        ends = self.now + timedelta(hours=hours)
        made = Silence(
            f"s{len(self.silences)}", (parse_matcher(text),), "o", "c", self.now, ends, self.now
        )
        self.silences.append(made)

    @rule()
    def coverage_changes(self) -> None:
        self.thin = not self.thin

    def evaluate(self) -> None:
        outcome = assess_trajectory(TrajectoryRule(), self.known)
        moved = advance(self.alert, outcome, LABELS, figures_of(outcome.status, "u"), self.now)
        self.alert = moved.alert
        self.steps += moved.transitions

    def take(self, moved: tuple[Alert, Transition]) -> Alert:
        self.alert, step = moved
        self.steps.append(step)
        return self.alert

    @invariant()
    def it_stands_where_the_model_says(self) -> None:
        alert, model = self.alert, self.model
        assert ("" if alert is None else str(alert.state)) == model.state
        if alert is None:
            return
        assert alert.episode == model.episode
        if model.state == "firing":
            assert str(alert.colour) == model.colour
            given = alert.attention.acknowledgement
            assert (given.until if given else None) == model.acknowledged_until
            assert alert.attention.rung == model.rung
            if given is None:
                assert alert.attention.since == model.wanted_since

    @invariant()
    def steps_are_numbered_without_a_gap_and_each_begins_where_the_last_one_ended(self) -> None:
        assert [step.sequence for step in self.steps] == list(range(1, len(self.steps) + 1))
        states = [None, *(step.state for step in self.steps)]
        assert [step.previous_state for step in self.steps] == states[:-1]
        if self.alert is not None:
            assert self.steps[-1].state is self.alert.state

    @invariant()
    def keeping_quiet_is_decided_apart_from_the_state(self) -> None:
        wanted = {MuteKind.INHIBITED} if self.thin else set()
        if any(s.ends_at > self.now and str(s.matchers[0]) == 'unit="u"' for s in self.silences):
            wanted.add(MuteKind.SILENCED)
        firing = (THIN,) if self.thin else ()
        found = mutes(LABELS, self.silences, firing, INHIBITIONS, self.now)
        assert {one.kind for one in found} == wanted


def test_the_life_of_an_alert_is_what_the_model_says() -> None:
    run_state_machine_as_test(Life, settings=machine_settings(100, 30))
