"""The monthly bulletin (月通报) of the city, a county or park, an industry or a cluster."""

from dataclasses import dataclass

from services.alerts.domain.papers.alert_lists import alerts
from services.alerts.domain.papers.correction_list import corrections
from services.alerts.domain.papers.desk import Desk
from services.alerts.domain.papers.model import Paper, PaperKind
from services.alerts.domain.papers.money import money
from services.alerts.domain.papers.progress import overview, progress
from services.alerts.domain.papers.quality import quality
from services.alerts.domain.papers.rhythm import Rhythm
from services.alerts.domain.papers.sheet import desk_of, paper_of
from services.alerts.domain.papers.snapshot import Snapshot
from services.alerts.domain.papers.split import changes
from services.alerts.domain.papers.view import ReaderView
from services.alerts.domain.papers.wording import Wording

_SECTIONS = (overview, progress, changes, money, alerts, quality, corrections)


@dataclass(frozen=True, slots=True)
class MonthlyBulletin:
    """`Builder` of monthly bulletins."""

    wording: Wording
    kind: PaperKind = PaperKind.MONTHLY
    rhythm: Rhythm = Rhythm.MONTHLY

    def build(self, snapshot: Snapshot, unit: str, view: ReaderView) -> Paper:
        """The bulletin of a month. Raises `NoSuchPaperError` for a unit that the plan has not."""
        month = snapshot.paper_period.month
        desk: Desk = desk_of(snapshot, unit, view, self.wording, month)
        sections = [one for make in _SECTIONS for one in make(desk)]
        return paper_of(desk, self.kind, sections)
