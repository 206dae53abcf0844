"""Asks an application for answers without a socket, and without starting its lifespan."""

import asyncio
from collections.abc import Mapping

import httpx
from fastapi import FastAPI


class AppClient:
    """Synchronous client of an ASGI application."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app

    def get(
        self,
        path: str,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """GET a path."""
        return self.request("GET", path, params=params, headers=headers)

    def request(self, method: str, path: str, **options: object) -> httpx.Response:
        """Any request; options are those of `httpx.AsyncClient.request`."""

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.request(method, path, **options)  # type: ignore[arg-type]

        return asyncio.run(ask())
