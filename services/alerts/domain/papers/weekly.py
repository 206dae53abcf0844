"""The weekly brief (周汇报) of a task force: what moved, what fires, who is late, what stalls."""

from dataclasses import dataclass

from services.alerts.domain.papers.alert_lists import alerts
from services.alerts.domain.papers.correction_list import corrections
from services.alerts.domain.papers.model import Paper, PaperKind
from services.alerts.domain.papers.moves import moves
from services.alerts.domain.papers.progress import overview
from services.alerts.domain.papers.project_lists import projects
from services.alerts.domain.papers.quality import quality
from services.alerts.domain.papers.rhythm import Rhythm
from services.alerts.domain.papers.sheet import desk_of, paper_of
from services.alerts.domain.papers.snapshot import Snapshot
from services.alerts.domain.papers.view import ReaderView
from services.alerts.domain.papers.wording import Wording


@dataclass(frozen=True, slots=True)
class WeeklyBrief:
    """`Builder` of weekly briefs."""

    wording: Wording
    kind: PaperKind = PaperKind.WEEKLY
    rhythm: Rhythm = Rhythm.WEEKLY

    def build(self, snapshot: Snapshot, unit: str, view: ReaderView) -> Paper:
        """The brief of a week. Raises `NoSuchPaperError` for a unit that the plan has not."""
        desk = desk_of(snapshot, unit, view, self.wording, None)
        sections = [
            *moves(desk),
            *overview(desk),
            *alerts(desk),
            *quality(desk, "reporting"),
            *projects(desk),
            *corrections(desk),
        ]
        return paper_of(desk, self.kind, sections)
