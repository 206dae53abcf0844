import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.alerts.domain.outcome import Outcome, Phase, SignalKind
from services.alerts.domain.trajectory import TrajectoryRule, assess_trajectory, signal
from shared.events.period import Month
from shared.events.status import Colour, Status
from shared.testing.statuses import status_of

RULE = TrajectoryRule()


def assess(*statuses: Status) -> Outcome:
    return assess_trajectory(RULE, statuses)


def test_one_yellow_period_is_pending() -> None:
    outcome = assess(status_of("2026-05", "yellow"))
    assert (outcome.phase, outcome.reason) == (Phase.PENDING, "run_too_short")


def test_two_yellow_periods_fire_with_the_newest_colour() -> None:
    outcome = assess(status_of("2026-04", "yellow"), status_of("2026-05", "orange"))
    assert (outcome.phase, outcome.colour) == (Phase.FIRING, Colour.ORANGE)
    assert (outcome.since, outcome.fired) == (Month(2026, 4), Month(2026, 5))
    assert outcome.reason == "consecutive_periods"


def test_moving_away_with_little_probability_fires_at_once() -> None:
    outcome = assess(status_of("2026-05", "red", probability=0.05))
    assert (outcome.phase, outcome.reason) == (Phase.FIRING, "moving_away_and_very_unlikely")


def test_moving_away_without_a_forecast_waits_for_the_second_period() -> None:
    assert assess(status_of("2026-05", "red", probability=None)).phase is Phase.PENDING


def test_january_february_alone_never_fires() -> None:
    outcome = assess(status_of("2026-02", "red", probability=0.01))
    assert (outcome.phase, outcome.reason) == (Phase.PENDING, "january_february_alone")


def test_january_february_counts_in_a_run() -> None:
    outcome = assess(status_of("2025-12", "yellow"), status_of("2026-02", "yellow"))
    assert outcome.phase is Phase.FIRING
    outcome = assess(status_of("2026-02", "yellow"), status_of("2026-03", "yellow"))
    assert outcome.phase is Phase.FIRING


def test_january_february_does_not_make_a_firing_alert_worse() -> None:
    before = [status_of("2025-11", "yellow"), status_of("2025-12", "yellow")]
    assert assess(*before, status_of("2026-02", "red")).colour is Colour.YELLOW
    assert assess(*before, status_of("2026-02", "red"), status_of("2026-03", "red")).colour is (
        Colour.RED
    )


@pytest.mark.parametrize("held", ["grey", None])
def test_grey_and_missing_periods_do_not_break_a_run(held: str | None) -> None:
    between = [status_of("2026-04", held)] if held else []
    outcome = assess(status_of("2026-03", "yellow"), *between, status_of("2026-05", "yellow"))
    assert outcome.phase is Phase.FIRING


def test_a_colour_whose_forecast_is_still_being_made_says_nothing_yet() -> None:
    firing = [status_of("2026-03", "yellow"), status_of("2026-04", "yellow")]
    waiting = {"reasons": ("forecast_not_current",)}
    before = assess(*firing)

    assert assess(*firing, status_of("2026-05", "orange", **waiting)) == before
    assert assess(*firing, status_of("2026-05", "green", **waiting)) == before
    assert assess(*firing, status_of("2026-05", "orange")).colour is Colour.ORANGE


def test_grey_after_firing_holds_and_announces_nothing_new() -> None:
    firing = [status_of("2026-03", "yellow"), status_of("2026-04", "yellow")]
    outcome = assess(*firing, status_of("2026-05", "grey"))
    assert (outcome.phase, outcome.period) == (Phase.FIRING, Month(2026, 4))


def test_thin_coverage_holds_whatever_the_colour() -> None:
    thin = status_of("2026-05", "red", coverage=0.94, probability=0.0)
    said = signal(RULE, thin, None)
    assert (said.kind, said.reason) == (SignalKind.HOLD, "coverage_below_gate")
    assert assess(thin).phase is Phase.INACTIVE


@pytest.mark.parametrize(
    ("ratio", "phase"), [(0.95, Phase.FIRING), (0.999, Phase.FIRING), (1.0, Phase.INACTIVE)]
)
def test_a_firing_alert_clears_only_above_the_threshold_plus_margin(
    ratio: float, phase: Phase
) -> None:
    outcome = assess(
        status_of("2026-03", "yellow"),
        status_of("2026-04", "yellow"),
        status_of("2026-05", "green", ratio=ratio),
    )
    assert outcome.phase is phase


def test_an_achieved_target_clears_whatever_the_ratio() -> None:
    outcome = assess(
        status_of("2026-03", "yellow"),
        status_of("2026-04", "yellow"),
        status_of("2026-05", "achieved", ratio=0.96),
    )
    assert outcome.phase is Phase.INACTIVE
    assert outcome.ended[0].cleared == Month(2026, 5)


@pytest.mark.parametrize(
    ("probability", "phase"),
    [(0.70, Phase.FIRING), (None, Phase.FIRING), (0.71, Phase.INACTIVE)],
)
def test_an_early_warning_clears_on_its_own_threshold(
    probability: float | None, phase: Phase
) -> None:
    outcome = assess(
        status_of("2026-03", "blue"),
        status_of("2026-04", "blue"),
        status_of("2026-05", "green", ratio=0.96, probability=probability),
    )
    assert outcome.phase is phase


def test_a_pending_run_ends_with_any_green_period() -> None:
    outcome = assess(status_of("2026-04", "yellow"), status_of("2026-05", "green", ratio=0.95))
    assert outcome.phase is Phase.INACTIVE


@given(st.permutations(range(5)))
def test_the_outcome_does_not_depend_on_the_order_of_arrival(order: list[int]) -> None:
    colours = ["yellow", "grey", "yellow", "green", "red"]
    statuses = [status_of(f"2026-{month:02d}", c) for month, c in zip(itertools.count(3), colours)]
    assert assess(*(statuses[i] for i in order)) == assess(*statuses)
