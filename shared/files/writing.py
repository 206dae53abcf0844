"""Writing workbooks: text that can never act as a formula, and how wide it is."""

import re
from unicodedata import east_asian_width

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell, MergedCell

ACTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""First characters that make spreadsheets take a text of a CSV file for a formula."""

_WIDE = frozenset("WFA")
"""East Asian widths; ambiguous ones such as the dash are wide in Chinese fonts."""


_NUMBER = re.compile(r"[+-]?[\d.,]+%?|[+-]?\d+(\.\d+)?[eE][+-]?\d+|-+")
"""What begins with a sign and computes to nothing else; dashes stand for no figure."""


def inert(text: str) -> str:
    """A text for a CSV file that no spreadsheet computes; numbers stay numbers."""
    if not text.lstrip(" \u3000\ufeff").startswith(ACTS) or _NUMBER.fullmatch(text):
        return text
    return f"'{text}"


def set_text(cell: Cell | MergedCell, text: str) -> None:
    """Text stays text, also when it begins like a formula and is edited or saved as CSV."""
    if isinstance(cell, MergedCell):  # covered by its neighbour: has no content of its own
        return
    kept = ILLEGAL_CHARACTERS_RE.sub("", text)
    cell.value = kept
    cell.data_type = "s"
    if kept.startswith(ACTS):
        cell.quotePrefix = True  # what the apostrophe does that people type before such a text


def display_width(text: str) -> int:
    """Columns a text takes: Chinese characters are two wide. Of lines the longest counts."""
    lines = text.split("\n")
    return max(sum(1 + (east_asian_width(letter) in _WIDE) for letter in line) for line in lines)
