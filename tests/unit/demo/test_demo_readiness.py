"""Waiting for the alerts service."""

import asyncio

import httpx
import pytest

from demo.readiness import until_alerts_live


def waited(answers: list[str | None], *, stopped: bool = False) -> tuple[bool, int]:
    """Outcome and number of questions, with a service that gives these answers in turn."""
    asked = 0

    def handler(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        answer = answers[min(asked, len(answers) - 1)]
        asked += 1
        if answer is None:
            raise httpx.ConnectError("refused", request=request)
        return httpx.Response(200, text=answer)

    async def scenario() -> bool:
        stop = asyncio.Event()
        if stopped:
            stop.set()
        transport = httpx.MockTransport(handler)
        async with httpx.AsyncClient(transport=transport, base_url="http://alerts") as client:
            return await until_alerts_live(client, stop, lambda _: None, pause=0.01)

    return asyncio.run(scenario()), asked


@pytest.mark.parametrize("live", ["clusterwatch_alerts_live 1.0\n", "clusterwatch_alerts_live 1"])
def test_a_first_load_is_waited_for(live: str) -> None:
    assert waited(["# HELP x\nclusterwatch_alerts_live 0.0\n", live]) == (True, 2)


def test_without_an_alerts_service_the_feed_goes_on() -> None:
    outcome, asked = waited([None])
    assert not outcome
    assert asked > 1


def test_nothing_is_asked_after_a_stop() -> None:
    assert waited(["clusterwatch_alerts_live 0.0\n"], stopped=True) == (False, 0)
