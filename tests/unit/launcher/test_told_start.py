"""Whose start fails for what is configured says nothing; any other fault keeps its traceback."""

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.applications import Starlette

from clusterwatch.failed_start import ToldStart
from clusterwatch.launcher.ports import free_ports
from shared.configuration import SettingsError


@pytest.fixture(autouse=True)
def server_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level(logging.WARNING, "uvicorn.error"):
        yield


def started(*, begin: Exception | None = None, end: Exception | None = None) -> ToldStart:
    """An application that was served, and told to end where it started."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        if begin is not None:
            raise begin
        server.should_exit = True
        yield
        if end is not None:
            raise end

    app = ToldStart(Starlette(lifespan=lifespan))
    (port,) = free_ports(1)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None))
    if begin is None:
        server.run()
    else:
        with pytest.raises(SystemExit):
            server.run()
    return app


def test_what_can_be_explained_is_kept_for_the_one_who_serves(
    caplog: pytest.LogCaptureFixture,
) -> None:
    error = SettingsError("CLUSTERWATCH_X: say y")

    assert started(begin=error).error is error
    assert not caplog.messages


def test_a_fault_of_the_program_is_shown_with_its_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert started(begin=ZeroDivisionError("a fault")).error is None
    assert "ZeroDivisionError: a fault" in caplog.text
    assert "Traceback" in caplog.text


@pytest.mark.parametrize("error", [SettingsError("too late"), ZeroDivisionError("a fault")])
def test_what_fails_at_the_end_is_shown_too(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    assert started(end=error).error is None
    assert "Traceback" in caplog.text
