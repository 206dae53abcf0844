"""The built-in wall page: one self-contained document, nothing from other hosts."""

from importlib.resources import files

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'"
)


def router() -> APIRouter:
    """The route of the page."""
    routes = APIRouter()
    folder = files("services.metrics") / "wall_page"
    page, style, cells, script = (
        (folder / name).read_text(encoding="utf-8")
        for name in ("wall.html", "wall.css", "cells.js", "wall.js")
    )
    document = page.replace("/*STYLE*/", style).replace("/*SCRIPT*/", cells + script)

    @routes.get("/wall", include_in_schema=False)
    def show_wall() -> HTMLResponse:
        return HTMLResponse(document, headers={"Content-Security-Policy": _POLICY})

    return routes
