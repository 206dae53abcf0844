"""Subscribes the simulated inbox to the alerts service."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx

OWNER = "模拟专班（演示）"
_ATTEMPTS, _PAUSE = 60, 5.0
"""The alerts service may come up minutes after the feed."""


def subscription(robot: str) -> dict[str, Any]:
    """Body of `POST /api/v1/subscriptions`: all of Suzhou's plan, blue and above, at once."""
    return {
        "owner": OWNER,
        "filter": {"plan": "suzhou-2027", "minimum_colour": "blue"},
        "channels": [{"type": "webhook", "target": robot}],
        "language": "zh",
        "role": "task_force",
        "cadence": "at_once",
    }


async def subscribe(
    client: httpx.AsyncClient, robot: str, tell: Callable[[str], None]
) -> str | None:
    """Create the subscription unless it is there; returns its id, or None when refused."""
    listed = await client.get("/api/v1/subscriptions")
    listed.raise_for_status()
    for item in listed.json()["items"]:
        targets = [channel.get("target") for channel in item.get("channels", [])]
        # The service shows scheme, host and port of a target and keeps the rest to itself.
        origin = robot.rsplit("/", 1)[0]
        if item.get("owner") == OWNER and any(str(shown).startswith(origin) for shown in targets):
            return str(item["id"])
    answer = await client.post("/api/v1/subscriptions", json=subscription(robot))
    if answer.is_server_error:
        answer.raise_for_status()
    if answer.is_client_error:
        tell(f"alerts refuses the subscription: {answer.status_code} {answer.text[:300]}")
        return None
    tell(f"subscribed {robot} to alerts of suzhou-2027")
    return str(answer.json()["id"])


async def keep_trying(client: httpx.AsyncClient, robot: str, tell: Callable[[str], None]) -> None:
    """Subscribe as soon as the alerts service answers; the client is closed afterwards."""
    async with client:
        for _ in range(_ATTEMPTS):
            try:
                await subscribe(client, robot, tell)
            except (httpx.HTTPError, KeyError, ValueError):
                await asyncio.sleep(_PAUSE)
            else:
                return
        tell(f"no alerts service at {client.base_url}: nothing will arrive in the simulated inbox")
