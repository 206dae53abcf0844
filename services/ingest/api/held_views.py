"""What is shown of held reports and of those who decide about them."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from services.ingest.adapters.held_lines import HeldLine, PastDecision
from services.ingest.domain.holds import LineState
from services.ingest.domain.plausibility import HoldReason, ReferenceKind
from shared.clock import from_milliseconds
from shared.events.decisions import DecisionVerdict

_MICROSECONDS = 1_000_000
MAX_ID = 2**63 - 1


class HeldState(StrEnum):
    """Which reports are listed."""

    WAITING = "waiting"
    REJECTED = "rejected"
    ALL = "all"

    @property
    def states(self) -> tuple[LineState, ...]:
        """States of lines that it means."""
        return {
            HeldState.WAITING: (LineState.HELD,),
            HeldState.REJECTED: (LineState.REJECTED,),
            HeldState.ALL: (LineState.HELD, LineState.REJECTED),
        }[self]


class HeldView(BaseModel):
    """A report that is kept back, without its figures."""

    id: str = Field(description="Token, indicator and period: the same after a rebuild.")
    subject: str = Field(description="Token, as in the facts.")
    topic: str
    indicator: str
    period: str
    revision: int
    state: LineState
    reason: HoldReason | None
    suspected_factor: int | None = Field(description="The slip of unit it looks like: 10, 1000, …")
    unit: str | None = Field(description="The unit that it would move most.")
    share_of_unit: float | None = Field(
        description="By how much it would move that unit, as a part of the unit's figure."
    )
    received_at: datetime = Field(description="Broker time of the report.")


class HeldList(BaseModel):
    """In the order of the store."""

    items: list[HeldView]
    next: int | None


class ReferenceView(BaseModel):
    """What the suspicious value was compared with."""

    kind: ReferenceKind
    period: str
    value: int = Field(description="What could be expected, in base units.")


class DecisionView(BaseModel):
    """What somebody decided."""

    verdict: DecisionVerdict
    revision: int
    who: str
    why: str
    decided_at: datetime


class HeldDetail(HeldView):
    """A report that is kept back, with what speaks against it. Amounts are in base units."""

    field: str | None = Field(description="The figure that is suspicious.")
    value: int | None
    ratio: float | None = Field(description="The value, in what could be expected.")
    reference: ReferenceView | None
    shares: dict[str, float] = Field(description="By how much each unit would be moved.")
    month: int | None
    ytd: int | None
    month_last_year: int | None
    ytd_last_year: int | None
    planned_total: int | None
    decisions: list[DecisionView] = Field(description="Newest first.")


SPOKEN = r"^[^\x00]*[^\s\x00][^\x00]*$"
"""Something that is not blank; NUL cannot be stored."""
Who = Annotated[str, StringConstraints(max_length=100, pattern=SPOKEN)]
Why = Annotated[str, StringConstraints(max_length=500, pattern=SPOKEN)]


class DecisionBody(BaseModel):
    """Who decides, and why."""

    who: Who = Field(description="Name of the person who takes responsibility.")
    why: Why = Field(description="What was found out, such as whom you called.")
    revision: int | None = Field(
        default=None,
        ge=1,
        le=2_147_483_647,
        description="The revision you have seen; when another one stands by now you are told.",
    )


class Decided(BaseModel):
    """Body of the answer 202: kept for ever, and in effect as soon as ingest has read it."""

    id: str
    decision_id: str
    verdict: DecisionVerdict
    revision: int


def held_view(held: HeldLine, token: str) -> HeldView:
    """A row of the list."""
    return HeldView(**_common(held, token))


def held_detail(held: HeldLine, token: str, decisions: list[DecisionView]) -> HeldDetail:
    """All that helps to decide."""
    line = held.stored.line
    doubt = None if held.suspicion is None else held.suspicion.doubt
    return HeldDetail(
        **_common(held, token),
        field=doubt and doubt.field,
        value=None if doubt is None else doubt.value,
        ratio=doubt.value / doubt.expected if doubt and doubt.expected else None,
        reference=doubt
        and ReferenceView(
            kind=doubt.reference, period=str(doubt.reference_period), value=doubt.expected
        ),
        shares={} if held.suspicion is None else dict(held.suspicion.shares),
        month=line.figures.month,
        ytd=line.figures.ytd,
        month_last_year=line.figures.month_last_year,
        ytd_last_year=line.figures.ytd_last_year,
        planned_total=None if line.project is None else line.project.planned_total,
        decisions=decisions,
    )


def decision_view(past: PastDecision) -> DecisionView:
    """What somebody decided."""
    return DecisionView(
        verdict=DecisionVerdict(past.verdict),
        revision=past.revision,
        who=past.who,
        why=past.why,
        decided_at=datetime.fromtimestamp(past.decided_at_us / _MICROSECONDS, UTC),
    )


def _common(held: HeldLine, token: str) -> dict[str, object]:
    line = held.stored.line
    suspicion = held.suspicion
    shares = {} if suspicion is None else suspicion.shares
    unit = max(shares, key=lambda each: (shares[each], each), default=None)
    return {
        "id": f"{token}.{line.indicator}.{line.period}",
        "subject": token,
        "topic": line.topic,
        "indicator": line.indicator,
        "period": str(line.period),
        "revision": line.version.revision,
        "state": held.stored.state,
        "reason": None if suspicion is None else suspicion.doubt.reason,
        "suspected_factor": None if suspicion is None else suspicion.doubt.slip,
        "unit": unit,
        "share_of_unit": None if unit is None else shares[unit],
        "received_at": from_milliseconds(line.broker_ms),
    }
