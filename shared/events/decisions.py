"""`ingest.decisions.v1`: what people decided about reports that are held.

Sent and read by ingest alone, and kept for ever, so that a rebuild decides as people did. Like the
`stats.*` topics it names subjects by their codes: tokens would be lost with the secret behind them.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final

import msgspec

from shared.events.inputs import Code, Id, Revision, Timestamp

DECISIONS_TOPIC: Final = "ingest.decisions.v1"


class DecisionVerdict(StrEnum):
    """What was decided."""

    CONFIRMED = "confirmed"
    """The reported figures are right: they count, in later revisions that say the same too."""
    REJECTED = "rejected"
    """This revision is wrong: it stays out until another one comes."""


class SubjectWord(StrEnum):
    """Kinds of subjects."""

    ENTERPRISE = "enterprise"
    PROJECT = "project"


Digest = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]
Who = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Why = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """A decision about one version of one report line; the record key is the line."""

    decision_id: Id
    verdict: DecisionVerdict
    kind: SubjectWord
    code: Id
    """Credit code of the enterprise, or id of the project."""
    indicator: Id
    period: Code
    """Reporting month `YYYY-MM`."""
    revision: Revision
    """Of the report that was looked at."""
    digest: Digest
    """SHA-256 of its normalised content, in hexadecimal."""
    who: Who
    why: Why
    decided_at: Timestamp

    @property
    def key(self) -> str:
        """Record key: the identity of the line."""
        return f"{self.kind}|{self.code}|{self.indicator}|{self.period}"

    @property
    def rank(self) -> tuple[datetime, str]:
        """Of several decisions about one version the greatest holds."""
        return (self.decided_at, self.decision_id)
