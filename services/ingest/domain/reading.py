"""From a raw record to a validated line or register event, or to the reason why not."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from services.ingest.domain.lines import Line, Origin, read_investment, read_output
from services.ingest.domain.register import Registration, read_enterprise
from services.ingest.domain.subjects import Subject
from shared.events.decoding import decode
from shared.events.inputs import (
    ENTERPRISE_TOPIC,
    INVESTMENT_TOPIC,
    OUTPUT_TOPIC,
    EnterpriseEvent,
    InputEvent,
    InvestmentEvent,
    OutputEvent,
)
from shared.events.records import Record
from shared.plans import Plan, UnitKind

CONSUMED_TOPICS = (ENTERPRISE_TOPIC, OUTPUT_TOPIC, INVESTMENT_TOPIC)

_MEMBERSHIP_KINDS = {UnitKind.CLUSTER, UnitKind.INDUSTRY}
"""Levels that may be listed; the place alone decides about counties, parks and the city."""


@dataclass(frozen=True, slots=True)
class Item:
    """A record that was understood."""

    content: Line | Registration
    topic: str
    unknown_fields: int

    @property
    def subject(self) -> Subject:
        """Who it is about."""
        return self.content.subject

    @property
    def source(self) -> str:
        """The system that sent it."""
        return self.content.source


class Reader:
    """Understands records in the light of the plans that are followed."""

    def __init__(self, plans: Sequence[Plan]) -> None:
        units = [unit for plan in plans for unit in plan.units]
        self._regions = frozenset(code for unit in units for code in unit.codes)
        # Weights are whole within a level of one plan; plans do not share an enterprise out.
        self._levels: Mapping[str, str] = {
            unit.id: f"{unit.kind.value} of {plan.id}"
            for plan in plans
            for unit in plan.units
            if unit.kind in _MEMBERSHIP_KINDS
        }
        self._readers: dict[type, Callable[[InputEvent, Origin], Line | Registration]] = {
            EnterpriseEvent: self._enterprise,
            OutputEvent: self._output,
            InvestmentEvent: self._investment,
        }

    def read(self, record: Record) -> Item:
        """Decode and validate one record. Raises `Refused`, and nothing else."""
        decoded = decode(record)
        origin = Origin(decoded.event_id, decoded.source, record.topic, record.timestamp_ms)
        content = self._readers[type(decoded.event)](decoded.event, origin)
        return Item(content, record.topic, decoded.unknown_fields)

    def _enterprise(self, event: InputEvent, origin: Origin) -> Registration:
        assert isinstance(event, EnterpriseEvent)  # noqa: S101 - by the table above
        return read_enterprise(event, origin, self._regions, self._levels)

    @staticmethod
    def _output(event: InputEvent, origin: Origin) -> Line:
        assert isinstance(event, OutputEvent)  # noqa: S101 - by the table above
        return read_output(event, origin)

    def _investment(self, event: InputEvent, origin: Origin) -> Line:
        assert isinstance(event, InvestmentEvent)  # noqa: S101 - by the table above
        return read_investment(event, origin, self._regions, self._levels)
