"""What ended long ago goes from the ledger in steps; what stands, or may be asked for, stays."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, func, select

from services.alerts.adapters.history_store import prune_history
from services.alerts.adapters.tables import (
    AlertRow,
    DecisionRow,
    DeliveryRow,
    SilenceRow,
    SubscriptionRow,
    TransitionRow,
)
from services.alerts.domain.external import Posted
from services.alerts.use_cases.external import ReceiveExternal
from shared.storage import reading, writing
from shared.storage.tables import table_of

World = Any
_TABLES = {
    model.__tablename__: table_of(model)
    for model in (AlertRow, TransitionRow, DecisionRow, DeliveryRow, SilenceRow, SubscriptionRow)
}


def rows(world: World) -> dict[str, int]:
    def number(table: Table) -> int:
        with reading(world.engine) as connection:
            return connection.execute(select(func.count()).select_from(table)).scalar_one()

    return {str(name): number(table) for name, table in _TABLES.items()}


def prune(world: World, until: datetime, most: int = 2) -> list[int]:
    """Steps until nothing is left; how many rows each took."""
    taken = [1]
    while taken[-1]:
        with writing(world.engine) as connection:
            taken.append(prune_history(connection, until, most))
    return taken[1:-1]


def post(world: World, name: str) -> None:
    now = world.clock.now()
    posted = Posted({"alertname": name}, now, now + timedelta(minutes=5))
    with world.ledger() as ledger:
        ReceiveExternal(world.tell, world.clock)(ledger, [posted])


def behind_and_back(world: World, months: tuple[str, str, str]) -> None:
    first, second, third = months
    world.told(first, "yellow")
    world.told(second, "yellow")
    world.told(third, "green", ratio=1.01)


def test_what_ended_goes_and_the_last_step_of_our_alert_stays(live: World) -> None:
    live.subscribe()
    behind_and_back(live, ("2026-04", "2026-05", "2026-06"))
    asyncio.run(live.send())
    live.clock.advance(timedelta(days=900))
    before = rows(live)
    assert before["alert_transition"] == 3

    prune(live, live.clock.now() - timedelta(days=800))

    after = rows(live)
    assert (after["alert"], after["alert_transition"]) == (before["alert"], 1)
    assert live.alert()["state"] == "resolved"
    with live.ledger() as ledger:
        assert ledger.next_sequence(live.alert()["fingerprint"]) == 4


def test_foreign_alerts_go_whole_in_bounded_steps(live: World) -> None:
    live.subscribe()
    for number in range(5):
        post(live, f"Down{number}")
    live.keep_up(minutes=10)
    asyncio.run(live.send())
    live.clock.advance(timedelta(days=900))
    post(live, "New")

    taken = prune(live, live.clock.now() - timedelta(days=800), most=2)

    assert len(taken) >= 3
    assert max(taken) <= 2 * 6
    after = rows(live)
    assert (after["alert"], after["alert_transition"]) == (1, 1)
    assert live.alert("New")["state"] == "firing"


def test_what_stands_and_what_waits_to_be_sent_stays(live: World) -> None:
    subscription = live.subscribe()
    live.receive(live.status("2026-04", "yellow"), live.status("2026-05", "yellow"))
    post(live, "Down")
    live.keep_up(minutes=10)
    live.clock.advance(timedelta(days=900))
    before = rows(live)
    assert before["delivery"] == 3

    prune(live, live.clock.now())

    after = rows(live)
    assert (after["delivery"], after["alert_transition"]) == (3, before["alert_transition"])
    assert live.explain(subscription)[-1] == ("firing", True, "matched")


def test_earlier_episodes_of_what_stands_again_go(live: World) -> None:
    live.subscribe()
    behind_and_back(live, ("2026-04", "2026-05", "2026-06"))
    live.told("2026-07", "yellow")
    live.told("2026-08", "yellow")
    asyncio.run(live.send())
    live.clock.advance(timedelta(days=900))
    episode = live.alert()["episode"]

    assert prune(live, live.clock.now() - timedelta(days=950)) == [], "it ended later"
    prune(live, live.clock.now() - timedelta(days=1))

    c = table_of(TransitionRow).c
    with reading(live.engine) as connection:
        left = set(connection.execute(select(c.episode)).scalars())
    assert (episode, left) == (2, {2})


def test_a_deleted_subscription_stays_while_a_delivery_to_it_is_left(live: World) -> None:
    subscription = live.subscribe()
    behind_and_back(live, ("2026-04", "2026-05", "2026-06"))
    asyncio.run(live.send())
    with live.ledger() as ledger:
        live.manage.end(ledger, subscription, "test")
    live.clock.advance(timedelta(days=900))

    prune(live, live.clock.now() - timedelta(days=800))

    assert (rows(live)["delivery"], rows(live)["subscription"]) == (1, 1)
    assert live.explain(subscription)[-1] == ("resolved", True, "follows_firing")


def test_ended_silences_and_deleted_subscriptions_go(live: World) -> None:
    gone, kept = live.subscribe(), live.subscribe(owner="x", target="http://robot/2")
    live.silence('unit="x"', hours=1)
    with live.ledger() as ledger:
        live.manage.end(ledger, gone, "test")
    live.clock.advance(timedelta(days=900))
    live.silence('unit="y"', hours=1)

    prune(live, live.clock.now() - timedelta(days=800))

    assert (rows(live)["silence"], rows(live)["subscription"]) == (1, 1)
    with reading(live.engine) as connection:
        assert connection.execute(select(table_of(SubscriptionRow).c.id)).scalar_one() == kept
