"""Words in a chart, and what stands for them where no font has Chinese characters."""

import textwrap
from dataclasses import dataclass, field
from string import ascii_uppercase

from services.alerts.domain.papers import display
from services.alerts.domain.papers.figure import Figure, Kind
from services.alerts.domain.papers.model import Run

_FIRST_CJK = "\u2e80"
_MONTH_LENGTH = len("2026-05")


@dataclass(slots=True)
class Labels:
    """Gives each word its label; without a Chinese font letters, which `legend` explains."""

    chinese: bool
    _letters: dict[str, str] = field(default_factory=dict)

    @property
    def legend(self) -> tuple[tuple[str, str], ...]:
        """Letters in the chart, and the words that they stand for."""
        return tuple((letter, word) for word, letter in self._letters.items())

    def of(self, word: str, width: int = 0) -> str:
        """The word, wrapped to `width` characters, or its letter."""
        if self.chinese or all(character < _FIRST_CJK for character in word):
            return "\n".join(textwrap.wrap(word, width)) if width else word
        return self._letters.setdefault(word, _letter(len(self._letters)))

    def axis(self, categories: tuple[Run, ...], width: int = 0) -> list[str]:
        """Labels along an axis: of months the year only where it changes."""
        found: list[str] = []
        year = ""
        for category in categories:
            if not isinstance(category, Figure):
                found.append(self.of(category, width))
                continue
            text = str(category.value)
            is_month = category.kind is Kind.PERIOD and len(text) == _MONTH_LENGTH
            if not is_month or "Q" in text:
                found.append(self.of(display.cell(category), width))
                continue
            month = display.month(text) if self.chinese else text[5:]
            found.append(month if text[:4] == year else f"{month}\n{text[:4]}")
            year = text[:4]
        return found


def _letter(number: int) -> str:
    """A, B, … Z, AA, AB and so on."""
    more, last = divmod(number, len(ascii_uppercase))
    return (_letter(more - 1) if more else "") + ascii_uppercase[last]
