"""Decisions of people about held reports, and which of them holds for a version."""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from services.ingest.domain import subjects
from services.ingest.domain.subjects import Subject
from services.ingest.domain.versions import Version, microseconds
from shared.events.decisions import Decision, DecisionVerdict, SubjectWord
from shared.events.decoding import decode_as
from shared.events.period import Month
from shared.events.records import Record

_DECODER = msgspec.json.Decoder(Decision)


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision about one version of one line."""

    subject: Subject
    indicator: str
    period: Month
    verdict: DecisionVerdict
    revision: int
    digest: bytes
    decision_id: str
    decided_at_us: int
    who: str
    why: str
    broker_ms: int

    @property
    def rank(self) -> tuple[int, str]:
        """Of several about the same content the greatest holds."""
        return (self.decided_at_us, self.decision_id)


def read_decision(record: Record) -> Ruling:
    """Decode and validate a record of `ingest.decisions.v1`. Raises `Refused`."""
    event = decode_as(record, _DECODER)
    of_enterprise = event.kind is SubjectWord.ENTERPRISE
    return Ruling(
        subject=(subjects.enterprise if of_enterprise else subjects.project)(event.code),
        indicator=event.indicator,
        period=Month.parse_reporting(event.period),
        verdict=event.verdict,
        revision=event.revision,
        digest=bytes.fromhex(event.digest),
        decision_id=event.decision_id,
        decided_at_us=microseconds(event.decided_at),
        who=event.who,
        why=event.why,
        broker_ms=record.timestamp_ms,
    )


def standing_ruling(version: Version, rulings: Iterable[Ruling]) -> Ruling | None:
    """The decision that holds for a version of their line.

    The last one about the same content. A confirmation vouches for the figures, whatever the
    revision that brings them again; a rejection ends with the next revision, because whoever sends
    the same figures once more insists on them.
    """
    same = [ruling for ruling in rulings if ruling.digest == version.digest]
    last = max(same, key=lambda ruling: ruling.rank, default=None)
    if last is None or last.verdict is DecisionVerdict.CONFIRMED:
        return last
    return last if last.revision == version.revision else None
