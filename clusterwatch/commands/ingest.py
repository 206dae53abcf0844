"""Run the service ingest: takes reports in and emits facts."""

from clusterwatch.services import serve


def command() -> None:
    """Serve until Ctrl-C or SIGTERM; settings are environment variables CLUSTERWATCH_…."""
    serve("ingest")
