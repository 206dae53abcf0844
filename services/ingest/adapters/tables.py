"""Tables of ingest. Keys are integers; names stand once, in `subject`, `indicator` and `unit`."""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from shared.storage.tables import BIG_ID, SHARED_TABLES, AuditChain, AuditEntry, table_of


class SubjectRow(SQLModel, table=True):
    """An enterprise or project that has reported or been registered."""

    __tablename__ = "subject"
    __table_args__ = (UniqueConstraint("kind", "code"),)

    id: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True))
    kind: int
    code: str


class WordRow(SQLModel, table=True):
    """A unit or indicator id, by the small number that stands for it in keys."""

    __tablename__ = "word"

    id: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True))
    text: str = Field(unique=True)


class SourceRow(SQLModel, table=True):
    """The one source that owns a subject's lines in a topic."""

    __tablename__ = "subject_source"

    subject_id: int = Field(primary_key=True, foreign_key="subject.id")
    topic: str = Field(primary_key=True)
    source: str


class RegistrationRow(SQLModel, table=True):
    """Standing version of a register event."""

    __tablename__ = "registration"

    subject_id: int = Field(primary_key=True, foreign_key="subject.id")
    effective: int = Field(primary_key=True)
    """YYYYMM."""
    action: str = Field(primary_key=True)
    revision: int
    reported_at_us: int = Field(sa_type=BigInteger)
    event_id: str
    digest: bytes = Field(sa_type=LargeBinary)
    broker_ms: int = Field(sa_type=BigInteger)
    name: str
    content: bytes = Field(sa_type=LargeBinary)
    """The entry as MessagePack."""


class LineRow(SQLModel, table=True):
    """Standing version of a report line."""

    __tablename__ = "line"
    __table_args__ = (
        # Few lines wait, and people ask for them often.
        Index(
            "line_waiting",
            "state",
            sqlite_where=text("state <> 'applied'"),
            postgresql_where=text("state <> 'applied'"),
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(BIG_ID, primary_key=True))
    """Subject, indicator and period in one integer, so that the lines of a subject stand together:
    see `adapters.keys`."""
    subject_id: int = Field(foreign_key="subject.id")
    topic: str
    state: str
    """applied, parked, held or rejected: `services.ingest.domain.holds.LineState`."""
    revision: int
    reported_at_us: int = Field(sa_type=BigInteger)
    event_id: str
    digest: bytes = Field(sa_type=LargeBinary)
    broker_ms: int = Field(sa_type=BigInteger)
    month: int | None = Field(default=None, sa_type=BigInteger)
    ytd: int | None = Field(default=None, sa_type=BigInteger)
    month_last_year: int | None = Field(default=None, sa_type=BigInteger)
    ytd_last_year: int | None = Field(default=None, sa_type=BigInteger)
    project: bytes | None = Field(default=None, sa_type=LargeBinary)
    """Project details as MessagePack."""


WAITS = text("line.state <> 'applied'")
"""Said as the partial index says it, or the engines would read all lines for the few that wait."""


class SentRow(SQLModel, table=True):
    """The newest facts of a line, or of a register month, that were put into the outbox.

    One row for all units of a line: they change together.
    """

    __tablename__ = "sent_fact"

    line_id: int | None = Field(default=None, sa_column=Column(BIG_ID, primary_key=True))
    facts: bytes = Field(sa_type=LargeBinary)
    """MessagePack list of [unit, version, fingerprint or nil for a retraction]."""


class YearPartRow(SQLModel, table=True):
    """What a December that counts contributes to a unit's total of its year."""

    __tablename__ = "year_part"
    __table_args__ = (Index("year_part_total", "closing", "unit_id"),)

    line_id: int = Field(primary_key=True, sa_type=BigInteger)
    unit_id: int = Field(primary_key=True)
    closing: int
    """Indicator and December, as in the line's id: see `adapters.keys`."""
    amount: int = Field(sa_type=BigInteger)


class SuspicionRow(SQLModel, table=True):
    """A standing line that no reference makes plausible, held or not."""

    __tablename__ = "suspicion"

    line_id: int = Field(primary_key=True, sa_type=BigInteger)
    subject_id: int = Field(foreign_key="subject.id")
    closing: int = Field(index=True)
    """Indicator and last year's December: the totals by which it is weighed."""
    content: bytes = Field(sa_type=LargeBinary)
    """The suspicion as MessagePack."""


class DecisionRow(SQLModel, table=True):
    """A decision about one version of a line; the line may not have come yet."""

    __tablename__ = "report_decision"

    decision_id: str = Field(primary_key=True)
    subject_id: int = Field(foreign_key="subject.id", index=True)
    indicator: str
    period: int
    """YYYYMM."""
    verdict: str
    revision: int
    digest: bytes = Field(sa_type=LargeBinary)
    decided_at_us: int = Field(sa_type=BigInteger)
    who: str
    why: str
    broker_ms: int = Field(sa_type=BigInteger)


class FeedRow(SQLModel, table=True):
    """The newest period that a source has reported for a city in a topic."""

    __tablename__ = "feed"

    source: str = Field(primary_key=True)
    topic: str = Field(primary_key=True)
    city: str = Field(primary_key=True)
    period: int
    """YYYYMM."""


class LineWarningRow(SQLModel, table=True):
    """What is odd about a standing line; lines without a warning are absent."""

    __tablename__ = "line_warning"

    line_id: int = Field(primary_key=True, sa_type=BigInteger)
    kinds: int
    """A bit for each `services.ingest.domain.warnings.Warned`, in its order."""


class WarningRow(SQLModel, table=True):
    """How often something odd was seen that is no reason to refuse."""

    __tablename__ = "warning"

    topic: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    count: int = Field(sa_type=BigInteger)


class ErasedRow(SQLModel, table=True):
    """An enterprise that was erased on request; records of it are honoured accordingly."""

    __tablename__ = "erased"

    token: str = Field(primary_key=True)
    """Keyed hash of its credit code: whoever has the list without the secret knows nobody."""
    reach: str
    """name or records: `services.ingest.domain.erasures.Reach`."""
    secret: str
    """Fingerprint of the token secret."""
    erased_ms: int = Field(sa_type=BigInteger)


KEPT = tuple(table_of(m) for m in (AuditEntry, AuditChain, ErasedRow))
"""What a rebuild from the topics leaves as it is."""

TABLES = (
    *SHARED_TABLES,
    *(
        table_of(model)
        for model in (
            SubjectRow,
            WordRow,
            SourceRow,
            RegistrationRow,
            LineRow,
            SentRow,
            YearPartRow,
            SuspicionRow,
            DecisionRow,
            FeedRow,
            LineWarningRow,
            WarningRow,
            ErasedRow,
        )
    ),
)
