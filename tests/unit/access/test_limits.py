"""Floods, large and slow bodies, and the headers of all answers."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from hypothesis import given
from hypothesis import strategies as st

from shared.access.gate import Gate, Readers
from shared.access.limits import Buckets, Limits, address_of
from shared.access.readers import Reader, Role
from shared.http import add_problem_handlers

GOOD = {"authorization": "Bearer cwt_good"}
READER = Reader("张三", Role.ADMINISTRATOR)


class Clock:
    """Seconds that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def make_app(
    clock: Clock, *, requests: int = 0, failures: int = 0, seconds: float = 5, on: bool = True
) -> FastAPI:
    app = FastAPI(openapi_url=None)
    add_problem_handlers(app)

    @app.get("/api/v1/alerts")
    async def read() -> str:
        return "ok"

    @app.post("/api/v1/silences")
    async def write(request: Request) -> int:
        return len(await request.body())

    @app.post("/api/v1/subscriptions")
    async def write_json(body: dict[str, Any]) -> int:
        return len(body)

    readers = Readers(lambda text: READER if text == "cwt_good" else None, clock)
    limits = Limits(Buckets(requests, clock), Buckets(failures, clock), 1000, seconds)
    app.add_middleware(
        Gate, routes=app, service="alerts", readers=readers if on else None, limits=limits
    )
    return app


async def ask(
    app: FastAPI, *calls: tuple[str, str, Mapping[str, str]], client: str = "10.0.0.1", **more: Any
) -> list[httpx.Response]:
    transport = httpx.ASGITransport(app, client=(client, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        return [
            await http.request(method, path, headers=headers, **more)
            for method, path, headers in calls
        ]


def statuses(*arguments: Any, **more: Any) -> list[int]:
    return [answer.status_code for answer in asyncio.run(ask(*arguments, **more))]


READ = ("GET", "/api/v1/alerts", GOOD)
GUESS = ("GET", "/api/v1/alerts", {"authorization": "Bearer cwt_guess"})


def test_more_requests_than_allowed_wait_and_say_how_long() -> None:
    clock = Clock()
    app = make_app(clock, requests=60)
    # The first look at a token is the address's, the others are the token's own: 1 + 10.
    answers = asyncio.run(ask(app, *[READ] * 12))
    assert [answer.status_code for answer in answers] == [200] * 11 + [429]
    assert answers[-1].headers["Retry-After"] == "1"
    assert answers[-1].headers["content-type"] == "application/problem+json"
    clock.now += 1
    assert statuses(app, READ, READ) == [200, 429]


def test_one_who_floods_leaves_others_alone() -> None:
    app = make_app(Clock(), requests=60)
    nothing = ("GET", "/api/v1/alerts", dict[str, str]())
    assert 429 in statuses(app, *[nothing] * 12)
    assert statuses(app, READ, client="10.0.0.2") == [200]
    assert statuses(app, nothing, client="10.0.0.3") == [401]


def test_who_guesses_is_stopped_and_a_known_token_from_there_goes_on() -> None:
    clock = Clock()
    app = make_app(clock, failures=30)
    assert statuses(app, READ, *[GUESS] * 7) == [200, *[401] * 5, 429, 429]
    assert statuses(app, READ) == [200]
    assert statuses(app, GUESS, client="10.0.0.2") == [401]
    clock.now += 2
    assert statuses(app, GUESS, GUESS) == [401, 429]


def test_a_body_that_says_it_is_too_large_is_not_read() -> None:
    call = ("POST", "/api/v1/silences", GOOD)
    assert statuses(make_app(Clock()), call, content=b"x" * 1000) == [200]
    assert statuses(make_app(Clock()), call, content=b"x" * 1001) == [413]
    assert statuses(make_app(Clock(), on=False), call, content=b"x" * 1001) == [413]


@pytest.mark.parametrize("path", ["/api/v1/silences", "/api/v1/subscriptions"])
def test_a_body_in_pieces_ends_at_the_limit(path: str) -> None:
    given = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal given
        for _ in range(1000):
            given += 100
            yield b"x" * 100

    headers = {**GOOD, "content-type": "application/json"}
    (answer,) = asyncio.run(ask(make_app(Clock()), ("POST", path, headers), content=pieces()))
    assert answer.status_code == 413
    assert answer.json()["detail"] == "at most 1000 bytes: send it in parts"
    assert given <= 1200


def test_a_body_that_never_ends_is_given_up() -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    app = make_app(Clock(), seconds=0.05)
    call = ("POST", "/api/v1/subscriptions", {**GOOD, "content-type": "application/json"})
    (answer,) = asyncio.run(ask(app, call, content=slow()))
    assert answer.status_code == 408


def test_all_answers_have_the_headers_and_hsts_only_over_tls() -> None:
    app = make_app(Clock(), failures=1)

    async def both() -> list[httpx.Response]:
        found = await ask(app, READ, GUESS, ("GET", "/none", GOOD), *[GUESS] * 6)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="https://test"
        ) as http:
            return [*found, await http.get("/api/v1/alerts", headers=GOOD)]

    *plain, over_tls = asyncio.run(both())
    assert {answer.status_code for answer in plain} == {200, 401, 404, 429}
    for answer in (*plain, over_tls):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "frame-ancestors" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"
    assert not any("Strict-Transport-Security" in answer.headers for answer in plain)
    assert over_tls.headers["Strict-Transport-Security"] == "max-age=31536000"


@given(
    per_minute=st.integers(1, 600),
    pauses=st.lists(st.floats(0, 5, allow_nan=False), min_size=1, max_size=300),
)
def test_no_bucket_lets_more_through_than_its_burst_and_rate(
    per_minute: int, pauses: list[float]
) -> None:
    clock = Clock()
    buckets = Buckets(per_minute, clock)
    start, taken = clock.now, 0
    for pause in pauses:
        clock.now += pause
        seconds = buckets.take("k")
        taken += seconds == 0
        assert taken <= max(5, per_minute // 6) + (clock.now - start) * per_minute / 60 + 1
        if seconds:
            clock.now += seconds + 1e-6
            assert buckets.wait("k") == 0


def test_memory_of_buckets_is_bounded() -> None:
    buckets = Buckets(60, Clock())
    for number in range(12_000):
        buckets.take(str(number))
    assert len(buckets._full_at) == 10_000


def test_an_ipv6_home_is_one_address() -> None:
    def of(text: str) -> str:
        return address_of({"client": (text, 1)})

    assert of("2001:db8:1:2::1") == of("2001:db8:1:2:ffff::9") != of("2001:db8:1:3::1")
    assert of("10.0.0.1") != of("10.0.0.2")
