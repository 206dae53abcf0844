"""Matchers of silences: RE2, whole values, and limits on what a silence may ask."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from services.alerts.domain.silence import (
    LONGEST_VALUE,
    MOST_MATCHERS,
    BadMatcher,
    Matcher,
    Silence,
    SilenceStep,
    parse_matcher,
    why_unusable,
)

NOW = datetime(2026, 5, 12, 2, tzinfo=UTC)


def silence(hours: float = 96, **changes: object) -> Silence:
    fields = {"matchers": (Matcher("unit", "u"),), "owner": "o", "comment": "c"}
    times = {"starts_at": NOW, "ends_at": NOW + timedelta(hours=hours), "updated_at": NOW}
    return Silence("s", **{**fields, **times, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("unit=szah-lb", True),
        ('unit="szah-lb"', True),
        ("unit!=szah-lb", False),
        ("unit=~szah-.*", True),
        ("unit=~szah", False),  # the whole value
        ("unit!~.*bearings", True),
        ("unit=~(?i)SZAH-LB", True),
        ("absent=~.*", True),
        ("unit=~宿州|szah-lb", True),
    ],
)
def test_an_expression_matches_the_whole_value(text: str, *, matches: bool) -> None:
    matcher = parse_matcher(text)
    assert matcher.matches({"unit": "szah-lb"}) is matches
    assert parse_matcher(str(matcher)) == matcher


@pytest.mark.parametrize("text", ["unit=~(", r"unit=~(a)\1", "unit=~(?=a)b", "unit=~a{2000}"])
def test_what_re2_does_not_take_is_refused_with_a_word(text: str) -> None:
    with pytest.raises(BadMatcher, match="bad regular expression"):
        parse_matcher(text)


def test_an_expression_that_blows_up_elsewhere_takes_linear_time() -> None:
    began = time.process_time()
    assert not parse_matcher("unit=~(a+)+b").matches({"unit": "a" * 20_000})
    assert time.process_time() - began < 2


def test_length_and_number_are_limited() -> None:
    with pytest.raises(BadMatcher, match="at most"):
        parse_matcher("unit=~" + "a" * (LONGEST_VALUE + 1))
    many = silence(matchers=(Matcher("unit", "u"),) * (MOST_MATCHERS + 1))
    assert why_unusable(many, NOW) == f"at most {MOST_MATCHERS} matchers"


def test_a_silence_is_told_when_it_begins_a_day_before_its_end_and_when_it_is_over() -> None:
    fresh = silence()
    assert fresh.step_due(NOW - timedelta(minutes=1)) is None
    assert fresh.step_due(NOW) is SilenceStep.STARTED
    begun = silence(announced=SilenceStep.STARTED)
    assert begun.step_due(NOW + timedelta(hours=71)) is None
    assert begun.step_due(NOW + timedelta(hours=72)) is SilenceStep.ENDING
    assert begun.step_due(NOW + timedelta(hours=96)) is SilenceStep.ENDED
    ending = silence(announced=SilenceStep.ENDING)
    assert ending.step_due(NOW + timedelta(hours=80)) is None
    assert silence(announced=SilenceStep.ENDED).step_due(NOW + timedelta(hours=99)) is None


def test_the_end_of_a_short_silence_is_told_in_its_last_quarter() -> None:
    begun = silence(hours=4, announced=SilenceStep.STARTED)
    assert begun.step_due(NOW + timedelta(hours=2.9)) is None
    assert begun.step_due(NOW + timedelta(hours=3)) is SilenceStep.ENDING


def test_a_silence_nobody_heard_of_ends_without_a_word() -> None:
    assert silence().step_due(NOW + timedelta(hours=97)) is None
