"""The register as a state machine: any changes in any order end where a simple model says."""

from typing import Any

import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from services.ingest.testing import Ingest
from shared.testing.events import output, records, registration
from shared.testing.load import credit_code
from shared.testing.machines import machine_settings

CLUSTERS = ("bearings", "parts", "snacks")
NUMBERS = st.integers(1, 2)
REVISIONS = st.integers(1, 3)
ACTIONS = {"entry": 0, "change": 1, "reattribution": 2, "exit": 3}
MONTHS = ("2025-01", "2026-02", "2026-04")
PERIODS = ("2026-02", "2026-03", "2026-05")
STATES = ("applied", "duplicate", "stale", "parked", "held", "dead_lettered")


class Register(RuleBasedStateMachine):
    """Register events and reports come in any order, with any revisions, again and again."""

    ingest: Ingest

    def __init__(self) -> None:
        super().__init__()
        self.ingest.empty()
        self.sent: list[dict[str, Any]] = []
        self.entries: dict[tuple[int, str, str], tuple[tuple[int, str], str]] = {}
        self.lines: dict[tuple[int, str], tuple[tuple[int, str], int]] = {}

    def take(self, body: dict[str, Any]) -> None:
        self.ingest.take(records([body]))
        self.sent.append(body)

    def event_id(self) -> str:
        return f"event-{len(self.sent):04}"

    @rule(
        number=NUMBERS,
        action=st.sampled_from(sorted(ACTIONS)),
        effective=st.sampled_from(MONTHS),
        revision=REVISIONS,
        cluster=st.sampled_from(CLUSTERS),
    )
    def register(
        self, number: int, action: str, effective: str, revision: int, cluster: str
    ) -> None:
        """Entry, change, re-attribution or exit, dated before or after those that came already."""
        body = registration(
            number,
            action=action,
            effective=effective,
            revision=revision,
            event_id=self.event_id(),
            memberships=[{"cluster": cluster, "weight": 10_000}],
        )
        self.take(body)
        key = (number, effective, action)
        rank = (revision, body["event_id"])
        if key not in self.entries or rank > self.entries[key][0]:
            self.entries[key] = (rank, cluster)

    @rule(
        number=NUMBERS, period=st.sampled_from(PERIODS), revision=REVISIONS, ytd=st.integers(1, 9)
    )
    def report(self, number: int, period: str, revision: int, ytd: int) -> None:
        """A line of the monthly report; parked while nobody knows the enterprise."""
        body = output(
            number,
            period=period,
            revision=revision,
            ytd=ytd,
            month=None,
            month_last_year=None,
            ytd_last_year=None,
            unit="元",
            event_id=self.event_id(),
        )
        self.take(body)
        key = (number, period)
        rank = (revision, body["event_id"])
        if key not in self.lines or rank > self.lines[key][0]:
            self.lines[key] = (rank, ytd)

    @rule(data=st.data())
    def send_again(self, data: st.DataObject) -> None:
        """Kafka delivers at least once."""
        if self.sent:
            self.ingest.take(records([data.draw(st.sampled_from(self.sent))]))

    def holding(self, number: int, period: str) -> str | None:
        """Cluster in a month, by the register as it stands; the first entry holds before it too."""
        timeline = sorted(
            (effective, ACTIONS[action], cluster)
            for (owner, effective, action), (_, cluster) in self.entries.items()
            if owner == number
        )
        begun = [entry for entry in timeline if entry[0] <= period] or timeline[:1]
        return begun[-1][2] if begun else None

    @invariant()
    def facts_are_what_the_model_says(self) -> None:
        """Each standing line counts once, in the cluster that holds in its month."""
        expected = {
            (cluster, credit_code(number), period): ytd
            for (number, period), (_, ytd) in self.lines.items()
            if (cluster := self.holding(number, period)) is not None
        }
        found = [
            (fact.unit, fact.period, fact.ytd)
            for fact in self.ingest.live_facts().values()
            if fact.indicator == "gross_output" and fact.unit in CLUSTERS
        ]
        assert sorted(found) == sorted((u, p, ytd) for (u, _, p), ytd in expected.items())

    @invariant()
    def unknown_enterprises_are_parked_and_nothing_is_lost(self) -> None:
        """consumed = applied + duplicate + stale + parked + held + dead-lettered."""
        counts = self.ingest.summary()
        assert counts["consumed"] == sum(counts[state] for state in STATES)
        waiting = [n for n, period in self.lines if self.holding(n, period) is None]
        assert counts["parked"] == len(waiting)
        assert counts["dead_lettered"] == 0


def test_the_register_does_what_the_model_says(tmp_path_factory: Any) -> None:
    ingest = Ingest(tmp_path_factory.mktemp("machine"), limits=None)

    class Machine(Register):
        pass

    Machine.ingest = ingest
    try:
        run_state_machine_as_test(Machine, settings=machine_settings(12, 25))
    finally:
        ingest.engine.dispose()
