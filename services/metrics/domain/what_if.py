"""Where a level lands in the target year if it grows by so much a year from now on."""

import math
from dataclasses import dataclass
from fractions import Fraction

from services.metrics.domain.levels import exact, rounded


@dataclass(frozen=True, slots=True)
class Landing:
    """A level in a year, in whole base units."""

    year: int
    value: int


def landing(value: int, at: Fraction, growth: float, year: int) -> Landing | None:
    """``value·(1+growth)^(year-at)``; None for a level that is negative, or a year that is over.

    `at` is the moment of the level in years (see `paths.moment`), `growth` a ratio above -1.
    """
    years = year - at
    if value < 0 or years < 0:
        return None
    factor = math.exp(math.log1p(growth) * float(years))
    return Landing(year, rounded(exact(value) * Fraction(factor)))
