"""Writing workbooks: text that can never act as a formula, and how wide it is."""

from unicodedata import east_asian_width

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell, MergedCell

ACTS = ("=", "+", "-", "@", "\t", "\r")
"""First characters that make spreadsheets take a text of a CSV file for a formula."""

_WIDE = frozenset("WFA")
"""East Asian widths; ambiguous ones such as the dash are wide in Chinese fonts."""


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
