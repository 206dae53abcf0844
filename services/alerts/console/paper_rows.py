"""Rows of the subscription form for papers: from what is stored, from what was typed."""

from collections.abc import Sequence
from typing import Any

from services.alerts.api.models import PaperBody
from services.alerts.domain.papers.schedule import FRIDAY

_ROWS = 2
"""Papers that an empty form has room for; a filled one has one row more."""
_BLANK = {
    "kind": "",
    "plan": "",
    "unit": "",
    "formats": "docx",
    "weekday": str(FRIDAY),
    "working_day": "1",
    "at": "09:00",
}
FILES = ("docx", "xlsx", "docx+xlsx", "html")
"""Choices of files; the API takes any mix."""

Rows = list[dict[str, str]]


def filled_rows(papers: Sequence[PaperBody]) -> Rows:
    """What is stored, as text."""
    return [
        {
            "kind": str(one.kind),
            "plan": one.plan,
            "unit": one.unit or "",
            "formats": "+".join(one.formats),
            "weekday": str(one.weekday),
            "working_day": str(one.working_day),
            "at": f"{one.at:%H:%M}",
        }
        for one in papers
    ]


def typed_rows(posted: dict[str, str]) -> Rows:
    """What was typed; rows without a kind are empty ones."""
    rows: Rows = []
    number = 0
    while f"paper_kind{number}" in posted:
        row = {name: posted.get(f"paper_{name}{number}", "") for name in _BLANK}
        if row["kind"]:
            rows.append(row)
        number += 1
    return rows


def with_room(rows: Rows) -> Rows:
    """Room for further papers."""
    return [*rows, *(dict(_BLANK) for _ in range(max(_ROWS - len(rows), 1)))]


def bodies(posted: dict[str, str]) -> list[dict[str, Any]]:
    """What the API would take; fields left empty are its usual ones."""
    found = []
    for row in typed_rows(posted):
        given: dict[str, Any] = {name: text for name, text in row.items() if text}
        given["formats"] = row["formats"].split("+") if row["formats"] else ["docx"]
        found.append(given)
    return found
