"""What looks and evaluations ask of the store: little, and nothing where nothing is due."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, func, select

from services.alerts.adapters.tables import NoticeRow
from services.alerts.domain.alert import SeriesKey
from services.alerts.domain.subscription import Filter
from services.alerts.use_cases.prune_notices import PruneNotices
from shared.events.notices import Notice, NoticeKind
from shared.storage import reading
from shared.storage.tables import table_of
from shared.testing.statements import counting
from tests.unit.alerts.conftest import START, World

_notices = table_of(NoticeRow)


def firing(world: World, number: int) -> None:
    """So many alerts, of units that no plan knows; the first load has ended before."""
    units = [f"szah-simulated-{place}" for place in range(number)]
    world.receive(
        *(
            world.status(period, "red", unit=unit, confidential=False)
            for unit in units
            for period in ("2026-03", "2026-04")
        )
    )


def asked_by_a_look(world: World, **later: float) -> int:
    with counting(world.engine) as statements:
        world.keep_up(**later)
    return statements.number


def test_a_look_asks_for_alerts_that_something_is_due_of_and_no_others(live: World) -> None:
    live.subscribe(repeat_hours=6)
    firing(live, 20)
    live.keep_up(minutes=1)  # the first look finds out when each is due

    idle = asked_by_a_look(live, minutes=1)
    due = asked_by_a_look(live, hours=7)

    assert idle <= 6
    assert due > 20


def test_a_repeat_comes_as_soon_as_it_is_due(live: World) -> None:
    live.subscribe(repeat_hours=6)
    firing(live, 1)
    live.keep_up(minutes=1)
    live.keep_up(hours=5, minutes=58)
    assert live.reads.counts()[1] == {("webhook", "pending"): 1}

    live.keep_up(minutes=2)

    assert live.reads.counts()[1] == {("webhook", "pending"): 2}


def test_a_new_subscription_or_silence_makes_the_next_look_go_through_all(live: World) -> None:
    firing(live, 3)
    live.keep_up(minutes=1)
    idle = asked_by_a_look(live, minutes=1)

    live.subscribe(repeat_hours=6)
    after_subscription = asked_by_a_look(live, minutes=1)
    live.silence("unit=szah-simulated-1", hours=1)
    after_silence = asked_by_a_look(live, minutes=1)

    assert idle < after_subscription
    assert idle < after_silence


def test_many_subscriptions_take_no_further_statements(live: World) -> None:
    asked = []
    for period in ("2026-03", "2026-04"):
        for place in range(20):
            live.subscribe(owner=f"{period}-{place}", filter=Filter(unit="elsewhere"))
        with counting(live.engine) as statements:
            live.receive(*(live.status(period, "red", unit=f"u-{n}") for n in range(5)))
        asked.append(statements.number)

    fired = 5 * 12  # a transition has its decisions, its history and its event
    assert asked[1] <= asked[0] + fired


def test_statements_of_an_evaluation_grow_neither_with_alerts_nor_with_subscriptions(
    live: World,
) -> None:
    def asked(*months: str) -> int:
        statuses = [
            live.status(period, "red", unit=f"szah-simulated-{place}", confidential=False)
            for place in range(number)
            for period in months
        ]
        with counting(live.engine) as statements:
            live.receive(*statuses)
        return statements.number

    number = 5
    firing(live, number)
    few = asked("2026-03", "2026-04")
    number = 60
    firing(live, number)
    for place in range(50):
        live.subscribe(owner=f"{place}", filter=Filter(unit="elsewhere"))

    assert asked("2026-03", "2026-04") <= few + 1


def test_the_calendar_evaluates_again_only_when_a_day_has_begun_or_a_status_came(
    live: World,
) -> None:
    firing(live, 5)
    live.look_at_calendar()

    def asked() -> int:
        with counting(live.engine) as statements:
            live.look_at_calendar()
        return statements.number

    idle = asked()
    live.told("2026-05", "green", unit="szah-simulated-1")
    after_status = asked()
    live.clock.advance(timedelta(days=1))
    next_day = asked()

    assert idle <= 6
    assert after_status > idle
    assert next_day > idle


def notice(kind: NoticeKind, days_ago: int, subject: str = "t-1", **fields: Any) -> Notice:
    at = (START - timedelta(days=days_ago)).isoformat()
    of_report = {"topic": "stats.output.v1", "indicator": "gross_output", "period": "2023-05"}
    return Notice(f"{kind}-{subject}-{days_ago}", kind, "u", at, subject, **{**of_report, **fields})


def kept(engine: Engine) -> int:
    with reading(engine) as connection:
        return int(connection.execute(select(func.count()).select_from(_notices)).scalar_one())


def test_notices_that_nothing_reads_any_more_are_forgotten(world: World) -> None:
    old, recent = 3 * 365, 30
    settled = [notice(NoticeKind.REPORT_HELD, old), notice(NoticeKind.REPORT_RELEASED, old - 1)]
    held = [notice(NoticeKind.REPORT_HELD, old, "t-2")]
    replayed = [
        notice(NoticeKind.REPORT_HELD, recent, "t-3"),
        notice(NoticeKind.REPORT_CONFIRMED, recent - 1, "t-3"),
    ]
    feed = [
        notice(NoticeKind.FEED_REPORTED, old + 30, "", source="bureau", period="2023-03"),
        notice(NoticeKind.FEED_REPORTED, old, "", source="bureau", period="2023-04"),
    ]
    with world.ledger() as ledger:
        ledger.put_notices([*settled, *held, *replayed, *feed])

    with world.ledger() as ledger:
        assert PruneNotices(world.clock)(ledger) == len(settled) + 1
        assert {one.notice_id for one in ledger.notices(["u"])} == {
            one.notice_id for one in (*held, *replayed, feed[-1])
        }
    with world.ledger() as ledger:
        assert PruneNotices(world.clock)(ledger) == 0


def test_series_that_wait_are_taken_in_pieces(live: World) -> None:
    keys = [SeriesKey("suzhou-2027", f"u-{place}", "gross_output") for place in range(3)]
    with live.ledger() as ledger:
        ledger.put_waiting(keys)
        assert ledger.take_waiting(2) == tuple(keys[:2])
        assert ledger.take_waiting(2) == tuple(keys[2:])
        assert ledger.take_waiting(2) == ()
