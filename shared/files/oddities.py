"""What is allowed in a report line and still worth a look before it is sent."""

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from shared.files.mapping import FIGURES


class _Figures(msgspec.Struct):
    month: Decimal | None = None
    ytd: Decimal | None = None
    month_last_year: Decimal | None = None
    ytd_last_year: Decimal | None = None
    value: Decimal | None = None


_DECODER = msgspec.json.Decoder(_Figures)


def oddities(value: bytes) -> Iterator[str]:
    """Words for what is odd about an event's figures; none for an event without figures."""
    line = _DECODER.decode(value)
    reported = [number for name in FIGURES if (number := getattr(line, name)) is not None]
    if any(number < 0 for number in reported):
        yield "negative figure"
    if any(number == 0 for number in reported):
        yield "zero figure"
    if line.month is not None and line.ytd is not None and line.ytd < line.month:
        yield "year-to-date below the month"
    last = line.month_last_year, line.ytd_last_year
    if last[0] is not None and last[1] is not None and last[1] < last[0]:
        yield "last year's year-to-date below its month"
