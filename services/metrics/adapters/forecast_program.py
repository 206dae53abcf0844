"""The worker process: requests as lines of JSON in, results out, until its input ends.

Its input ends with the service, however that ends; so it never outlives it.
"""

import os
import sys

import msgspec

from services.metrics.domain.forecast import ForecastRequest, forecast

_NICENESS = 10
"""Reading and judging come first."""


def main() -> None:
    """Answer every line."""
    os.nice(_NICENESS)
    decoder = msgspec.json.Decoder(ForecastRequest)
    for line in sys.stdin.buffer:
        result = forecast(decoder.decode(line))
        sys.stdout.buffer.write(msgspec.json.encode(result) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
