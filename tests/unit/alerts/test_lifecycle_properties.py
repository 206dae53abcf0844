"""Where the life cycle ends depends on the statuses alone, not on how they came."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.alerts.domain.alert import Alert, Labels, State, Transition
from services.alerts.domain.figures import figures_of
from services.alerts.domain.lifecycle import advance
from services.alerts.domain.trajectory import TrajectoryRule, assess_trajectory
from shared.events.status import Status
from shared.testing.statuses import status_of

LABELS = Labels("trajectory", "p", "u", "r", "gross_output")
START = datetime(2026, 1, 1, tzinfo=UTC)
PERIODS = ("2025-11", "2025-12", "2026-02", "2026-03", "2026-04", "2026-05")

series = st.lists(
    st.sampled_from(["green", "grey", "blue", "yellow", "red", "achieved"]),
    min_size=len(PERIODS),
    max_size=len(PERIODS),
).map(lambda colours: [status_of(p, c) for p, c in zip(PERIODS, colours, strict=True)])


def live(arrivals: list[list[Status]]) -> tuple[Alert | None, list[Transition]]:
    """Evaluate after each batch."""
    known: dict[str, Status] = {}
    alert: Alert | None = None
    transitions: list[Transition] = []
    for step, batch in enumerate(arrivals):
        known |= {status.period: status for status in batch}
        outcome = assess_trajectory(TrajectoryRule(), known.values())
        figures = figures_of(outcome.status, "u")
        moved = advance(alert, outcome, LABELS, figures, START + timedelta(days=step))
        alert = moved.alert
        transitions += moved.transitions
    return alert, transitions


@given(series, st.permutations(range(len(PERIODS))))
def test_firing_at_the_end_does_not_depend_on_the_order(
    statuses: list[Status], order: list[int]
) -> None:
    at_once, _ = live([statuses])
    one_by_one, _ = live([[statuses[i]] for i in order])
    assert _fires(at_once) == _fires(one_by_one)


@given(series, st.permutations(range(len(PERIODS))))
def test_sequences_have_no_gap_and_ends_follow_beginnings(
    statuses: list[Status], order: list[int]
) -> None:
    _, transitions = live([[statuses[i]] for i in order])
    assert [step.sequence for step in transitions] == list(range(1, len(transitions) + 1))
    for before, after in zip([None, *transitions], transitions, strict=False):
        if after.state in {State.RESOLVED, State.WITHDRAWN}:
            assert before is not None
            assert before.episode == after.episode


@given(series)
def test_evaluating_again_changes_nothing(statuses: list[Status]) -> None:
    _, once = live([statuses])
    _, twice = live([statuses, statuses, []])
    assert [step.kind for step in once] == [step.kind for step in twice]


def _fires(alert: Alert | None) -> bool:
    return alert is not None and alert.state is State.FIRING
