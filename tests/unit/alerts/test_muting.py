"""Silences, inhibition, quiet hours and repeats, in virtual time."""

import asyncio
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from services.alerts.domain.alert import Labels
from services.alerts.domain.calendar import DayKind
from services.alerts.domain.muting import Inhibition, mutes
from services.alerts.domain.quiet import QuietHours, next_allowed
from services.alerts.domain.silence import BadMatcher, parse_matcher
from services.alerts.use_cases.silences import BadSilence, NoSuchSilence

World = Any


def send(world: World) -> list[str]:
    return asyncio.run(world.send())


@pytest.mark.parametrize(
    ("text", "matches", "not_matches"),
    [
        ("unit=a", "a", "ab"),
        ('unit="a b"', "a b", "a"),
        ("unit!=a", "b", "a"),
        ("unit=~a.*", "ab", "ba"),
        ("unit=~a|b", "b", "bb"),
        ("unit!~a.*", "ba", "ab"),
    ],
)
def test_matchers_match_whole_values(text: str, matches: str, not_matches: str) -> None:
    matcher = parse_matcher(text)
    assert matcher.matches({"unit": matches})
    assert not matcher.matches({"unit": not_matches})


def test_an_absent_label_is_empty() -> None:
    assert parse_matcher("unit!=a").matches({})
    assert parse_matcher("unit=~.*").matches({})
    assert not parse_matcher("unit=~.+").matches({})


@pytest.mark.parametrize("text", ["unit", "=a", "unit=~(", "1x=a"])
def test_a_matcher_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(BadMatcher):
        parse_matcher(text)


def test_a_silenced_alert_fires_without_being_told_and_is_told_afterwards(live: World) -> None:
    subscription = live.subscribe()
    live.silence("unit=szah-lb-bearings", hours=5)
    live.fire()
    assert send(live) == []
    assert live.alert()["state"] == "firing"
    assert live.explain(subscription) == [("firing", False, "silenced")]
    live.keep_up(hours=3)
    assert send(live) == ["silence_started"]
    live.keep_up(hours=2)
    live.keep_up(hours=1)
    assert sorted(send(live)) == ["repeated", "silence_ended"]
    assert live.explain(subscription)[-1] == ("repeated", True, "mute_ended")
    live.told("2026-06", "achieved")
    assert send(live) == ["resolved"]


def test_the_end_is_told_in_spite_of_a_silence_to_whoever_got_the_firing(live: World) -> None:
    live.subscribe()
    live.fire()
    live.silence("alertname=trajectory", hours=500)
    late = live.subscribe(owner="later", target="http://robot/2")
    live.told("2026-06", "red")
    live.told("2026-07", "achieved")
    assert send(live) == ["firing", "resolved"]
    assert live.explain(late)[-1] == ("resolved", False, "never_told")


def test_silences_mute_by_label_only_while_they_last(live: World) -> None:
    live.subscribe()
    live.silence("unit=other", hours=5)
    ended = live.silence("unit=szah-lb-bearings", hours=5)
    with live.ledger() as ledger:
        live.silences.expire(ledger, ended.id)
    live.fire()
    assert send(live) == ["firing"]


def test_a_silence_that_ends_on_resolve_mutes_no_second_episode(live: World) -> None:
    live.subscribe()
    silence = live.silence("unit=szah-lb-bearings", end_on_resolve=True, days=900)
    live.fire()
    live.told("2026-06", "achieved")
    with live.ledger() as ledger:
        assert ledger.silence(silence.id).ended_because == "resolved"
    live.told("2026-07", "yellow")
    live.told("2026-08", "yellow")
    assert send(live) == ["firing"]


def test_a_changed_silence_keeps_its_id_unless_its_matchers_change(live: World) -> None:
    silence = live.silence("unit=a", hours=5)
    longer = type(silence)(**{**fields(silence), "ends_at": silence.ends_at + timedelta(1)})
    other = type(silence)(**{**fields(silence), "matchers": (parse_matcher("unit=b"),)})
    with live.ledger() as ledger:
        assert live.silences.put(ledger, longer).id == silence.id
        assert live.silences.put(ledger, other).id != silence.id
        assert ledger.silence(silence.id).ended_because == "expired"


def fields(silence: Any) -> dict[str, Any]:
    return {name: getattr(silence, name) for name in silence.__dataclass_fields__}


def test_a_silence_needs_an_end_and_must_not_match_everything(live: World) -> None:
    with pytest.raises(BadSilence, match="absent"):
        live.silence("unit=~.*", hours=5)
    with pytest.raises(BadSilence, match="end"):
        live.silence("unit=a", hours=0)
    with pytest.raises(NoSuchSilence), live.ledger() as ledger:
        live.silences.expire(ledger, "unknown")


def test_inhibition_mutes_the_same_unit_only() -> None:
    source = Labels("trajectory", "p", "u", "r", "i")
    target = Labels("below_parent", "p", "u", "r", "i")
    rules = [Inhibition("trajectory", "below_parent")]
    now = datetime(2026, 5, 1, tzinfo=UTC)
    (mute,) = mutes(target, [], [source], rules, now)
    assert (str(mute.kind), mute.by) == ("inhibited", source.fingerprint)
    assert mutes(Labels("below_parent", "p", "v", "r", "i"), [], [source], rules, now) == ()
    assert mutes(source, [], [target], rules, now) == ()


def test_a_standing_alert_is_repeated_when_its_interval_is_over(live: World) -> None:
    weekly = live.subscribe(repeat_hours=168)
    never = live.subscribe(owner="never", target="http://robot/2")
    live.fire()
    live.keep_up(days=6)
    assert send(live) == ["firing", "firing"]
    live.keep_up(days=1)
    live.keep_up(days=1)
    assert send(live) == ["repeated"]
    assert live.explain(weekly)[-1] == ("repeated", True, "repeat_due")
    assert live.explain(never)[-1] == ("repeated", False, "no_repeat_wanted")


def test_an_acknowledged_alert_is_not_repeated(live: World) -> None:
    live.subscribe(repeat_hours=24)
    live.fire()
    live.ack(days=10)
    live.keep_up(days=5)
    assert send(live) == ["firing"]
    live.keep_up(days=5)
    assert send(live) == ["repeated"]


def test_messages_wait_for_the_end_of_quiet_hours_and_keep_their_order(live: World) -> None:
    live.subscribe(quiet=QuietHours(time(20), time(8)))
    live.clock.advance(timedelta(hours=12))  # 21 o'clock in China
    live.fire()
    live.told("2026-06", "achieved")
    assert send(live) == []
    live.clock.advance(timedelta(hours=11))
    assert send(live) == ["firing", "resolved"]


def days(day: Any) -> DayKind:
    return DayKind(working=day.weekday() < 5, official=True)


@pytest.mark.parametrize(
    ("quiet", "now", "expected"),
    [
        (None, "2026-05-11T03:00", "2026-05-11T03:00"),
        (QuietHours(time(20), time(8)), "2026-05-11T13:00", "2026-05-12T00:00"),
        (QuietHours(time(20), time(8)), "2026-05-11T18:00", "2026-05-12T00:00"),
        (QuietHours(time(12), time(14)), "2026-05-11T04:30", "2026-05-11T06:00"),
        (QuietHours(working_days_only=True), "2026-05-15T15:00", "2026-05-15T15:00"),
        (QuietHours(working_days_only=True), "2026-05-15T16:00", "2026-05-17T16:00"),
        (
            QuietHours(time(18), time(9), working_days_only=True),
            "2026-05-15T10:30",
            "2026-05-18T01:00",
        ),
    ],
)
def test_the_next_allowed_moment(quiet: QuietHours | None, now: str, expected: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert next_allowed(quiet, moment, days) == datetime.fromisoformat(expected).replace(tzinfo=UTC)
