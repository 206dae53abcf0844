"""Exit code 0 while the service of this container is ready: the health check of the image.

Each container runs one service, and which one only its command says: the first of the three ports
that somebody listens on is taken. Standard library only, because it runs every few seconds.
"""

import os
import sys
from http.client import HTTPConnection, HTTPException

_DEFAULTS = {"INGEST": 8101, "METRICS": 8102, "ALERTS": 8103}
_TIMEOUT_SECONDS = 4.0


def ports() -> list[int]:
    """The services' HTTP ports, as settings name them."""
    return [int(os.environ.get(f"CLUSTERWATCH_{n}_PORT", p)) for n, p in _DEFAULTS.items()]


def verdict(port: int) -> tuple[bool, str] | None:
    """Whether the service on `port` is ready, and what it said; None when nobody listens."""
    connection = HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_SECONDS)
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
