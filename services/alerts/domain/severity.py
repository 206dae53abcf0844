"""The four colours as severities: 蓝 < 黄 < 橙 < 红."""

from shared.events.status import Colour

_RANK = {
    Colour.GREY: 0,
    Colour.GREEN: 1,
    Colour.BLUE: 2,
    Colour.YELLOW: 3,
    Colour.ORANGE: 4,
    Colour.RED: 5,
}


def rank(colour: Colour) -> int:
    """Position of a colour; the greater is the more severe."""
    return _RANK[colour]


def is_off_track(colour: Colour) -> bool:
    """True for the four colours of alerts; grey and green are none."""
    return _RANK[colour] >= _RANK[Colour.BLUE]


def worse(colour: Colour, than: Colour) -> bool:
    """True when `colour` is more severe than the other."""
    return _RANK[colour] > _RANK[than]


def milder_of(one: Colour, other: Colour) -> Colour:
    """The less severe of two colours."""
    return one if _RANK[one] <= _RANK[other] else other
