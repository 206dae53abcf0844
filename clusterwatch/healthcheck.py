"""Exit code 0 while the service of this container is ready: the health check of the image.

Each container runs one service, and which one only its command says: the first of the three ports
that somebody listens on is taken. Standard library only, because it runs every few seconds.
"""

import os
import sys
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path

from shared.own_https import trust

_DEFAULTS = {"INGEST": 8101, "METRICS": 8102, "ALERTS": 8103}
_TIMEOUT_SECONDS = 4.0


def ports() -> list[int]:
    """The services' HTTP ports, as settings name them."""
    return [int(os.environ.get(f"CLUSTERWATCH_{n}_PORT", p)) for n, p in _DEFAULTS.items()]


def verdict(port: int) -> tuple[bool, str] | None:
    """Whether the service on `port` is ready, and what it said; None when nobody listens."""
    try:
        connection = _connection(port)
    except OSError as error:
        return False, f"CLUSTERWATCH_HTTP_CERTIFICATE_FILE cannot be read: {error}"
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        return answer.status == 200, answer.read().decode(errors="replace")  # noqa: PLR2004
    except ConnectionRefusedError:
        return None
    except (OSError, HTTPException) as error:
        return False, repr(error)
    finally:
        connection.close()


def _connection(port: int) -> HTTPConnection:
    """Over TLS where the service has a certificate. Raises OSError when it cannot be read."""
    named = os.environ.get("CLUSTERWATCH_HTTP_CERTIFICATE_FILE")
    trusting = trust(Path(named) if named else None)
    if trusting is None:
        return HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_SECONDS)
    return HTTPSConnection("127.0.0.1", port, timeout=_TIMEOUT_SECONDS, context=trusting)


def main() -> int:
    """Print what is wrong, if anything."""
    for port in ports():
        found = verdict(port)
        if found is not None:
            is_ready, said = found
            sys.stdout.write(f"{port}: {said}\n")
            return 0 if is_ready else 1
    sys.stdout.write("nobody listens\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
