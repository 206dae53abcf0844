"""Scripts in virtual time: statuses come in, and what is told is compared with the reason."""

import asyncio
from datetime import timedelta
from typing import Any

from services.alerts.domain.subscription import Filter
from shared.events.status import Colour, Enterprises

World = Any


def send(world: World) -> list[str]:
    return asyncio.run(world.send())


def test_two_periods_behind_fire_once_and_returning_resolves(live: World) -> None:
    subscription = live.subscribe()
    live.told("2026-04", "yellow")
    assert send(live) == []
    live.told("2026-05", "yellow")
    assert send(live) == ["firing"]
    live.told("2026-06", "green", ratio=0.97)
    assert send(live) == []
    live.told("2026-07", "green", ratio=1.01)
    assert send(live) == ["resolved"]
    assert live.explain(subscription) == [
        ("pending", False, "pending_is_not_told"),
        ("firing", True, "matched"),
        ("resolved", True, "follows_firing"),
    ]


def test_the_same_statuses_again_change_nothing(live: World) -> None:
    live.subscribe()
    statuses = [live.status("2026-04", "yellow"), live.status("2026-05", "yellow")]
    live.receive(*statuses)
    live.receive(*statuses)
    assert send(live) == ["firing"]
    assert live.counts()["duplicate"] == 2


def test_arrival_out_of_order_tells_the_same(live: World) -> None:
    live.subscribe()
    live.told("2026-05", "yellow")
    live.told("2026-04", "yellow")
    assert send(live) == ["firing"]


def test_an_older_run_that_the_newest_period_does_not_confirm_is_not_told(live: World) -> None:
    subscription = live.subscribe()
    live.receive(live.status("2026-04"), live.status("2026-05", "green", ratio=0.97))
    live.receive(live.status("2026-03", "yellow"), live.status("2026-04", "yellow"))
    assert send(live) == []
    assert live.explain(subscription)[-1] == ("firing", False, "older_period_only")
    live.told("2026-06", "yellow")
    assert send(live) == ["firing"]


def test_a_worse_colour_is_told_and_a_better_one_is_not(live: World) -> None:
    subscription = live.subscribe()
    live.receive(live.status("2026-04", "yellow"), live.status("2026-05", "yellow"))
    live.told("2026-06", "orange")
    live.told("2026-07", "yellow")
    assert send(live) == ["firing", "updated"]
    assert live.explain(subscription)[-1] == ("updated", False, "not_worse")


def test_a_worse_colour_reaches_those_who_wait_for_it(live: World) -> None:
    subscription = live.subscribe(filter=Filter(minimum_colour=Colour.ORANGE))
    live.receive(live.status("2026-04", "yellow"), live.status("2026-05", "yellow"))
    assert send(live) == []
    live.told("2026-06", "orange")
    live.told("2026-07", "achieved")
    assert send(live) == ["updated", "resolved"]
    assert live.explain(subscription)[0] == ("firing", False, "below_minimum_colour")


def test_a_restated_period_corrects_the_alert_instead_of_raising_another(live: World) -> None:
    live.subscribe()
    live.receive(live.status("2026-04", "yellow"), live.status("2026-05", "orange"))
    assert send(live) == ["firing"]
    live.told("2026-04", "red")
    assert send(live) == ["corrected"]
    live.told("2026-05", "yellow")
    assert send(live) == ["corrected"]
    assert live.alert()["episode"] == 1


def test_when_a_restatement_takes_the_cause_away_the_alert_is_withdrawn(live: World) -> None:
    live.subscribe()
    live.receive(live.status("2026-04", "yellow"), live.status("2026-05", "yellow"))
    live.told("2026-04", "green")
    assert send(live) == ["firing", "withdrawn"]
    assert live.alert()["state"] == "pending"


def test_a_missing_period_that_comes_and_is_on_track_withdraws_the_alert(live: World) -> None:
    live.subscribe()
    live.receive(live.status("2026-04", "yellow"), live.status("2026-06", "yellow"))
    assert send(live) == ["firing"]
    live.told("2026-05", "green")
    assert send(live) == ["withdrawn"]


def test_a_resolved_alert_whose_cause_was_never_there_is_withdrawn(live: World) -> None:
    live.subscribe()
    live.receive(live.status("2026-04", "yellow"), live.status("2026-05", "yellow"))
    live.told("2026-06", "green", ratio=1.1)
    live.told("2026-05", "green", ratio=1.1)
    assert send(live) == ["firing", "resolved", "withdrawn"]
    assert live.alert()["state"] == "withdrawn"


def test_a_resolution_that_a_restatement_undoes_fires_again(live: World) -> None:
    live.subscribe()
    live.receive(live.status("2026-04", "yellow"), live.status("2026-05", "yellow"))
    live.told("2026-06", "green", ratio=1.1)
    live.told("2026-06", "yellow")
    assert send(live) == ["firing", "resolved", "firing"]
    assert live.alert()["episode"] == 2


def test_an_episode_that_ended_and_a_new_one_in_one_batch_are_both_told(live: World) -> None:
    live.subscribe()
    live.receive(live.status("2026-04", "yellow"), live.status("2026-05", "yellow"))
    live.receive(
        live.status("2026-06", "achieved"),
        live.status("2026-07", "yellow"),
        live.status("2026-08", "yellow"),
    )
    assert send(live) == ["firing", "resolved", "firing"]


def test_grey_tells_nothing(live: World) -> None:
    live.subscribe()
    live.receive(live.status("2026-04", "yellow"), live.status("2026-05", "yellow"))
    live.told("2026-06", "grey")
    assert send(live) == ["firing"]
    assert live.alert()["state"] == "firing"


def test_periods_that_turn_grey_hold_a_firing_alert(live: World) -> None:
    live.subscribe()
    live.receive(live.status("2026-04", "yellow"), live.status("2026-05", "yellow"))
    live.told("2026-05", "grey")
    live.told("2026-04", "grey")
    assert send(live) == ["firing"]
    assert live.alert()["state"] == "firing"
    live.receive(live.status("2026-04", "yellow"), live.status("2026-05", "yellow"))
    assert send(live) == []


def test_an_alert_held_by_grey_resolves_with_the_next_clear_period(live: World) -> None:
    live.subscribe()
    live.receive(live.status("2026-04", "yellow"), live.status("2026-05", "yellow"))
    live.told("2026-05", "grey")
    live.told("2026-06", "green", ratio=1.1)
    assert send(live) == ["firing", "resolved"]


def test_an_alert_held_by_grey_goes_on_with_the_next_bad_periods(live: World) -> None:
    live.subscribe()
    live.receive(live.status("2026-04", "yellow"), live.status("2026-05", "yellow"))
    live.receive(live.status("2026-04", "grey"), live.status("2026-05", "grey"))
    live.receive(live.status("2026-06", "yellow"), live.status("2026-07", "orange"))
    assert send(live) == ["firing", "updated"]
    assert live.alert()["episode"] == 1


def test_a_first_load_records_and_never_sends(world: World) -> None:
    subscription = world.subscribe()
    world.receive(world.status("2026-03", "orange"), world.status("2026-04", "orange"))
    assert world.alert() is None
    world.go_live()
    assert world.alert()["state"] == "firing"
    assert world.explain(subscription) == [("firing", False, "first_load")]
    world.told("2026-05", "orange")
    assert send(world) == []
    world.told("2026-06", "red")
    assert send(world) == ["updated"]


def test_loading_ends_only_after_quiet_at_the_end_of_the_topic(world: World) -> None:
    def ended(*, caught_up: bool = True) -> bool:
        with world.ledger() as ledger:
            return world.end_first_load(ledger, caught_up=caught_up) is not None

    world.clock.advance(timedelta(hours=1))
    assert not ended()  # no status at all: what comes first is a first load
    world.told("2026-04")
    world.clock.advance(timedelta(seconds=59))
    assert not ended()
    world.told("2026-05")
    world.clock.advance(timedelta(seconds=59))
    assert not ended()
    world.clock.advance(timedelta(seconds=1))
    assert not ended(caught_up=False)
    assert ended()


def test_who_subscribes_later_gets_no_resolved(live: World) -> None:
    live.subscribe()
    live.receive(live.status("2026-04", "yellow"), live.status("2026-05", "yellow"))
    live.clock.advance(timedelta(minutes=1))
    late = live.subscribe(owner="later", target="http://robot/2")
    live.clock.advance(timedelta(minutes=1))
    live.told("2026-06", "achieved")
    assert send(live) == ["firing", "resolved"]
    assert live.explain(late) == [
        ("firing", False, "subscribed_later"),
        ("resolved", False, "never_told"),
    ]


def test_who_has_left_is_not_told_and_a_row_says_so(live: World) -> None:
    subscription = live.subscribe()
    live.receive(live.status("2026-04", "yellow"), live.status("2026-05", "yellow"))
    assert send(live) == ["firing"]
    with live.ledger() as ledger:
        live.manage.end(ledger, subscription, "test")
    live.told("2026-06", "achieved")
    assert send(live) == []
    assert live.explain(subscription)[-1] == ("resolved", False, "unsubscribed")


def test_resolved_goes_to_the_channel_that_got_the_firing(live: World) -> None:
    subscription = live.subscribe(target="http://robot/old")
    live.receive(live.status("2026-04", "yellow"), live.status("2026-05", "yellow"))
    send(live)
    with live.ledger() as ledger:
        changed = ledger.subscription(subscription)
        live.manage.replace(
            ledger, subscription, type(changed)("", "x", Filter(plan="other"), ()), "test"
        )
    live.told("2026-06", "achieved")
    send(live)
    assert [target for target, _ in live.channel.sent] == ["http://robot/old"] * 2


def test_filters_choose_by_plan_region_unit_and_rule(live: World) -> None:
    expected = {
        "all": (Filter(), "matched"),
        "county": (Filter(region="suzhou-ah-lingbi"), "matched"),
        "city": (Filter(region="suzhou-ah"), "matched"),
        "unit": (Filter(unit="szah-lb-bearings"), "matched"),
        "other county": (Filter(region="suzhou-ah-sixian"), "other_region"),
        "other unit": (Filter(unit="szah-htz-it"), "other_unit"),
        "other plan": (Filter(plan="zibo-htz-2025"), "other_plan"),
        "other rule": (Filter(rule="report_late"), "other_rule"),
    }
    ids = {
        name: live.subscribe(owner=name, filter=wanted) for name, (wanted, _) in expected.items()
    }
    live.receive(live.status("2026-04", "yellow"), live.status("2026-05", "yellow"))
    found = {name: live.explain(subscription)[-1][2] for name, subscription in ids.items()}
    assert found == {name: reason for name, (_, reason) in expected.items()}


def test_late_reports_fire_by_the_calendar_grow_and_resolve(live: World) -> None:
    live.subscribe(filter=Filter(rule="report_late"))
    live.told("2026-04")
    live.look_at_calendar()
    assert send(live) == []
    live.clock.advance(timedelta(days=35))  # Monday 15 June, one working day after the deadline
    live.look_at_calendar()
    live.look_at_calendar()
    assert send(live) == ["firing"]
    live.clock.advance(timedelta(days=2))
    live.look_at_calendar()
    assert send(live) == ["updated"]
    live.told("2026-05", "grey", coverage=0.0, enterprises=Enterprises(20, 0))
    assert send(live) == []
    live.told("2026-05", "grey", coverage=0.5, enterprises=Enterprises(20, 10))
    assert send(live) == ["resolved"]


def test_a_next_period_that_is_late_too_is_the_same_alert_going_on(live: World) -> None:
    live.subscribe(filter=Filter(rule="report_late"))
    live.told("2026-04")
    live.clock.advance(timedelta(days=35))
    live.look_at_calendar()
    live.clock.advance(timedelta(days=30))
    live.look_at_calendar()
    alert = live.alert("report_late")
    assert (alert["episode"], alert["period"], alert["since"]) == (1, "2026-06", "2026-05")


def test_every_transition_is_published(live: World) -> None:
    live.receive(live.status("2026-04", "yellow"), live.status("2026-05", "yellow"))
    live.told("2026-06", "achieved")
    events = live.outbox("alerts.events.v1")
    assert [(e["sequence"], e["state_from"], e["state_to"]) for e in events] == [
        (1, None, "firing"),
        (2, "firing", "resolved"),
    ]
    assert events[0]["annotations"]["colour"] == "yellow"


def test_confidential_figures_show_on_or_off_track_only(live: World) -> None:
    outside = live.subscribe(owner="outside", filter=Filter(minimum_colour=Colour.RED))
    live.subscribe(owner="inside", role="internal")
    secret = {"confidential": True}
    live.receive(
        live.status("2026-04", "yellow", **secret), live.status("2026-05", "yellow", **secret)
    )
    live.told("2026-06", "orange", **secret)
    send(live)
    by_owner: dict[str, list[Any]] = {}
    for _, message in live.channel.sent:
        by_owner.setdefault(message.receiver, []).append(message)
    assert [m.annotations["kind"] for m in by_owner["inside"]] == ["firing", "updated"]
    assert "0.35" in by_owner["inside"][1].text
    (masked,) = by_owner["outside"]
    assert masked.annotations["colour"] == "off_track"
    for hidden in ("48.00", "20.00", "0.80", "58.0", "黄", "橙", "应报"):
        assert hidden not in masked.text + masked.subject + masked.html
    assert live.explain(outside)[-1] == ("updated", False, "no_change_in_masked_view")
    live.told("2026-06", "red", **secret)
    assert live.explain(outside)[-1] == ("corrected", False, "no_change_in_masked_view")
    shown = live.alert()
    assert (shown["colour"], shown["figures"]["ratio"], shown["suppressed"]) == (
        "off_track",
        None,
        True,
    )
    assert live.outbox("alerts.events.v1")[0]["annotations"]["colour"] == "off_track"


def test_masking_that_is_off_shows_all(make_world: Any) -> None:
    world = make_world(masking=False)
    world.told("2026-03")
    world.go_live()
    world.subscribe()
    for period in ("2026-04", "2026-05"):
        world.told(period, "yellow", confidential=True)
    send(world)
    assert "0.80" in world.channel.sent[0][1].text


def test_a_test_goes_the_whole_way(live: World) -> None:
    subscription = live.subscribe()
    with live.ledger() as ledger:
        assert live.manage.test(ledger, subscription) is not None
        assert live.manage.test(ledger, "unknown") is None
    assert send(live) == ["test"]
    assert "测试" in live.channel.sent[0][1].subject
