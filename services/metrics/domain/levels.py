"""Levels as exact rational numbers, and growth between them without overflow.

A level is an integer in its base unit (yuan, persons, millionths of a ratio) or a decimal.
Comparisons and straight lines are exact; floats appear only where a root has to be drawn.
"""

import math
from decimal import Decimal
from fractions import Fraction

Number = int | float | Decimal | Fraction

LARGEST_RATIO = 1e9
"""Ratios are clipped here: far above anything that is shown, far below the end of floats."""

_LARGEST_EXPONENT = 700.0
"""exp() of anything above 709 is not a float."""


def exact(value: Number) -> Fraction:
    """The level as a rational number. `value` must be finite."""
    return Fraction(value)


def bounded(value: Fraction) -> float:
    """The nearest float within ±`LARGEST_RATIO`."""
    limit = Fraction(LARGEST_RATIO)
    return float(max(-limit, min(limit, value)))


def log_of(quotient: Fraction) -> float:
    """Natural logarithm of a positive rational of any size, accurate near one."""
    if Fraction(1, 2) < quotient < 2:  # noqa: PLR2004 - one octave around one
        return math.log1p(float(quotient - 1))
    return math.log(quotient.numerator) - math.log(quotient.denominator)


def growth_rate(start: Fraction, end: Fraction, years: Fraction) -> float:
    """Compound growth a year, ``(end/start)^(1/years) - 1``, for start > 0, end >= 0, years > 0."""
    if end == 0:
        return -1.0
    exponent = log_of(end / start) / float(years)
    return min(math.expm1(min(exponent, _LARGEST_EXPONENT)), LARGEST_RATIO)


def grown(start: Fraction, end: Fraction, share: Fraction) -> Fraction:
    """``start·(end/start)^share`` for positive levels; exact at both ends (share 0 and 1)."""
    if share in {0, 1} or start == end:
        return end if share == 1 else start
    exponent = log_of(end / start) * float(share)
    exponent = max(-_LARGEST_EXPONENT, min(_LARGEST_EXPONENT, exponent))
    return start * Fraction(math.exp(exponent))


def rounded(value: Fraction) -> int:
    """Whole base units, halves upwards."""
    return math.floor(value + Fraction(1, 2))
