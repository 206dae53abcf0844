"""Silences: those that stand, a form, and an end."""

from datetime import timedelta
from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from services.alerts.api.life import actor_of, check_silence, silence_view, visible_silence
from services.alerts.api.reach import Asker
from services.alerts.console.choices import DURATIONS, HOURS
from services.alerts.console.forms import OwnForm
from services.alerts.console.pages import go
from services.alerts.console.parts import ConsoleParts
from services.alerts.domain.silence import BadMatcher, Silence, parse_matcher
from services.alerts.use_cases.silences import BadSilence
from shared.access.readers import LOCAL, Reader
from shared.http import Problem

_PAGE = "/console/silences"
_ENDED_SHOWN = 20


def silence_pages(parts: ConsoleParts) -> APIRouter:
    """Routes; plain functions, so FastAPI runs them in its thread pool."""
    router = APIRouter()

    @router.get(_PAGE)
    def show(request: Request, reader: Asker) -> Response:
        return _page(parts, request, reader, {})

    @router.post(_PAGE)
    def create(request: Request, form: OwnForm, reader: Asker) -> Response:
        try:
            wanted = _wanted(parts, form)
            check_silence(parts.reach, reader, wanted)
            with parts.transaction() as ledger:
                parts.silences.put(ledger, wanted, actor_of(reader))
        except (BadMatcher, BadSilence) as refused:
            return _page(parts, request, reader, form, str(refused))
        except Problem as refused:
            return _page(parts, request, reader, form, refused.detail)
        return go(_PAGE, done="silenced")

    @router.post(_PAGE + "/{silence_id}/end")
    def end(silence_id: str, _form: OwnForm, reader: Asker) -> Response:
        with parts.transaction() as ledger:
            visible_silence(ledger, parts.reach, reader, silence_id)
            parts.silences.expire(ledger, silence_id, actor_of(reader))
        return go(_PAGE, done="ended")

    return router


def _wanted(parts: ConsoleParts, form: dict[str, str]) -> Silence:
    """The silence that is asked for. Raises `BadMatcher`."""
    now = parts.clock.now()
    hours = form.get("hours", "")
    lines = [line.strip() for line in form.get("matchers", "").splitlines() if line.strip()]
    return Silence(
        id="",
        matchers=tuple(parse_matcher(line) for line in lines),
        owner=form.get("owner", ""),
        comment=form.get("comment", ""),
        starts_at=now,
        ends_at=now + timedelta(hours=int(hours) if hours in HOURS else 0),
        updated_at=now,
        end_on_resolve="end_on_resolve" in form,
    )


def _page(
    parts: ConsoleParts,
    request: Request,
    reader: Reader,
    form: dict[str, str],
    error: str | None = None,
) -> Response:
    now = parts.clock.now()
    with parts.transaction() as ledger:
        found = [one for one in ledger.all_silences() if parts.reach.silence(reader, one)]
    shown = [silence_view(one, now) for one in found]
    ended = [one for one in shown if one["state"] == "expired"]
    standing = [one for one in shown if one["state"] != "expired"]
    known = {"owner": "" if reader == LOCAL else reader.name, "hours": "24"}
    fields = {name: form.get(name, known.get(name, "")) for name in _FIELDS}
    return parts.pages.show(
        request,
        "silences.html.j2",
        here="silences",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        error=error,
        groups=[
            ("现行", standing, False),
            ("最近结束", list(reversed(ended))[:_ENDED_SHOWN], True),
        ],
        form=fields,
        durations=DURATIONS,
    )


_FIELDS = ("matchers", "owner", "comment", "hours")
