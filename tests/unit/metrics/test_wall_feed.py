"""Server-sent events and the ticker, without a browser."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.metrics.adapters.alert_source import HttpAlertSource
from services.metrics.api.wall_feed import BEAT, ChangeMarks, events
from services.metrics.ports import AlertsNotRead
from services.metrics.testing import NOW, Service
from services.metrics.use_cases.ticker import KEEP, ReadTicker, Ticker, ticker_items
from shared.access.gate import reader_of
from shared.access.readers import Reader, Role, Scope
from shared.testing.clock import FixedClock
from shared.testing.facts import fact
from shared.testing.http import AppClient

BEARINGS = "szah-lb-bearings"


class Walk:
    """Takes events one by one; each pause of the stream is a second of the clock."""

    def __init__(self, marks: Sequence[str]) -> None:
        self.clock = FixedClock(NOW)
        self.marks = list(marks)
        self.looks = 0

    def look(self) -> str:
        self.looks += 1
        return self.marks.pop(0) if len(self.marks) > 1 else self.marks[0]

    async def stream(self) -> AsyncIterator[Any]:
        marks = ChangeMarks(self.look, self.clock)
        async for event in events(marks, self.clock, pause=timedelta(0)):
            yield event

    def take(self, count: int) -> list[tuple[str, str]]:
        """Kind and mark of the first events."""

        async def tick() -> None:
            while True:
                await asyncio.sleep(0.001)
                self.clock.advance(timedelta(seconds=1))

        async def run() -> list[tuple[str, str]]:
            ticking = asyncio.create_task(tick())
            found: list[tuple[str, str]] = []
            stream = self.stream()
            async for event in stream:
                found.append((str(event.event), json.loads(event.data)["mark"]))
                if len(found) == count:
                    break
            ticking.cancel()
            return found

        return asyncio.run(run())


def test_a_page_that_connects_is_told_to_read_at_once() -> None:
    assert Walk(["a"]).take(1) == [("change", "a")]


def test_a_new_mark_is_a_change_and_silence_a_beat() -> None:
    found = Walk(["a", "a", "b", "b"]).take(4)

    assert found[:2] == [("change", "a"), ("change", "b")]
    assert found[2:] == [("beat", "b"), ("beat", "b")]


def test_many_walls_cost_one_look_at_the_store_a_second() -> None:
    walk = Walk(["a"])
    marks = ChangeMarks(walk.look, walk.clock)

    async def ask() -> None:
        await asyncio.gather(*(marks.current() for _ in range(50)))

    asyncio.run(ask())
    assert walk.looks == 1


def test_a_beat_says_the_servers_time_so_that_ages_do_not_depend_on_the_walls_clock() -> None:
    clock = FixedClock(NOW)

    async def first() -> Any:
        stream = events(ChangeMarks(lambda: "a", clock), clock)
        return await anext(stream)

    event = asyncio.run(first())
    assert json.loads(event.data)["now"] == NOW.isoformat()
    assert event.retry == 2000
    assert timedelta(seconds=15) > BEAT


def test_a_new_status_makes_a_new_mark(service: Service) -> None:
    def mark() -> str:
        answer = service.api().get("/api/v1/clusters")
        return answer.headers["etag"]

    before = mark()
    service.feed([fact(BEARINGS, firm, "2026-10", ytd=1) for firm in "abc"])
    assert mark() != before


def alert(unit: str, colour: str, starts_at: str = "2026-11-01T00:00:00+00:00", **more: Any) -> Any:
    labels = {"unit": unit, "region": "suzhou-ah-lingbi", "alertname": "trajectory"}
    return {
        "labels": labels, "name": unit, "state": "firing", "colour": colour, "period": "2026-10",
        "starts_at": starts_at, "reason": "consecutive_periods", "acknowledgement": None,
        "suppressed": False, **more,
    }  # fmt: skip


def test_the_worst_alert_comes_first_and_of_equals_the_newest() -> None:
    items = ticker_items(
        [
            alert("blue-one", "blue"),
            alert("old-red", "red", "2026-10-01T00:00:00+00:00"),
            alert("new-red", "red", "2026-11-02T00:00:00+00:00"),
            alert("yellow-one", "yellow"),
            alert("over", "red", state="resolved"),
        ]
    )

    assert [item.cluster for item in items] == ["new-red", "old-red", "yellow-one", "blue-one"]


def test_of_a_confidential_unit_the_ticker_says_only_that_it_is_off_track() -> None:
    (item,) = ticker_items([alert("paper", "off_track", suppressed=True)])

    assert (item.colour, item.rule, item.reason) == ("yellow", None, None)
    assert item.suppressed


def test_an_alert_that_does_not_say_whether_it_is_confidential_is_taken_to_be() -> None:
    posted = alert("paper", "red")
    del posted["suppressed"]

    assert ticker_items([posted])[0].suppressed


class Source:
    """`AlertSource` with what it is told to say."""

    def __init__(self, *alerts: Any) -> None:
        self.alerts = list(alerts)
        self.asked = 0
        self.gone = False

    async def firing(self, plan: str) -> list[Any]:
        assert plan == "suzhou-2027"
        self.asked += 1
        if self.gone:
            raise AlertsNotRead("gone")
        return self.alerts


def read(ticker: ReadTicker) -> Ticker:
    return asyncio.run(ticker.of("suzhou-2027"))


def test_alerts_are_asked_for_once_in_a_while_however_many_walls_watch() -> None:
    source, clock = Source(alert("a", "red")), FixedClock(NOW)
    ticker = ReadTicker(source, clock)

    assert [read(ticker).state for _ in range(3)] == ["ok"] * 3
    assert source.asked == 1
    clock.advance(KEEP)
    read(ticker)
    assert source.asked == 2


def test_when_alerts_do_not_answer_the_last_ones_stay_with_a_word_about_it() -> None:
    source, clock = Source(alert("a", "red")), FixedClock(NOW)
    ticker = ReadTicker(source, clock)
    known = read(ticker)
    source.gone = True
    clock.advance(KEEP)

    late = read(ticker)
    assert (late.state, late.items, late.as_of) == ("unreachable", known.items, known.as_of)
    source.gone = False
    clock.advance(KEEP)
    assert read(ticker).state == "ok"


def test_without_an_alerts_service_the_ticker_is_off(service: Service) -> None:
    body = service.api().get("/api/v1/wall/ticker").json()

    assert body == {"state": "off", "as_of": None, "items": []}


def firing(handler: Any) -> Any:
    source = HttpAlertSource("http://alerts:8103/", "cw_token", httpx.MockTransport(handler))
    return asyncio.run(source.firing("suzhou-2027"))


def test_only_firing_alerts_of_the_plan_are_asked_for() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"items": [{"state": "firing"}], "next": None})

    assert firing(answer) == [{"state": "firing"}]
    assert asked[0].url.path == "/api/v1/alerts"
    assert asked[0].headers["authorization"] == "Bearer cw_token"
    params = dict(asked[0].url.params)
    assert params == {"plan": "suzhou-2027", "state": "firing", "limit": "500"}


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(503),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=["alerts"]),
        httpx.Response(200, json={"detail": "no"}),
    ],
)
def test_an_answer_that_is_no_list_of_alerts_is_not_taken_for_none(answer: httpx.Response) -> None:
    with pytest.raises(AlertsNotRead):
        firing(lambda _request: answer)


def test_a_reader_sees_the_alerts_of_its_own_scope_only(service: Service) -> None:
    app = service.app(alerts=Source(alert(BEARINGS, "red"), alert("szah-suma-paper", "red")))
    scope = Scope(units=frozenset({BEARINGS}))
    app.dependency_overrides[reader_of] = lambda: Reader("专班", Role.TASK_FORCE, scope)

    items = AppClient(app).get("/api/v1/wall/ticker").json()["items"]
    assert [item["cluster"] for item in items] == [BEARINGS]
