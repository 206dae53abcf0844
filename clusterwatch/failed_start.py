"""Keeps the traceback of a start that failed for what is configured out of the log."""

import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clusterwatch.configuration import explain

_FAILED = "lifespan.startup.failed"


class ToldStart:
    """An application whose failed start says nothing where `explain` has words for the error."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.error: Exception | None = None
        """Why it did not start, if whoever configured it can mend that."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve; errors that nobody can explain go on with their traceback."""
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        failures: list[Message] = []

        async def hold(message: Message) -> None:
            if message["type"] == _FAILED:  # with the traceback in it
                failures.append(message)
            else:
                await send(message)

        try:
            await self._app(scope, receive, hold)
        except Exception as error:
            if failures and explain(error) is not None:
                self.error = error
                # Of the server itself, which would only add that the start failed.
                logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
            for failure in failures:
                await send(failure)
            raise
