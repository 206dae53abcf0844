"""From sections to a paper: title, labels, notes."""

from collections.abc import Sequence

from services.alerts.domain.papers import display
from services.alerts.domain.papers.builder import NoSuchPaperError
from services.alerts.domain.papers.desk import Desk, numbered
from services.alerts.domain.papers.model import Paper, PaperKind, Paragraph, Section
from services.alerts.domain.papers.snapshot import Snapshot
from services.alerts.domain.papers.view import ReaderView
from services.alerts.domain.papers.wording import Wording
from shared.events.period import Month


def desk_of(
    snapshot: Snapshot, unit: str, view: ReaderView, wording: Wording, month: Month | None
) -> Desk:
    """What the sections need. Raises `NoSuchPaperError` for a unit that may not be read."""
    if unit not in snapshot.plan.by_id or not view.covers(unit):
        raise NoSuchPaperError(f"{snapshot.plan.id} has no unit {unit!r}")
    return Desk(snapshot, view, wording, unit, month)


def paper_of(desk: Desk, kind: PaperKind, sections: Sequence[Section]) -> Paper:
    """The paper with its title and notes."""
    snapshot, wording = desk.snapshot, desk.wording
    units = [unit.id for unit in desk.scope]
    moment = snapshot.frozen_at.isoformat()
    notes = [Paragraph((text,)) for text in wording.tables["notes"]]
    if snapshot.is_draft:
        notes.insert(0, wording.say("draft"))
    return Paper(
        id=f"{snapshot.plan.id}.{desk.unit}.{kind}.{snapshot.period}",
        kind=kind,
        title=wording.text(str(kind)),
        subtitle=wording.text(
            "subtitle", period=display.period(snapshot.period), unit=desk.name(desk.unit)
        ),
        plan=snapshot.plan.id,
        unit=desk.unit,
        period=snapshot.period,
        as_of=moment,
        issued_at=moment,
        number=snapshot.number,
        issuer=snapshot.issuer,
        sections=numbered(sections, wording.tables["numerals"]),
        masking=desk.view.masking(units),
        draft=snapshot.is_draft,
        simulated=bool(snapshot.data_label),
        notes=tuple(notes),
    )
