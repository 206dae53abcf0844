"""Run the service alerts: tells task forces, writes bulletins."""

from clusterwatch.services import serve


def command() -> None:
    """Serve until Ctrl-C or SIGTERM; settings are environment variables CLUSTERWATCH_…."""
    serve("alerts")
