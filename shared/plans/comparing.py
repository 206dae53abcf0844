"""Whether a figure meets a target, by the target's own comparator."""

from decimal import Decimal
from fractions import Fraction

Comparable = int | float | Decimal | Fraction


def meets(value: Comparable, comparator: str, target: Comparable, direction: int = 1) -> bool:
    """Compare exactly: 100 does not meet ``> 100``. An unknown comparator follows the direction."""
    level, wanted = Fraction(value), Fraction(target)
    match comparator:
        case ">":
            return level > wanted
        case ">=":
            return level >= wanted
        case "<":
            return level < wanted
        case "<=":
            return level <= wanted
        case _:
            return direction * level >= direction * wanted
