"""What kind of cell each field of an event is read from."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Final, get_type_hints

from shared.events.inputs import INDICATOR_TOPIC, INPUT_TOPICS
from shared.events.provinces import FOREIGN, PROVINCES
from shared.files import cells
from shared.files.tables import Cell

_REGION_DIGITS = 6
_SECTION_LETTER = re.compile(r"[A-T](?=\d{2,4}$)")


def _text(cell: Cell, _field: str) -> str | None:
    """Words as they are written: full-width brackets belong to a name."""
    text = cell.strip() if isinstance(cell, str) else cells.plain(cell)
    return text or None


def _code(cell: Cell, field: str) -> str | None:
    text = re.sub(r"\s", "", cells.plain(cell)).upper()
    if field == "industry":
        text = _SECTION_LETTER.sub("", text)
    if field == "region" and len(text) == 2 * _REGION_DIGITS and text.isdigit():
        text = text[:_REGION_DIGITS]  # statistical codes of 12 digits begin with the county
    return text or None


def _amount(cell: Cell, field: str) -> str | None:
    value = cells.number(cell, field)
    return None if value is None else format(value, "f")


def _word(cell: Cell, _field: str) -> str | None:
    return cells.plain(cell) or None


_PROVINCE_KINDS = re.compile(r"(?:省|市|(?:壮族|回族|维吾尔)?自治区|特别行政区)$")
_ABROAD = frozenset({"境外", "国外", "海外", "外资"})
_BY_NAME_OF_PROVINCE = {name: code for code, name in PROVINCES.items()}


def _origin(cell: Cell, _field: str) -> str | None:
    """A province's code from its name or code, `foreign` from the words for abroad."""
    text = cells.plain(cell)
    if text in _ABROAD:
        return FOREIGN
    return _BY_NAME_OF_PROVINCE.get(_PROVINCE_KINDS.sub("", text), text) or None


Kind = Callable[[Cell, str], object]

_BY_NAME: Final[dict[str, Kind]] = {
    "period": cells.month,
    "effective": cells.month,
    "reported_at": cells.moment,
    **dict.fromkeys(("uscc", "region", "industry"), _code),
    **dict.fromkeys(("name", "capacity_text"), _text),
    **dict.fromkeys(("origin", "investor_origin"), _origin),
}
_BY_TYPE: Final[tuple[tuple[type, Kind], ...]] = (
    (Decimal, _amount),
    (bool, cells.truth),
    (int, cells.whole),
    (date, cells.day),
)


def _kind(topic: str, name: str, hint: object) -> Kind:
    if (topic, name) == (INDICATOR_TOPIC, "period"):
        return cells.period
    if name in _BY_NAME:
        return _BY_NAME[name]
    parts = (hint, *getattr(hint, "__args__", ()))
    return next((kind for wanted, kind in _BY_TYPE if wanted in parts), _word)


KINDS: Final[dict[str, dict[str, Kind]]] = {
    topic: {name: _kind(topic, name, hint) for name, hint in get_type_hints(contract).items()}
    for topic, contract in INPUT_TOPICS.items()
}
"""How to read each field, by topic: a value for JSON, None where the cell is blank."""
