"""Cuts text by bytes of UTF-8, never inside a character."""

import json
import unicodedata
from collections.abc import Sequence

_JOINERS = frozenset("\u200d\ufe0e\ufe0f")
"""Zero-width joiner and variation selectors belong to the character before them."""


def weight(text: str) -> int:
    """Bytes that a text takes inside a JSON body, without its quotes; never less than in UTF-8."""
    return len(json.dumps(text, ensure_ascii=False).encode()) - 2


def pieces(lines: Sequence[str], room: int, frame: int = 2) -> list[list[str]]:
    """Lines in pieces of at most `room` bytes; each line costs `frame` bytes beside its own.

    Raises `ValueError` where not even one character fits.
    """
    found: list[list[str]] = []
    left = 0
    for line in lines:
        for part in _cut(line, room - frame):
            needed = weight(part) + frame
            if needed > left:
                found.append([])
                left = room
            found[-1].append(part)
            left -= needed
    return found


def _cut(line: str, room: int) -> list[str]:
    """The line, in parts where it is longer than `room`."""
    parts: list[str] = []
    start = 0
    while weight(line[start:]) > room:
        end = _cut_at(line, start, room)
        parts.append(line[start:end])
        start = end
    return [*parts, line[start:]]


def _cut_at(line: str, start: int, room: int) -> int:
    """Where to cut so that the part from `start` fits; marks stay with their character."""
    end, used = start, 0
    while used + weight(line[end]) <= room:
        used += weight(line[end])
        end += 1
    if end == start:
        raise ValueError(f"a character needs more than {room} bytes")
    whole = end
    while whole > start and _belongs_to_the_one_before(line, whole):
        whole -= 1
    return whole if whole > start else end


def _belongs_to_the_one_before(line: str, index: int) -> bool:
    return (
        unicodedata.combining(line[index]) != 0
        or line[index] in _JOINERS
        or line[index - 1] == "\u200d"
    )
