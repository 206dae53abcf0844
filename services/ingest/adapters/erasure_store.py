"""The list of erased enterprises. A rebuild keeps it: the topics still hold what was erased."""

from datetime import datetime

import structlog
from sqlalchemy import Connection, Engine, func, select

from services.ingest.adapters.tables import ErasedRow
from services.ingest.adapters.tokens import HmacTokens
from services.ingest.domain.erasures import Reach
from services.ingest.domain.subjects import Subject
from shared.storage import reading, upsert
from shared.storage.statements import Statement
from shared.storage.tables import table_of

_log = structlog.get_logger(__name__)

_erased = table_of(ErasedRow)
_LIST = Statement("SELECT token, reach FROM erased")


def erasures(connection: Connection) -> dict[str, Reach]:
    """What was erased, by token of the enterprise."""
    return {token: Reach(reach) for token, reach in _LIST.rows(connection)}


def remember_erasure(
    connection: Connection, tokens: HmacTokens, subject: Subject, reach: Reach, now: datetime
) -> None:
    """Put an enterprise on the list; what reached further goes on doing so."""
    token = tokens.token(subject)
    if erasures(connection).get(token) is Reach.RECORDS:
        reach = Reach.RECORDS
    row = {
        "token": token,
        "reach": str(reach),
        "secret": tokens.fingerprint,
        "erased_ms": int(now.timestamp() * 1000),
    }
    upsert(connection, _erased, [row], ("token",), ("reach", "secret", "erased_ms"))


def warn_of_unreadable_erasures(engine: Engine, tokens: HmacTokens) -> None:
    """Say how many entries were made with another token secret: nobody can tell whom they mean."""
    query = select(func.count()).select_from(_erased)
    with reading(engine) as connection:
        number = connection.execute(
            query.where(_erased.c.secret != tokens.fingerprint)
        ).scalar_one()
    if number:
        _log.error("erasures_unreadable", number=number, remedy="repeat clusterwatch erase")
