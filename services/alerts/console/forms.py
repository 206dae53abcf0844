"""Forms that browsers post: read, and held to come from a page of ours."""

import secrets
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Request

from services.alerts.console.pages import csrf_wanted
from shared.access.sign_in import is_foreign, read_form
from shared.http import Problem

_LONGEST = 64 * 1024


async def _own_form(request: Request) -> dict[str, str]:
    """Fields of a form; raises `Problem` (403) where it does not prove that it is ours."""
    form = await read_form(request, _LONGEST)
    wanted = csrf_wanted(request)
    given = form.get("csrf", "")
    if wanted is None or is_foreign(request) or not _same(given, wanted):
        raise Problem(HTTPStatus.FORBIDDEN, "the form is not of this session: load the page again")
    return {name: value.replace("\r\n", "\n").strip() for name, value in form.items()}


def _same(given: str, wanted: str) -> bool:
    return secrets.compare_digest(given.encode(), wanted.encode())


async def _open_form(request: Request) -> dict[str, str]:
    """Fields of a form whose address itself is the proof."""
    form = await read_form(request, _LONGEST)
    if is_foreign(request):
        raise Problem(HTTPStatus.FORBIDDEN, "this form came from another site")
    return {name: value.strip() for name, value in form.items()}


OwnForm = Annotated[dict[str, str], Depends(_own_form)]
OpenForm = Annotated[dict[str, str], Depends(_open_form)]
