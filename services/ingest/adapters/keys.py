"""Line keys: subject, indicator and period packed into one integer, exactly.

Bits 0–15 hold the period (year · 12 + month), bits 16–27 the indicator, the rest the subject. One
integer column is what SQLite and PostgreSQL look up and update fastest.
"""

from shared.events.period import Month

_PERIOD_BITS = 16
_INDICATOR_BITS = 12


def pack(subject_id: int, indicator_id: int, period: Month) -> int:
    """Key of a line. Raises `ValueError` when an id is too large for its place."""
    if indicator_id >> _INDICATOR_BITS:
        raise ValueError(f"indicator number {indicator_id} does not fit into a line key")
    month = period.year * 12 + period.month - 1
    return (subject_id << _INDICATOR_BITS | indicator_id) << _PERIOD_BITS | month


KEYS_OF_A_SUBJECT = 1 << _INDICATOR_BITS + _PERIOD_BITS
"""How many keys lines of one subject can have; they follow one another."""


def first_key(subject_id: int) -> int:
    """The smallest key that a line of a subject can have."""
    return subject_id * KEYS_OF_A_SUBJECT


def subject_of(key: int) -> int:
    """Subject id of a key."""
    return key >> _INDICATOR_BITS + _PERIOD_BITS


def unpack(key: int) -> tuple[int, int, Month]:
    """Subject id, indicator id and period of a key."""
    year, month = divmod(key & (1 << _PERIOD_BITS) - 1, 12)
    rest = key >> _PERIOD_BITS
    indicator_id = rest & (1 << _INDICATOR_BITS) - 1
    return rest >> _INDICATOR_BITS, indicator_id, Month(year, month + 1)
