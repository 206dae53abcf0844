"""Tables of the alerts service. Times are milliseconds since 1970, UTC."""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from shared.storage.sealing import SealedBytes, SealedText
from shared.storage.tables import BIG_ID, SHARED_TABLES, table_of


class StatusRow(SQLModel, table=True):
    """Standing status of a series and period: the one with the greatest version."""

    __tablename__ = "cluster_status"
    __table_args__ = (Index("cluster_status_by_time", "stored_ms"),)

    plan: str = Field(primary_key=True)
    unit: str = Field(primary_key=True)
    indicator: str = Field(primary_key=True)
    period: int = Field(primary_key=True)
    """YYYYMM."""
    version: int = Field(sa_type=BigInteger)
    payload: bytes = Field(sa_type=LargeBinary)
    """The status as JSON, as it was received."""
    stored_ms: int = Field(
        default=0, sa_column=Column(BigInteger, nullable=False, server_default="0")
    )
    """When it was stored: what is hidden is decided again for what came since."""


class NoticeRow(SQLModel, table=True):
    """What ingest noticed, until no rule reads it any more."""

    __tablename__ = "notice"
    __table_args__ = (Index("notice_by_unit", "unit"),)

    notice_id: str = Field(primary_key=True)
    unit: str
    indicator: str
    """Label of the alerts it is about."""
    payload: bytes = Field(sa_type=LargeBinary)
    """The whole notice as JSON."""


class WaitingSeriesRow(SQLModel, table=True):
    """A series with statuses that wait to be evaluated until the backlog is read."""

    __tablename__ = "waiting_series"

    plan: str = Field(primary_key=True)
    unit: str = Field(primary_key=True)
    indicator: str = Field(primary_key=True)


class SilenceRow(SQLModel, table=True):
    """A silence; an ended one is kept for the ledger."""

    __tablename__ = "silence"
    __table_args__ = (Index("silence_by_end", "ends_ms"),)

    id: str = Field(primary_key=True)
    starts_ms: int = Field(sa_type=BigInteger)
    ends_ms: int = Field(sa_type=BigInteger)
    payload: bytes = Field(sa_type=LargeBinary)
    """The whole silence as JSON."""


class AlertRow(SQLModel, table=True):
    """Present state of an alert."""

    __tablename__ = "alert"
    __table_args__ = (
        Index("alert_by_update", "updated_ms", "fingerprint"),
        Index("alert_by_unit", "unit", "plan"),
        Index("alert_to_look_at", "state", "look_ms"),
    )

    fingerprint: str = Field(primary_key=True)
    alertname: str
    plan: str
    unit: str
    region: str
    indicator: str
    state: str
    colour: str
    updated_ms: int = Field(sa_type=BigInteger)
    payload: bytes = Field(sa_type=LargeBinary)
    """The whole alert as JSON."""
    look_ms: int = Field(
        default=0, sa_column=Column(BigInteger, nullable=False, server_default="0")
    )
    """Until when time alone brings nothing new of it; 0 after any change."""


class TransitionRow(SQLModel, table=True):
    """One step of an alert's life; rows are only ever added."""

    __tablename__ = "alert_transition"
    __table_args__ = (UniqueConstraint("fingerprint", "sequence"),)

    id: int | None = Field(default=None, sa_column=Column(BIG_ID, primary_key=True))
    fingerprint: str
    sequence: int
    episode: int
    kind: str
    at_ms: int = Field(sa_type=BigInteger)
    payload: bytes = Field(sa_type=LargeBinary)
    """The whole transition as JSON, with the figures known then."""


class SubscriptionRow(SQLModel, table=True):
    """Who wants to be told what; a deleted one is kept for the ledger."""

    __tablename__ = "subscription"

    id: str = Field(primary_key=True)
    owner: str
    payload: bytes = Field(sa_column=Column(SealedBytes("subscription.payload"), nullable=False))
    """The whole subscription as JSON, sealed: targets hold robots' keys."""
    created_ms: int = Field(sa_type=BigInteger)
    updated_ms: int = Field(sa_type=BigInteger)
    deleted_ms: int | None = Field(default=None, sa_type=BigInteger)


class DecisionRow(SQLModel, table=True):
    """Why a subscription was (not) told of a transition."""

    __tablename__ = "decision"

    transition_id: int = Field(sa_column=Column(BigInteger, primary_key=True))
    subscription_id: str = Field(primary_key=True)
    send: bool
    reason: str


class DeliveryRow(SQLModel, table=True):
    """One message to one channel: exactly one per alert, sequence, subscription and channel.

    Rows of one group that are due together go out as one message.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint(
            "fingerprint",
            "sequence",
            "subscription_id",
            "channel",
            "target",
            name="delivery_once",
        ),
        Index("delivery_due", "status", "next_attempt_ms"),
        Index("delivery_by_alert", "fingerprint", "subscription_id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BIG_ID, primary_key=True))
    group_key: str
    sequence: int
    subscription_id: str
    channel: str
    target: str = Field(sa_column=Column(SealedText("delivery.target"), nullable=False))
    fingerprint: str
    episode: int
    kind: str
    transition_id: int = Field(sa_type=BigInteger)
    status: str
    attempts: int = 0
    possible_repeat: bool = False
    next_attempt_ms: int | None = Field(default=None, sa_type=BigInteger)
    lease: str | None = None
    lease_until_ms: int | None = Field(default=None, sa_type=BigInteger)
    detail: str = ""
    created_ms: int = Field(sa_type=BigInteger)
    due_ms: int | None = Field(default=None, sa_type=BigInteger)
    """When its digest or the end of quiet hours made it due; null where it was due at once."""
    finished_ms: int | None = Field(default=None, sa_type=BigInteger)


class PaperRow(SQLModel, table=True):
    """An issued paper: all that it is made from, as it was; written once."""

    __tablename__ = "paper"
    __table_args__ = (UniqueConstraint("rhythm", "plan", "period", name="paper_once"),)

    id: int | None = Field(default=None, sa_column=Column(BIG_ID, primary_key=True))
    rhythm: str
    plan: str
    period: str
    issued_ms: int = Field(sa_type=BigInteger)
    issued_by: str
    sha256: str
    """Of the snapshot's canonical JSON."""
    snapshot: bytes = Field(sa_type=LargeBinary)
    """The canonical JSON, compressed with zlib."""


TABLES = (
    *SHARED_TABLES,
    *(
        table_of(model)
        for model in (
            StatusRow,
            NoticeRow,
            WaitingSeriesRow,
            SilenceRow,
            AlertRow,
            TransitionRow,
            SubscriptionRow,
            DecisionRow,
            DeliveryRow,
            PaperRow,
        )
    ),
)
