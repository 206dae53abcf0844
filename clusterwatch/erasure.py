"""Erasing what a person or an enterprise may ask to have erased: names and contact data.

Figures stay under the enterprise's token, because statistics law has them kept. What topics hold
cannot be erased here: docs/operations/data-protection.md says what to do there.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Connection,
    Engine,
    Table,
    and_,
    select,
    update,
)

from services.alerts.adapters.paper_erasure import erase_from_papers
from services.alerts.adapters.tables import PaperRow, SubscriptionRow
from services.ingest.adapters.erasure_store import erasures, remember_erasure
from services.ingest.adapters.tables import RegistrationRow, SubjectRow
from services.ingest.adapters.tokens import HmacTokens
from services.ingest.domain.erasures import ERASED_NAME, Reach
from services.ingest.domain.subjects import Subject, SubjectKind
from shared.storage import writing
from shared.storage.audit import add_audit_line, redact_audit_lines
from shared.storage.audit_chain import ERASED
from shared.storage.migrations import metadata_of
from shared.storage.tables import AuditEntry, table_of

_SHORTEST = 3
"""Bytes of what is replaced everywhere: shorter texts stand inside of others by accident."""

_registrations, _subjects = table_of(RegistrationRow), table_of(SubjectRow)
_subscriptions, _papers = table_of(SubscriptionRow), table_of(PaperRow)
_audit = table_of(AuditEntry)
_OWN_WAY = frozenset({_papers.name, _audit.name})
"""Tables whose rows are packed or chained."""


class NothingToErase(ValueError):  # noqa: N818 - an answer, not a fault
    """Nobody is known by that code or text; the message says what to check."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What was changed: rows by table."""

    rows: dict[str, int]
    pseudonym: str = ""


@dataclass(frozen=True, slots=True)
class EnterpriseErasure:
    """Which enterprise, how much of it, on whose word."""

    code: str
    """Unified social credit code."""
    reach: Reach
    why: str
    actor: str
    now: datetime


def erase_enterprise(engine: Engine, tokens: HmacTokens, wanted: EnterpriseErasure) -> Erased:
    """Replace an enterprise's name in ingest's register, and put it on the list of the erased.

    With `Reach.RECORDS` no record of it is taken any more; what stands goes with a rebuild. The
    audit line names the number of the row, never the enterprise. Raises `NothingToErase`.
    """
    subject, now = Subject(SubjectKind.ENTERPRISE, wanted.code), wanted.now
    with writing(engine) as connection:
        number = connection.execute(
            select(_subjects.c.id).where(
                _subjects.c.kind == int(subject.kind), _subjects.c.code == subject.code
            )
        ).scalar()
        if number is None and tokens.token(subject) not in erasures(connection):
            raise NothingToErase("the register has no enterprise of this credit code")
        remember_erasure(connection, tokens, subject, wanted.reach, now)
        changed = connection.execute(
            update(_registrations)
            .where(_registrations.c.subject_id == number, _registrations.c.name != ERASED_NAME)
            .values(name=ERASED_NAME)
        ).rowcount
        detail = f"subject {number}, {wanted.reach}: {wanted.why}"
        add_audit_line(connection, wanted.actor, "enterprise_erased", detail, now)
    return Erased({"registration": changed})


@dataclass(frozen=True, slots=True)
class ContactErasure:
    """What is replaced by what, on whose word."""

    contact: str
    pseudonym: str
    why: str
    actor: str
    now: datetime


def erase_contact(engine: Engine, service: str, wanted: ContactErasure) -> dict[str, int]:
    """Replace a name or address by a pseudonym wherever a service keeps it; rows by table.

    Subscriptions that it stands in end. A line of the audit log tells of it, and names the lines
    whose texts were replaced. Raises `NothingToErase` for a text that is too short.
    """
    contact, pseudonym = wanted.contact, wanted.pseudonym
    if len(contact.encode()) < _SHORTEST or set(contact) & set('"\\'):
        raise NothingToErase("give the whole name or address, without quotes")
    changed: dict[str, int] = {}
    with writing(engine) as connection:
        if service == "alerts":
            _end_subscriptions(connection, contact, wanted.now)
            changed[_papers.name] = erase_from_papers(connection, contact, pseudonym)
        for table in metadata_of(service).sorted_tables:
            if table.name not in _OWN_WAY:
                changed[table.name] = _replace(connection, table, contact, pseudonym)
        named = redact_audit_lines(connection, lambda text: text.replace(contact, pseudonym))
        changed[_audit.name] = len(named)
        if any(changed.values()):
            detail = " ".join((f"{pseudonym}: {wanted.why}", *named))
            add_audit_line(connection, wanted.actor, ERASED, detail, wanted.now)
    return {name: rows for name, rows in changed.items() if rows}


def new_pseudonym() -> str:
    """Random, so that nobody can find the text out by trying names."""
    return f"erased-{secrets.token_hex(4)}"


def _end_subscriptions(connection: Connection, contact: str, now: datetime) -> None:
    for number, payload in connection.execute(
        select(_subscriptions.c.id, _subscriptions.c.payload).where(
            _subscriptions.c.deleted_ms.is_(None)
        )
    ).all():
        if contact.encode() in bytes(payload):
            connection.execute(
                update(_subscriptions)
                .where(_subscriptions.c.id == number)
                .values(deleted_ms=int(now.timestamp() * 1000))
            )


def _replace(connection: Connection, table: Table, contact: str, pseudonym: str) -> int:
    """By the values, not the types of columns: what stands sealed is opened on the way."""
    keys = {column.name for column in table.primary_key.columns}
    changed = 0
    for row in connection.execute(select(table)).mappings().all():
        values = {
            name: _replaced(value, contact, pseudonym)
            for name, value in row.items()
            if name not in keys and _holds(value, contact)
        }
        if values:
            place = and_(*(table.c[name] == row[name] for name in keys))
            connection.execute(update(table).where(place).values(**values))
            changed += 1
    return changed


def _holds(value: object, contact: str) -> bool:
    if isinstance(value, str):
        return contact in value
    return isinstance(value, bytes | memoryview) and contact.encode() in bytes(value)


def _replaced(value: str | bytes, contact: str, pseudonym: str) -> str | bytes:
    if isinstance(value, str):
        return value.replace(contact, pseudonym)
    return bytes(value).replace(contact.encode(), pseudonym.encode())
