"""How figures are written in a language."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import yaml

from services.alerts.domain.calendar import BEIJING
from shared.events.period import Month

Language = Literal["zh", "en"]
TEMPLATES = Path(__file__).parent / "templates"
UNKNOWN = "—"
"""What is not known is a dash, never a zero."""

_FEBRUARY = 2
_HUNDRED_MILLION = 100_000_000
_BILLION = 1_000_000_000


class WordingError(Exception):
    """An own template or word list cannot be used; the text names the file."""


@dataclass(frozen=True, slots=True)
class Words:
    """Vocabulary of one language."""

    language: Language
    tables: dict[str, Any]

    @classmethod
    def load(cls, language: Language, own: Path | None = None) -> "Words":
        """Read the language's word list, with the words of an own folder over the shipped ones.

        Raises `WordingError` for an own list that cannot be read.
        """
        name = f"{language}.words.yaml"
        tables = merged_tables(TEMPLATES / name, None if own is None else own / name)
        return cls(language, tables)

    def of(self, table: str, word: str | None) -> str:
        """The language's word; a word without entry stands for itself."""
        if word is None:
            return UNKNOWN
        return str(self.tables[table].get(word, word))

    def moment(self, moment: datetime) -> str:
        """A time in China, to the minute."""
        return f"{moment.astimezone(BEIJING):%Y-%m-%d %H:%M}"

    def phrase(self, table: str, name: str) -> str:
        """A phrase that every language must have."""
        return str(self.tables[table][name])

    def period(self, period: str | None) -> str:
        """A reporting period; February stands for January–February."""
        if period is None:
            return UNKNOWN
        month = Month.parse(period)
        if self.language == "zh":
            return f"{month.year}年{'1-2' if month.month == _FEBRUARY else month.month}月"
        return f"{month.year}-01/02" if month.month == _FEBRUARY else period

    def amount(self, value: int | None, measure: str) -> str:
        """An amount in base units: money in 亿元 or billions, others in their unit."""
        if value is None:
            return UNKNOWN
        if measure != "CNY":
            return f"{value:,} {self.of('measures', measure)}"
        if self.language == "zh":
            return f"{value / _HUNDRED_MILLION:,.2f} 亿元"
        return f"CNY {value / _BILLION:,.3f} billion"


def merged_tables(shipped: Path, own: Path | None) -> dict[str, Any]:
    """A shipped word list with the words of an own one over it.

    Raises `WordingError` for an own list that cannot be read.
    """
    tables: dict[str, Any] = yaml.safe_load(shipped.read_text(encoding="utf-8"))
    if own is not None and own.exists():
        for table, words in _own_words(own).items():
            known = tables.get(table)
            tables[table] = {**known, **words} if isinstance(known, dict) else words
    return tables


def _own_words(path: Path) -> dict[str, Any]:
    try:
        words = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise WordingError(f"{path}: {error}") from error
    if not isinstance(words, dict):
        raise WordingError(f"{path}: must be a mapping of tables")
    return words


def percent(value: float | None) -> str:
    """A ratio in per cent with one decimal."""
    return UNKNOWN if value is None else f"{value * 100:.1f} %"


def ratio(value: float | None) -> str:
    """A progress ratio with two decimals."""
    return UNKNOWN if value is None else f"{value:.2f}"
