"""All kinds of papers that can be made."""

from collections.abc import Mapping

from services.alerts.domain.papers.builder import Builder
from services.alerts.domain.papers.model import PaperKind
from services.alerts.domain.papers.monthly import MonthlyBulletin
from services.alerts.domain.papers.quarterly import QuarterlyRanking
from services.alerts.domain.papers.tour import TourSheet
from services.alerts.domain.papers.weekly import WeeklyBrief
from services.alerts.domain.papers.wording import Wording
from services.alerts.domain.papers.yearly import YearlyAssessment


def builders(wording: Wording) -> Mapping[PaperKind, Builder]:
    """A builder for every kind."""
    made: tuple[Builder, ...] = (
        WeeklyBrief(wording),
        MonthlyBulletin(wording),
        QuarterlyRanking(wording),
        TourSheet(wording),
        YearlyAssessment(wording),
    )
    return {builder.kind: builder for builder in made}
