"""What the launcher knows of the three services: their settings, ports and applications."""

import gc
import importlib
import inspect
import logging
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

from clusterwatch.http_server import require_free, server_options
from shared.settings import CommonSettings

SERVICES = ("ingest", "metrics", "alerts")  # in the order in which they are started

_NEW_OBJECTS = 50_000
"""After which Python looks for reference cycles. By default it does after 700, and once in a while
looks at all that is kept: a seventh of the time of metrics, whose objects hardly ever form any."""

HTTP_GRACE_SECONDS = 15
"""For requests under way when a service is told to end; event streams never end by themselves."""


def settings_class(service: str) -> type[CommonSettings]:
    """The settings class that `services.<service>.settings` defines; raises ImportError."""
    module = importlib.import_module(f"services.{service}.settings")
    for _, member in inspect.getmembers(module, inspect.isclass):
        if issubclass(member, CommonSettings) and member.__module__ == module.__name__:
            return member
    raise ImportError(f"services.{service}.settings defines no subclass of CommonSettings")


def port_of(service: str, settings: CommonSettings) -> int:
    """The HTTP port of a service."""
    return int(getattr(settings, f"{service}_port"))


def _end(_signal: int, _frame: FrameType | None) -> NoReturn:
    """Leave at once: threads that ask a Kafka which is away would hold the process for long."""
    logging.shutdown()
    sys.stdout.flush()
    os._exit(0)


def serve(service: str) -> None:
    """Run one service's HTTP application in this process until a signal ends it.

    SIGTERM lets the batch under way finish, and ends the process with code 0. Raises what
    `explain` has words for; any other error ends the process after its traceback.
    """
    # After its clean end uvicorn raises the signal again: to those who sent it this is code 0.
    signal.signal(signal.SIGTERM, _end)
    # The other commands need not wait for these.
    import uvicorn  # noqa: PLC0415

    from clusterwatch.failed_start import ToldStart  # noqa: PLC0415

    settings = settings_class(service)()
    port = port_of(service, settings)
    require_free(settings.host, port, f"CLUSTERWATCH_{service.upper()}_PORT")
    app = ToldStart(importlib.import_module(f"services.{service}.main").create_app(settings))
    gc.freeze()  # what is there now stays until the end
    gc.set_threshold(_NEW_OBJECTS)
    try:
        uvicorn.run(
            app,
            host=settings.host,
            port=port,
            **server_options(settings),
            log_config=None,  # the service writes structured logs
            access_log=False,
            timeout_graceful_shutdown=HTTP_GRACE_SECONDS,
        )
    except SystemExit:
        if app.error is None:
            raise
        raise app.error from None
