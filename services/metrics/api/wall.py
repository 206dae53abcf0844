"""The wall page and its assets: no request leaves the host, nothing is inline."""

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.responses import Response

from shared.http import Problem

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'"
)
_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}
_CHECK = "no-cache"  # asked for each time, answered by 304 while unchanged
_KEEP = "public, max-age=31536000, immutable"  # the file's name carries its version
_PAGE = "wall.html"
_VENDOR = "vendor"
_NOT_MODIFIED = 304


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the page."""

    body: bytes
    kind: str
    tag: str
    cache: str

    def answer(self, if_none_match: str | None) -> Response:
        """The file, or 304 for a reader who has it."""
        headers = {
            "ETag": self.tag,
            "Cache-Control": self.cache,
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": _POLICY,
        }
        if if_none_match is not None and self.tag in if_none_match:
            return Response(status_code=_NOT_MODIFIED, headers=headers)
        return Response(self.body, media_type=self.kind, headers=headers)


def router() -> APIRouter:
    """The routes of the page and of its assets."""
    routes = APIRouter(include_in_schema=False)
    assets = load_assets()

    @routes.get("/wall")
    def show_wall(if_none_match: Annotated[str | None, Header()] = None) -> Response:
        return assets[_PAGE].answer(if_none_match)

    @routes.get("/wall/{path:path}")
    def show_asset(path: str, if_none_match: Annotated[str | None, Header()] = None) -> Response:
        if path not in assets:
            raise Problem(404, f"the wall has no file {path!r}")
        return assets[path].answer(if_none_match)

    return routes


def load_assets() -> dict[str, Asset]:
    """Every file of the page by its path below `/wall/`."""
    folder = files("services.metrics") / "wall_page"
    found = {entry.name: _asset(entry, _CHECK) for entry in folder.iterdir() if _served(entry)}
    for entry in (folder / _VENDOR).iterdir():
        if _served(entry):
            found[f"{_VENDOR}/{entry.name}"] = _asset(entry, _KEEP)
    return found


def _served(entry: Traversable) -> bool:
    return entry.is_file() and _suffix(entry.name) in _KINDS


def _asset(entry: Traversable, cache: str) -> Asset:
    body = entry.read_bytes()
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return Asset(body, _KINDS[_suffix(entry.name)], tag, cache)


def _suffix(name: str) -> str:
    return name[name.rfind(".") :] if "." in name else ""
