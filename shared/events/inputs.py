"""The six `stats.*` topics: what statistics systems publish.

Read them with `shared.events.decoding.decode`, which also forgives and counts unknown fields. The
structs name them as errors only so that the common case needs a single pass over the bytes.
Numbers are exact decimals in the `unit` of the line. Codes, periods, units and indicators are
checked by ingest, which knows the reason words for them.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

ENTERPRISE_TOPIC: Final = "stats.enterprise.v1"
OUTPUT_TOPIC: Final = "stats.output.v1"
INVESTMENT_TOPIC: Final = "stats.investment.v1"
FUNDS_TOPIC: Final = "stats.funds.v1"
PROJECT_TOPIC: Final = "stats.project.v1"
INDICATOR_TOPIC: Final = "stats.indicator.v1"

EventId = Annotated[str, Meta(min_length=1, max_length=128)]
Source = Annotated[str, Meta(min_length=1, max_length=64)]
Code = Annotated[str, Meta(min_length=1, max_length=32)]
Id = Annotated[str, Meta(min_length=1, max_length=128)]
Name = Annotated[str, Meta(min_length=1, max_length=256)]
Text = Annotated[str, Meta(max_length=2000)]
# Python's `$` also matches before a final line feed, so that is excluded by hand.
Industry = Annotated[str, Meta(max_length=4, pattern=r"^[0-9]{2,4}$(?!\n)")]
# The stores keep revisions as 32-bit integers.
Revision = Annotated[int, Meta(ge=1, le=2_147_483_647)]
Timestamp = Annotated[datetime, Meta(tz=True)]
Number = int | Decimal
"""Exact: whole numbers as they are, others as decimals, which cost several times as much."""
Weight = Annotated[int, Meta(ge=0, le=10_000)]

Size = Literal["large", "medium", "small", "micro"]
Action = Literal["entry", "change", "exit", "reattribution"]
Currency = Literal["CNY", "USD"]
InvestmentStage = Literal["signed", "started", "building", "completed", "producing"]
ProjectStage = Literal[
    "negotiating", "signed", "started", "building", "completed", "producing", "terminated"
]


class Membership(Struct, frozen=True):
    """Share of an enterprise in a cluster."""

    cluster: Id
    weight: Weight
    """Ten-thousandths."""
    primary: bool = False


class EnterpriseEvent(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`stats.enterprise.v1`: a change of the register (名录库)."""

    event_id: EventId
    source: Source
    uscc: Code
    """Unified social credit code, GB 32100-2015."""
    name: Name
    region: Code
    """GB/T 2260 or NBS zone code, 6 digits."""
    industry: Industry
    """GB/T 4754-2017, 2 to 4 digits."""
    above_scale: bool
    action: Action
    effective: Code
    """Calendar month `YYYY-MM`; January is fine here."""
    revision: Revision
    reported_at: Timestamp
    park: Id | None = None
    size: Size | None = None
    memberships: Annotated[tuple[Membership, ...], Meta(max_length=64)] | None = None
    """The complete list; null leaves it to the membership rules of the plan."""


class OutputEvent(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`stats.output.v1`: one line of an enterprise's monthly report."""

    event_id: EventId
    source: Source
    uscc: Code
    period: Code
    indicator: Id
    unit: Code
    revision: Revision
    reported_at: Timestamp
    month: Number | None = None
    ytd: Number | None = None
    """Year-to-date; null only for stocks, which have `month` alone."""
    month_last_year: Number | None = None
    ytd_last_year: Number | None = None


class InvestmentEvent(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`stats.investment.v1`: fixed-asset investment of one project (固定资产投资)."""

    event_id: EventId
    source: Source
    project_id: Id
    name: Name
    region: Code
    industry: Industry
    period: Code
    unit: Code
    planned_total: Number
    since_start: Number
    ytd: Number
    stage: InvestmentStage
    revision: Revision
    reported_at: Timestamp
    cluster: Id | None = None
    park: Id | None = None
    """As in the register: a park without a region code of its own."""
    month: Number | None = None
    month_last_year: Number | None = None
    ytd_last_year: Number | None = None
    started_on: date | None = None
    completed_on: date | None = None


class FundsEvent(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`stats.funds.v1`: funds received (到位资金) for an investment-promotion project."""

    event_id: EventId
    source: Source
    project_id: Id
    region: Code
    period: Code
    unit: Code
    currency: Currency
    ytd: Number
    origin: Code
    """Province code of the investor (`31`, also written `310000`), or `foreign`."""
    revision: Revision
    reported_at: Timestamp
    cluster: Id | None = None
    park: Id | None = None
    month: Number | None = None
    month_last_year: Number | None = None
    ytd_last_year: Number | None = None


class ProjectEvent(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`stats.project.v1`: a stage that an investment-promotion project has reached."""

    event_id: EventId
    source: Source
    project_id: Id
    name: Name
    region: Code
    stage: ProjectStage
    occurred_on: date
    manufacturing: bool
    revision: Revision
    reported_at: Timestamp
    cluster: Id | None = None
    park: Id | None = None
    contracted_total: Number | None = None
    unit: Code | None = None
    currency: Currency | None = None
    investor_origin: Code | None = None
    top500: bool | None = None
    capacity_text: Text | None = None


class IndicatorEvent(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`stats.indicator.v1`: a figure that exists only at zone or cluster level."""

    event_id: EventId
    source: Source
    indicator: Id
    """Id of the indicator in a plan."""
    region: Code
    """Of the unit the plan states it for; a park without a region code goes by its id."""
    period: Code
    """`YYYY-MM`, `YYYY-Qn` or `YYYY`."""
    value: Number
    unit: Code
    revision: Revision
    reported_at: Timestamp
    cluster: Id | None = None


InputEvent = (
    EnterpriseEvent | OutputEvent | InvestmentEvent | FundsEvent | ProjectEvent | IndicatorEvent
)

INPUT_TOPICS: Final[dict[str, type[InputEvent]]] = {
    ENTERPRISE_TOPIC: EnterpriseEvent,
    OUTPUT_TOPIC: OutputEvent,
    INVESTMENT_TOPIC: InvestmentEvent,
    FUNDS_TOPIC: FundsEvent,
    PROJECT_TOPIC: ProjectEvent,
    INDICATOR_TOPIC: IndicatorEvent,
}

RECORD_KEYS: Final[dict[str, str]] = {
    ENTERPRISE_TOPIC: "uscc",
    OUTPUT_TOPIC: "uscc",
    INVESTMENT_TOPIC: "project_id",
    FUNDS_TOPIC: "project_id",
    PROJECT_TOPIC: "project_id",
    INDICATOR_TOPIC: "region",
}
"""Field of the value that producers use as the record key."""
