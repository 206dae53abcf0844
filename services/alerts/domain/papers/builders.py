"""All kinds of papers that can be made."""

from collections.abc import Mapping

from services.alerts.domain.papers.builder import Builder
from services.alerts.domain.papers.model import PaperKind
from services.alerts.domain.papers.monthly import MonthlyBulletin
from services.alerts.domain.papers.weekly import WeeklyBrief
from services.alerts.domain.papers.wording import Wording


def builders(wording: Wording) -> Mapping[PaperKind, Builder]:
    """A builder for every kind."""
    made: tuple[Builder, ...] = (WeeklyBrief(wording), MonthlyBulletin(wording))
    return {builder.kind: builder for builder in made}
