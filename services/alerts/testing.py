"""Builders for tests of papers: a snapshot from statuses, without a store."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from services.alerts.domain.papers.builder import WANTED
from services.alerts.domain.papers.hidden import Hidden, HiddenCell
from services.alerts.domain.papers.model import Paper
from services.alerts.domain.papers.plan_facts import plan_facts
from services.alerts.domain.papers.rhythm import PaperPeriod, Rhythm
from services.alerts.domain.papers.snapshot import CalendarFacts, Snapshot
from services.alerts.domain.rulebook import PlanRules
from shared.events.status import Status
from shared.plans import Plan
from shared.stalling import StallingLimits

_CALENDAR = CalendarFacts(
    today=date(2026, 7, 20),
    newest_due="2026-06",
    deadline=date(2026, 7, 13),
    working_days_late=5,
    official=True,
    minimum_coverage=0.95,
)


def snapshot_of(
    plan: Plan,
    rhythm: Rhythm,
    period: str,
    statuses: Iterable[Status],
    *,
    rules: PlanRules | None = None,
    **changes: Any,  # noqa: ANN401 - any field of a snapshot
) -> Snapshot:
    """What would be frozen of these statuses on 20 July 2026."""
    fields: dict[str, Any] = {
        "rhythm": rhythm,
        "period": PaperPeriod.parse(rhythm, period).text,
        "plan": plan_facts(plan),
        "frozen_at": datetime(2026, 7, 20, 1, tzinfo=UTC),
        "number": 1,
        "data_label": "模拟数据",
        "statuses": tuple(sorted(statuses, key=lambda one: (one.unit, one.indicator, one.period))),
        "alerts": (),
        "transitions": (),
        "held": (),
        "feeds": (),
        "calendar": _CALENDAR,
        "stalling": StallingLimits(),
        "hidden": None,
        "extra": WANTED[rhythm].configuration(rules or PlanRules()),
    }
    return Snapshot(**fields | changes)


def hiding(table: str, period: str, units: Sequence[str]) -> Hidden:
    """The decision to hide a table's cells of some units in a period, and in no other."""
    return Hidden((HiddenCell(table, period, None, tuple(units)),))


def content_lines(paper: Paper) -> Iterator[bytes]:
    """The paper's content, a block a line, so that a difference is found by its line."""
    head = msgspec.structs.replace(paper, sections=())
    yield msgspec.json.encode(head, order="deterministic")
    for section in paper.sections:
        yield b"# " + section.title.encode()
        yield from (msgspec.json.encode(one, order="deterministic") for one in section.blocks)
