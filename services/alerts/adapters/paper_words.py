"""Words of papers from the templates' folder; an own list goes before the shipped one."""

from pathlib import Path

from services.alerts.adapters.wording import TEMPLATES, Words, merged_tables
from services.alerts.domain.papers.wording import Wording

_NAME = "zh.papers.yaml"
_SHARED = ("indicators", "rules", "items")
"""Tables that papers share with messages."""


def paper_wording(own: Path | None = None) -> Wording:
    """Chinese words of papers. Raises `WordingError` for an own list that cannot be read."""
    messages = Words.load("zh", own).tables
    tables = merged_tables(TEMPLATES / _NAME, None if own is None else own / _NAME)
    return Wording({**{name: messages[name] for name in _SHARED}, **tables})
