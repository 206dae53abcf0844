"""Silences by Alertmanager's API."""

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from services.alerts.api.alertmanager.models import SilencePost, silence_answer
from services.alerts.api.alertmanager.parts import Compatibility, Filters, matchers_of, refusal
from services.alerts.api.life import actor_of
from services.alerts.api.reach import Asker
from services.alerts.domain.silence import BadMatcher, Silence
from services.alerts.use_cases.silences import BadSilence, NoSuchSilence, SilenceLedger
from shared.access.readers import Reader


def add_silences(router: APIRouter, parts: Compatibility) -> None:
    """Routes of all silences, and of one."""
    _add_silence(router, parts)

    @router.get("/api/v2/silences", summary="Silences", response_model=None)
    def silences(reader: Asker, filters: Filters = None) -> list[dict[str, Any]] | Response:
        try:
            matchers = matchers_of(filters)
        except BadMatcher as bad:
            return refusal(str(bad))
        with parts.look() as ledger:
            found = ledger.all_silences()
        now = parts.clock.now()
        # A filter is on the labels that a silence names, as Alertmanager has it.
        return [
            silence_answer(one, now)
            for one in found
            if parts.reach.silence(reader, one)
            and all(
                matcher.matches({item.name: item.value for item in one.matchers})
                for matcher in matchers
            )
        ]

    @router.post("/api/v2/silences", summary="Make or change a silence", response_model=None)
    def put(body: SilencePost, reader: Asker) -> dict[str, str] | Response:
        wanted = body.wanted(parts.clock.now())
        if not parts.reach.silence(reader, wanted):
            return refusal("it reaches beyond your token's scope", HTTPStatus.FORBIDDEN)
        try:
            with parts.transaction() as ledger:
                if wanted.id and _silence(ledger, parts, reader, wanted.id) is None:
                    return refusal(f"silence {wanted.id} not found", HTTPStatus.NOT_FOUND)
                made = parts.silences.put(ledger, wanted, actor_of(reader))
        except BadSilence as bad:
            return refusal(str(bad))
        except NoSuchSilence:
            return refusal(f"silence {body.id} not found", HTTPStatus.NOT_FOUND)
        return {"silenceID": made.id}


def _add_silence(router: APIRouter, parts: Compatibility) -> None:
    @router.get("/api/v2/silence/{silence_id}", summary="One silence", response_model=None)
    def show(silence_id: str, reader: Asker) -> dict[str, Any] | Response:
        with parts.look() as ledger:
            found = _silence(ledger, parts, reader, silence_id)
        if found is None:
            return refusal(f"silence {silence_id} not found", HTTPStatus.NOT_FOUND)
        return silence_answer(found, parts.clock.now())

    @router.delete("/api/v2/silence/{silence_id}", summary="End a silence")
    def end(silence_id: str, reader: Asker) -> Response:
        with parts.transaction() as ledger:
            if _silence(ledger, parts, reader, silence_id) is None:
                return refusal(f"silence {silence_id} not found", HTTPStatus.NOT_FOUND)
            parts.silences.expire(ledger, silence_id, actor_of(reader))
        return JSONResponse({}, HTTPStatus.OK)


def _silence(
    ledger: SilenceLedger, parts: Compatibility, reader: Reader, silence_id: str
) -> Silence | None:
    found = ledger.silence(silence_id)
    return found if found is not None and parts.reach.silence(reader, found) else None
