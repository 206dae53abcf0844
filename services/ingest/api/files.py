"""`POST /api/v1/files`: reports as CSV or XLSX, by the mappings that `clusterwatch send` knows."""

import asyncio
import base64
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from services.ingest.api.bodies import read_body
from services.ingest.api.events import PROBLEMS, deliver
from services.ingest.ports import Inbox
from services.ingest.telemetry import HttpCounts
from services.ingest.use_cases.accept import CheckEvents
from services.ingest.use_cases.take_file import TakeFile, TakenFile, choose_mapping
from shared.access.gate import reader_of
from shared.access.readers import Reader
from shared.clock import CHINA, Clock
from shared.events.reasons import Reason, Refused
from shared.files import cells
from shared.files.events import FileStamp
from shared.files.mapping import Mapping as FileMapping
from shared.files.tables import FileError, read_tables
from shared.http import Problem

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MAX_LISTED = 1_000
_PIECE = 1_000


class RefusedRowView(BaseModel):
    """One thing that is wrong with a row."""

    sheet: str
    row: int = Field(description="As the spreadsheet numbers it, from 1.")
    field: str | None
    reason: Reason
    detail: str
    remedy: str


class MendView(BaseModel):
    """Refused rows of a sheet as a CSV file to mend and send again."""

    sheet: str
    csv_base64: str


class FileOutcome(BaseModel):
    """Body of the answer 207; rows = rows_taken + rows_refused + the sum of skipped."""

    mapping: str
    topic: str
    dry_run: bool
    rows: int
    rows_taken: int
    rows_refused: int
    skipped: dict[str, int] = Field(description="Rows without a report, by the reason why.")
    events: int = Field(description="Events that Kafka has acknowledged, or would get.")
    oddities: dict[str, list[int]] = Field(description="Rows taken that are worth a look.")
    sheets: list[str]
    sheets_left_out: list[str]
    refused: list[RefusedRowView] = Field(description=f"At most {_MAX_LISTED}.")
    mend: list[MendView]


_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}} for kind in ("text/csv", XLSX)
        },
    }
}
Source = Annotated[str, Query(min_length=1, max_length=64, description="Sending system.")]
MappingName = Annotated[
    str | None, Query(description="Name of a mapping; default: the first that fits.")
]
Period = Annotated[str | None, Query(description="Month, where the file does not say.")]
Unit = Annotated[str | None, Query(description="Unit of money, where the file does not say.")]
Revision = Annotated[int, Query(ge=1, le=2_147_483_647, description="Raise it to correct.")]
DryRun = Annotated[bool, Query(description="Check everything, send nothing.")]


def files_router(
    check: CheckEvents,
    inbox: Inbox,
    counts: HttpCounts,
    clock: Clock,
    mappings: Mapping[str, FileMapping],
    *,
    body_limit: int,
) -> APIRouter:
    """The route with its collaborators; `body_limit` in bytes."""
    router = APIRouter(prefix="/api/v1", tags=["intake"])
    take = TakeFile(check)
    one_at_a_time = asyncio.Lock()  # a large workbook takes a processor and much memory

    @router.post(
        "/files",
        status_code=HTTPStatus.MULTI_STATUS,
        summary="Send reports as CSV or XLSX",
        openapi_extra=_BODY,
        responses=PROBLEMS,
    )
    async def send_file(
        request: Request,
        source: Source,
        reader: Annotated[Reader, Depends(reader_of)],
        mapping: MappingName = None,
        period: Period = None,
        unit: Unit = None,
        revision: Revision = 1,
        dry_run: DryRun = False,  # noqa: FBT002 - a query parameter
    ) -> FileOutcome:
        if not reader.scope.sends_for(source):
            raise Problem(
                HTTPStatus.FORBIDDEN, f"your token may not send for the source {source!r}"
            )
        now = clock.now().astimezone(CHINA).isoformat(timespec="seconds")
        stamp = FileStamp(
            source=source, reported_at=now, revision=revision, period=_month(period), unit=unit
        )
        data = await read_body(request, body_limit)
        async with one_at_a_time:
            taken = await asyncio.to_thread(_take, take, data, mapping, mappings, stamp)
        if not dry_run:
            for start in range(0, len(taken.events), _PIECE):
                await deliver(inbox, taken.events[start : start + _PIECE])
            counts.took(taken.topic, taken.events)
            counts.refused(taken.topic, (refused.reason for refused in taken.refusals))
        return _answer(taken, dry_run=dry_run)

    return router


def _month(text: str | None) -> str | None:
    try:
        return cells.month(text, "period")
    except Refused as refusal:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"period: {refusal.detail}") from refusal


def _take(
    take: TakeFile,
    data: bytes,
    name: str | None,
    known: Mapping[str, FileMapping],
    stamp: FileStamp,
) -> TakenFile:
    if name is not None and name not in known:
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY, f"no mapping {name!r}; known: {', '.join(known)}"
        )
    try:
        sheets = read_tables(data)
        chosen = choose_mapping(sheets, known) if name is None else known[name]
        return take.table(sheets, chosen, stamp)
    except FileError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, str(error)) from error


def _answer(taken: TakenFile, *, dry_run: bool) -> FileOutcome:
    return FileOutcome(
        mapping=taken.mapping,
        topic=taken.topic,
        dry_run=dry_run,
        rows=taken.rows,
        rows_taken=taken.rows_taken,
        rows_refused=taken.rows_refused,
        skipped=dict(taken.skipped),
        events=len(taken.events),
        oddities=taken.oddities,
        sheets=taken.sheets,
        sheets_left_out=taken.sheets_left_out,
        refused=[
            RefusedRowView(
                sheet=refused.sheet,
                row=refused.row,
                field=refused.field,
                reason=refused.reason,
                detail=refused.detail,
                remedy=refused.remedy,
            )
            for refused in taken.refusals[:_MAX_LISTED]
        ],
        mend=[
            MendView(sheet=sheet, csv_base64=base64.b64encode(data).decode())
            for sheet, data in taken.mend.items()
        ],
    )
