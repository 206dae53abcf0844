"""Run the service metrics: judges clusters against their plans, serves the wall."""

from clusterwatch.services import serve


def command() -> None:
    """Serve until Ctrl-C or SIGTERM; settings are environment variables CLUSTERWATCH_…."""
    serve("metrics")
