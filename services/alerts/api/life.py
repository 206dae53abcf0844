"""Routes that act on alerts: acknowledgement and silences."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.alerts.api.reach import Asker, Reach
from services.alerts.domain.alert import Alert
from services.alerts.domain.silence import BadMatcher, Silence, parse_matcher
from services.alerts.ports import Ledger
from services.alerts.use_cases.acknowledge import AcknowledgeAlert, NotAcknowledged
from services.alerts.use_cases.silences import (
    BadSilence,
    ManageSilences,
    SilenceLedger,
)
from shared.access.readers import LOCAL, Reader
from shared.clock import Clock
from shared.http import Problem

Words = Annotated[str, Field(min_length=1, max_length=1000)]
OpenSilences = Callable[[], AbstractContextManager[SilenceLedger]]


class AcknowledgementBody(BaseModel):
    """Who takes an alert on."""

    model_config = ConfigDict(extra="forbid")

    by: Words
    action: Words
    until: AwareDatetime


class SilenceBody(BaseModel):
    """A silence as it is asked for; matchers are written ``name=value`` and so on."""

    model_config = ConfigDict(extra="forbid")

    matchers: list[Annotated[str, Field(max_length=500)]] = Field(min_length=1, max_length=20)
    owner: Words
    comment: Words
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime
    end_on_resolve: bool = False

    def wanted(self, silence_id: str, now: datetime) -> Silence:
        """The domain's silence. Raises `BadMatcher`."""
        return Silence(
            id=silence_id,
            matchers=tuple(parse_matcher(text) for text in self.matchers),
            owner=self.owner,
            comment=self.comment,
            starts_at=self.starts_at or now,
            ends_at=self.ends_at,
            updated_at=now,
            end_on_resolve=self.end_on_resolve,
        )


def silence_view(silence: Silence, now: datetime) -> dict[str, Any]:
    """A silence as the API shows it."""
    operators = {(False, True): "=", (False, False): "!=", (True, True): "=~", (True, False): "!~"}
    return {
        "id": silence.id,
        "state": str(silence.state(now)),
        "matchers": [
            f'{item.name}{operators[item.is_regex, item.is_equal]}"{item.value}"'
            for item in silence.matchers
        ],
        "owner": silence.owner,
        "comment": silence.comment,
        "starts_at": silence.starts_at.isoformat(),
        "ends_at": silence.ends_at.isoformat(),
        "updated_at": silence.updated_at.isoformat(),
        "end_on_resolve": silence.end_on_resolve,
        "ended_because": silence.ended_because or None,
    }


def acknowledgement_router(
    acknowledge: AcknowledgeAlert,
    transaction: OpenSilences,
    view: Callable[[Alert], dict[str, Any]],
    reach: Reach,
) -> APIRouter:
    """Acknowledgement of alerts."""
    router = APIRouter(prefix="/api/v1/alerts", tags=["alerts"])

    @router.post("/{fingerprint}/ack", summary="Take an alert on: who, what, until when")
    def take_on(fingerprint: str, body: AcknowledgementBody, reader: Asker) -> dict[str, Any]:
        try:
            with transaction() as ledger:
                check_alert(ledger, reach, reader, fingerprint)
                alert = acknowledge(
                    ledger, fingerprint, body.by, body.action, body.until, actor_of(reader)
                )
        except NotAcknowledged as refused:
            raise Problem(HTTPStatus.CONFLICT, str(refused)) from refused
        if alert is None:
            raise Problem(HTTPStatus.NOT_FOUND, f"no alert {fingerprint}")
        return view(alert)

    return router


def actor_of(reader: Reader) -> str | None:
    """Who the audit log names; null while nobody signs in."""
    return None if reader == LOCAL else reader.name


def check_alert(ledger: Ledger, reach: Reach, reader: Reader, fingerprint: str) -> None:
    """Raises `Problem` (404) for an alert that there is not, or that may not be seen."""
    found = ledger.alert(fingerprint)
    if found is None or not reach.labels(reader, found.labels.as_dict()):
        raise Problem(HTTPStatus.NOT_FOUND, f"no alert {fingerprint}")


def check_silence(reach: Reach, reader: Reader, silence: Silence) -> None:
    """Raises `Problem` (403) for a silence that would mute more than may be seen."""
    if not reach.silence(reader, silence):
        raise Problem(
            HTTPStatus.FORBIDDEN,
            "your token's scope is limited: name plan=… and unit=… (or region=…) inside it",
        )


def silences_router(
    manage: ManageSilences, transaction: OpenSilences, clock: Clock, reach: Reach
) -> APIRouter:
    """Silences in our own words; the Alertmanager's are under /api/v2."""
    router = APIRouter(prefix="/api/v1/silences", tags=["silences"])
    _add_reads(router, transaction, clock, reach)

    def put(silence_id: str, body: SilenceBody, reader: Reader) -> dict[str, Any]:
        try:
            wanted = body.wanted(silence_id, clock.now())
            check_silence(reach, reader, wanted)
            with transaction() as ledger:
                if silence_id:
                    visible_silence(ledger, reach, reader, silence_id)
                return silence_view(manage.put(ledger, wanted, actor_of(reader)), clock.now())
        except (BadMatcher, BadSilence) as refused:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(refused)) from refused

    @router.post("", status_code=HTTPStatus.CREATED, summary="Silence alerts")
    def create(body: SilenceBody, reader: Asker) -> dict[str, Any]:
        return put("", body, reader)

    @router.put("/{silence_id}", summary="Change a silence; other matchers make a new one")
    def change(silence_id: str, body: SilenceBody, reader: Asker) -> dict[str, Any]:
        return put(silence_id, body, reader)

    @router.delete("/{silence_id}", status_code=HTTPStatus.NO_CONTENT, summary="End it now")
    def end(silence_id: str, reader: Asker) -> None:
        with transaction() as ledger:
            visible_silence(ledger, reach, reader, silence_id)
            manage.expire(ledger, silence_id, actor_of(reader))

    return router


def _add_reads(router: APIRouter, transaction: OpenSilences, clock: Clock, reach: Reach) -> None:
    @router.get("", summary="All silences, the ended ones too")
    def list_silences(reader: Asker) -> dict[str, Any]:
        with transaction() as ledger:
            found = [one for one in ledger.all_silences() if reach.silence(reader, one)]
        return {"items": [silence_view(one, clock.now()) for one in found], "next": None}

    @router.get("/{silence_id}", summary="One silence")
    def show(silence_id: str, reader: Asker) -> dict[str, Any]:
        with transaction() as ledger:
            found = visible_silence(ledger, reach, reader, silence_id)
        return silence_view(found, clock.now())


def visible_silence(ledger: Ledger, reach: Reach, reader: Reader, silence_id: str) -> Silence:
    """A silence; a problem (404) where there is none that may be seen."""
    found = ledger.silence(silence_id)
    if found is None or not reach.silence(reader, found):
        raise Problem(HTTPStatus.NOT_FOUND, f"no silence {silence_id}")
    return found
