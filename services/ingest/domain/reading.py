"""From a raw record to a validated line or register event, or to the reason why not."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import msgspec

from services.ingest.domain.decisions import Ruling, read_decision
from services.ingest.domain.lines import Line, Origin, read_output
from services.ingest.domain.project_lines import read_funds, read_investment, read_stage
from services.ingest.domain.register import Registration, read_enterprise
from services.ingest.domain.series import SeriesCatalogue, plan_indicator
from services.ingest.domain.subjects import Subject
from shared.events.decisions import DECISIONS_TOPIC
from shared.events.decoding import decode
from shared.events.inputs import (
    INDICATOR_TOPIC,
    INPUT_TOPICS,
    EnterpriseEvent,
    FundsEvent,
    IndicatorEvent,
    InvestmentEvent,
    OutputEvent,
    ProjectEvent,
)
from shared.events.records import Record
from shared.plans import Plan, UnitKind

CONSUMED_TOPICS = tuple(INPUT_TOPICS)
"""What statistics systems send."""

READ_TOPICS = (*CONSUMED_TOPICS, DECISIONS_TOPIC)

_MEMBERSHIP_KINDS = {UnitKind.CLUSTER, UnitKind.INDUSTRY}
"""Levels that may be listed; the place alone decides about counties, parks and the city."""


class Item(msgspec.Struct, frozen=True, gc=False):
    """A record that was understood."""

    content: Line | Registration | Ruling
    subject: Subject
    """Who it is about."""
    owned: str
    """What its source owns of the subject: its lines in the topic.

    The figures of a zone come from several bureaus, each of which owns its own indicators.
    """
    unknown_fields: int = 0


class Reader:
    """Understands records in the light of the plans that are followed."""

    def __init__(self, plans: Sequence[Plan]) -> None:
        self.plans = tuple(plans)
        """Those that are followed."""
        units = [unit for plan in plans for unit in plan.units]
        self._regions = frozenset(code for unit in units for code in unit.codes)
        # Weights are whole within a level of one plan; plans do not share an enterprise out.
        self._levels: Mapping[str, str] = {
            unit.id: f"{unit.kind.value} of {plan.id}"
            for plan in plans
            for unit in plan.units
            if unit.kind in _MEMBERSHIP_KINDS
        }
        self._series = SeriesCatalogue(plans)
        regions, levels = self._regions, self._levels
        self._readers: dict[type, Callable[..., Line | Registration]] = {
            EnterpriseEvent: partial(read_enterprise, regions=regions, levels=levels),
            OutputEvent: read_output,
            InvestmentEvent: partial(read_investment, regions=regions, clusters=levels),
            FundsEvent: partial(read_funds, regions=regions, clusters=levels),
            ProjectEvent: partial(read_stage, regions=regions, clusters=levels),
            IndicatorEvent: self._series.read,
        }

    def read(self, record: Record) -> Item:
        """Decode and validate one record. Raises `Refused`, and nothing else."""
        topic = record.topic
        if topic == DECISIONS_TOPIC:
            ruling = read_decision(record)
            return Item(ruling, ruling.subject, topic)
        decoded = decode(record)
        event = decoded.event
        origin = Origin(decoded.event_id, decoded.source, topic, record.timestamp_ms)
        content = self._readers[type(event)](event, origin)
        owned = topic
        if topic == INDICATOR_TOPIC and isinstance(content, Line):
            owned = f"{topic}|{plan_indicator(content.indicator)}"
        return Item(content, content.subject, owned, decoded.unknown_fields)
