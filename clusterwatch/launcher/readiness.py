"""Waits until something that was started answers."""

import contextlib
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable

from kafka.errors import KafkaError

from clusterwatch.launcher.children import Child
from clusterwatch.launcher.errors import LaunchError
from shared.messaging.cluster import KafkaCluster, cluster_of
from shared.messaging.refusals import KafkaRefusedError
from shared.messaging.topics import open_admin

_PAUSE = 0.15  # seconds between two questions
_PATIENCE_MS = 3000


def wait_for_kafka(child: Child, bootstrap: str, patience: float) -> None:
    """Return when the broker answers a metadata request naming a controller.

    Raises LaunchError, with the end of the log, when the child ends or `patience` seconds pass.
    """
    _wait(child, lambda: kafka_answers(bootstrap), patience, f"Kafka at {bootstrap}")


def wait_for_http(
    child: Child, url: str, patience: float, trusting: ssl.SSLContext | None = None
) -> None:
    """Return when GET `url` answers with status 200; raises LaunchError."""
    _wait(child, lambda: http_answers(url, trusting), patience, url)


def kafka_answers(kafka: KafkaCluster | str) -> bool:
    """Whether the first address is a broker that knows its cluster and controller now.

    Raises `KafkaRefusedError` where it does not let us in.
    """
    cluster = cluster_of(kafka)
    host, _, port = cluster.addresses[0].rpartition(":")
    # A refused connection is found at once; the client would retry with growing pauses.
    try:
        with socket.create_connection((host, int(port)), timeout=2):
            pass
    except OSError:
        return False
    try:
        with contextlib.closing(open_admin(cluster, _PATIENCE_MS)) as admin:
            return bool(admin.describe_cluster().get("controller_id", -1) >= 0)
    except KafkaRefusedError:
        raise
    except (KafkaError, OSError):
        return False


def http_answers(url: str, trusting: ssl.SSLContext | None = None) -> bool:
    """Whether GET `url` is answered with status 200 now, by a server that is trusted."""
    try:
        with urllib.request.urlopen(url, timeout=3, context=trusting) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)  # noqa: PLR2004 - HTTP "OK"
    except (urllib.error.URLError, OSError):
        return False


def _wait(child: Child, ready: Callable[[], bool], patience: float, what: str) -> None:
    deadline = time.monotonic() + patience
    while not ready():
        if not child.running:
            raise LaunchError(
                f"{child.name} ended with code {child.exit_code} before it was ready; "
                f"its log {child.log} ends with:\n{child.last_words()}"
            )
        if time.monotonic() > deadline:
            raise LaunchError(
                f"{what} did not answer within {patience:.0f} seconds; "
                f"the log {child.log} ends with:\n{child.last_words()}"
            )
        time.sleep(_PAUSE)
