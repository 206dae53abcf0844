"""Issued papers, each as a page or a file about a unit that the reader may see."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from services.alerts.api.papers import PATH, issue_view, problems
from services.alerts.api.reach import Asker
from services.alerts.console.parts import ConsoleParts
from services.alerts.domain.papers.display import period as period_in_words
from services.alerts.domain.papers.model import PaperKind
from services.alerts.domain.papers.snapshot import Issue
from shared.access.readers import Reader

_SHOWN = 200
_FILES = (("html", "网页"), ("docx", "Word"), ("xlsx", "Excel"))
Text = Annotated[str, Query(max_length=128)]


def paper_pages(parts: ConsoleParts) -> APIRouter:
    """Routes; plain functions, so FastAPI runs them in its thread pool."""
    router = APIRouter()

    @router.get("/console/papers")
    def show_papers(
        request: Request, reader: Asker, kind: PaperKind | None = None, unit: Text = ""
    ) -> Response:
        with problems():
            found = parts.papers.issues(reader, kind, None)[:_SHOWN]
        units = _units(parts, reader, {one.plan for one in found})
        chosen = unit if unit in {one for one, _ in units} else ""
        kinds = [str(one) for one in PaperKind if one in parts.papers.read.builders]
        return parts.pages.show(
            request,
            "papers.html.j2",
            here="papers",
            papers=[_row(one, kind, chosen) for one in found],
            chosen={"kind": str(kind or ""), "unit": chosen},
            kinds=parts.pages.words("paper_kinds", kinds),
            units=units,
            all_of_it=parts.reach.units(reader) is None or bool(chosen),
        )

    return router


def _units(parts: ConsoleParts, reader: Reader, plans: set[str]) -> list[tuple[str, str]]:
    """Units that papers may be about, and that the reader may see."""
    visible = parts.reach.units(reader)
    return [
        (unit.id, unit.name)
        for plan in parts.reach.catalogue.plans
        if plan.id in plans
        for unit in plan.units
        if visible is None or (plan.id, unit.id) in visible
    ]


def _row(issue: Issue, kind: PaperKind | None, unit: str) -> dict[str, object]:
    """An issue with addresses of its files; of a quarter there are two kinds of papers."""
    shown = str(kind or issue.rhythm)
    asked = {"plan": issue.plan, "period": issue.period, **({"unit": unit} if unit else {})}
    links = [
        (name, f"{PATH}/{shown}?{urlencode({**asked, 'format': file})}") for file, name in _FILES
    ]
    return {
        **issue_view(issue).model_dump(),
        "kind": shown,
        "period_words": period_in_words(issue.period),
        "links": links,
    }
