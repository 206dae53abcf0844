"""One service whose clock can be moved: ``python -m chaos.service ingest``.

The services ask `shared.clock` for the time. Here its clock adds the seconds that a file holds,
so that a fault can turn the clock of a running process. Nothing else differs from the product.
"""

import os
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from clusterwatch.services import serve
from shared.clock import SystemClock

OFFSET_FILE = "CHAOS_CLOCK_OFFSET_FILE"
_LOOK_SECONDS = 0.2


class MovedClock:
    """The machine's clock, and the seconds in a file beside it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._looked = -1.0
        self._offset = timedelta()

    def now(self) -> datetime:
        """Moved time, aware, in UTC."""
        looked = time.monotonic()
        if looked - self._looked > _LOOK_SECONDS:
            self._looked = looked
            self._offset = timedelta(seconds=float(self._file.read_text(encoding="ascii") or 0))
        return datetime.now(UTC) + self._offset


def main() -> None:
    """Serve until a signal ends it."""
    moved = MovedClock(Path(os.environ[OFFSET_FILE]))
    setattr(SystemClock, "now", lambda _clock: moved.now())  # noqa: B010 - put in its place
    serve(sys.argv[1])


if __name__ == "__main__":
    main()
