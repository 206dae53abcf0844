"""Tables of the metrics database. Amounts are integers in base units; times are RFC 3339 text."""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, SmallInteger, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from shared.storage.tables import BIG_ID, SHARED_TABLES, AuditChain, AuditEntry, table_of


class UnitName(SQLModel, table=True):
    """Integer id of a unit, and the partition that its facts come from."""

    __tablename__ = "metrics_unit"

    id: int | None = Field(default=None, sa_column=Column(BIG_ID, primary_key=True))
    name: str = Field(unique=True)
    partition: int = 0


class SubjectToken(SQLModel, table=True):
    """Integer id of a subject's opaque token."""

    __tablename__ = "metrics_subject"

    id: int | None = Field(default=None, sa_column=Column(BIG_ID, primary_key=True))
    name: str = Field(unique=True)


class IndicatorName(SQLModel, table=True):
    """Integer id of an indicator."""

    __tablename__ = "metrics_indicator"

    id: int | None = Field(default=None, sa_column=Column(BIG_ID, primary_key=True))
    name: str = Field(unique=True)


class _FactContent(SQLModel):
    """Columns of a fact beside its key and version; amounts in base units."""

    revision: int = Field(sa_type=BigInteger)
    deleted: int = Field(sa_type=SmallInteger)
    month: int | None = Field(default=None, sa_type=BigInteger)
    ytd: int | None = Field(default=None, sa_type=BigInteger)
    month_last_year: int | None = Field(default=None, sa_type=BigInteger)
    ytd_last_year: int | None = Field(default=None, sa_type=BigInteger)
    detail: str | None = Field(default=None, sa_type=Text)
    as_of: int = Field(sa_type=BigInteger)
    """Broker time of the newest input behind it, milliseconds since 1970."""


class FactRow(_FactContent, table=True):
    """Standing version of a fact, by packed key (see `domain.keys`)."""

    __tablename__ = "metrics_fact"

    id: int | None = Field(
        default=None, sa_column=Column(BIG_ID, primary_key=True, autoincrement=False)
    )
    version: int = Field(sa_type=BigInteger)


class FactVersionRow(_FactContent, table=True):
    """A version of a fact that stands no longer, for views of the past."""

    __tablename__ = "metrics_fact_version"

    id: int | None = Field(
        default=None,
        sa_column=Column(BigInteger, primary_key=True, autoincrement=False),
    )
    version: int = Field(sa_type=BigInteger, primary_key=True)


class TotalRow(SQLModel, table=True):
    """Running totals of a cell, by packed key (see `domain.keys` and `domain.totals`)."""

    __tablename__ = "metrics_total"

    id: int | None = Field(
        default=None, sa_column=Column(BIG_ID, primary_key=True, autoincrement=False)
    )
    contributors: int = Field(sa_type=BigInteger)
    month: int = Field(sa_type=BigInteger)
    month_count: int = Field(sa_type=BigInteger)
    ytd: int = Field(sa_type=BigInteger)
    ytd_count: int = Field(sa_type=BigInteger)
    month_last_year: int = Field(sa_type=BigInteger)
    month_last_year_count: int = Field(sa_type=BigInteger)
    ytd_last_year: int = Field(sa_type=BigInteger)
    ytd_last_year_count: int = Field(sa_type=BigInteger)
    comparable_ytd: int = Field(sa_type=BigInteger)
    comparable_last_year: int = Field(sa_type=BigInteger)
    comparable_count: int = Field(sa_type=BigInteger)
    as_of: str
    """Broker time of the newest input seen for the cell."""
    input_version: int = Field(sa_type=BigInteger)
    """Greatest fact version seen for the cell."""


class DirtyRow(SQLModel, table=True):
    """A unit's indicator whose statuses have to be assessed again, from a period on."""

    __tablename__ = "metrics_dirty"

    id: int | None = Field(
        default=None, sa_column=Column(BIG_ID, primary_key=True, autoincrement=False)
    )
    """Packed key of the earliest changed cell's unit and indicator, period part zero."""
    earliest: int = Field(sa_type=BigInteger)
    """Month number YYYYMM."""
    stamp: int = Field(sa_type=BigInteger)
    """Random; another one means that more has changed meanwhile."""


class BaseRow(SQLModel, table=True):
    """A year's total as the base of a plan's path (``from_data``)."""

    __tablename__ = "metrics_base"

    plan: str = Field(primary_key=True)
    unit: str = Field(primary_key=True)
    indicator: str = Field(primary_key=True)
    year: int = Field(primary_key=True)
    value: int = Field(sa_type=BigInteger)
    since: str
    frozen: int = Field(sa_type=SmallInteger)
    input_version: int = Field(sa_type=BigInteger)


class StatusRow(SQLModel, table=True):
    """Newest status of a plan's unit, indicator and period, as it was published."""

    __tablename__ = "metrics_status"
    __table_args__ = (
        UniqueConstraint("plan", "indicator", "period", "unit"),
        Index("metrics_status_by_version", "version"),
    )

    plan: str = Field(primary_key=True)
    unit: str = Field(primary_key=True)
    indicator: str = Field(primary_key=True)
    period: int = Field(primary_key=True)
    """Month number YYYYMM."""
    version: int = Field(sa_type=BigInteger)
    digest: bytes = Field(sa_type=LargeBinary)
    """Hash of the content without its version: equal content is not published again."""
    body: bytes = Field(sa_type=LargeBinary)


class ForecastRow(SQLModel, table=True):
    """A full forecast that a status wants, and the newest one that was made."""

    __tablename__ = "metrics_forecast"

    plan: str = Field(primary_key=True)
    unit: str = Field(primary_key=True)
    indicator: str = Field(primary_key=True)
    period: int = Field(primary_key=True)
    """Month number YYYYMM."""
    wanted: bytes = Field(sa_type=LargeBinary)
    """Digest of the standing request."""
    request: bytes = Field(sa_type=LargeBinary)
    wanted_version: int = Field(sa_type=BigInteger)
    """Version of the inputs of the standing request."""
    wanted_at: str
    asked_at: str
    """Since when the standing request, or those it replaced, have been waiting."""
    made: bytes | None = Field(default=None, sa_type=LargeBinary)
    """Digest of the request that `result` answers."""
    made_version: int | None = Field(default=None, sa_type=BigInteger)
    result: bytes | None = Field(default=None, sa_type=LargeBinary)


class PublicationRow(SQLModel, table=True):
    """A plan's month that was published: what was said then stays as it was."""

    __tablename__ = "metrics_publication"

    plan: str = Field(primary_key=True)
    period: int = Field(primary_key=True)
    """Month number YYYYMM."""
    published_at: str
    """RFC 3339."""
    actor: str
    note: str


class PublishedStatusRow(SQLModel, table=True):
    """A status as it stood when its month was published."""

    __tablename__ = "metrics_published_status"

    plan: str = Field(primary_key=True)
    period: int = Field(primary_key=True)
    unit: str = Field(primary_key=True)
    indicator: str = Field(primary_key=True)
    body: bytes = Field(sa_type=LargeBinary)


KEPT = tuple(
    table_of(m) for m in (AuditEntry, AuditChain, BaseRow, PublicationRow, PublishedStatusRow)
)
"""What a rebuild from the topics leaves as it is: none of it comes from a topic."""

TABLES = (
    *SHARED_TABLES,
    *(
        table_of(model)
        for model in (
            UnitName,
            SubjectToken,
            IndicatorName,
            FactRow,
            FactVersionRow,
            TotalRow,
            DirtyRow,
            BaseRow,
            StatusRow,
            ForecastRow,
            PublicationRow,
            PublishedStatusRow,
        )
    ),
)
