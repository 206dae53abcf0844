"""What an assessment reads, and where its results go."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from services.metrics.domain.base import BaseRecord
from services.metrics.domain.comparison import Contribution
from services.metrics.domain.coverage import Membership
from services.metrics.domain.forecast import ForecastRequest
from services.metrics.domain.made_forecasts import MadeForecast, StoredForecast
from services.metrics.domain.standing import Standing
from services.metrics.domain.totals import CellState
from services.metrics.ports.facts import DirtyMark
from services.metrics.ports.positions import Positions
from shared.events.facts import ProjectState
from shared.events.period import Month
from shared.events.status import Status


@dataclass(frozen=True, slots=True)
class UnitRecord:
    """A unit that facts have named, and the partition they come from."""

    name: str
    partition: int


@dataclass(frozen=True, slots=True)
class Report:
    """A stored report: who, when, what."""

    period: Month
    subject: int
    contribution: Contribution


@dataclass(frozen=True, slots=True)
class ProjectReport:
    """A stored investment report of one project."""

    period: Month
    subject: int
    contribution: Contribution
    state: ProjectState | None


BaseKey = tuple[str, str, str, int]
"""Plan, unit, indicator, year."""


class ForecastKey(NamedTuple):
    """The status that a forecast is for."""

    plan: str
    unit: str
    indicator: str
    period: Month


@dataclass(frozen=True, slots=True)
class ForecastWish:
    """A forecast to make; `asked_at` is since when it, or what it replaced, has been waiting."""

    key: ForecastKey
    digest: bytes
    request: ForecastRequest
    input_version: int
    wanted_at: datetime
    asked_at: datetime


class AssessmentSource(Protocol):
    """A stable view of the store for the assessment of some units."""

    def positions(self) -> Positions:
        """How far the facts topic has been read."""
        ...

    def standing(self, keys: Collection[int]) -> dict[int, Standing]:
        """Standing facts by packed key; absent where there is none."""
        ...

    def dirty(self) -> list[DirtyMark]:
        """All open marks."""
        ...

    def units(self) -> dict[int, UnitRecord]:
        """Units by id."""
        ...

    def indicators(self) -> dict[int, str]:
        """Names of indicators by id."""
        ...

    def indicators_of(self, unit: int) -> set[int]:
        """Ids of the indicators that the unit has cells of."""
        ...

    def cells_of(self, unit: int, indicator: int) -> dict[Month, CellState]:
        """All periods of a unit's indicator."""
        ...

    def reports(self, unit: int, indicator: int, first: Month, last: Month) -> list[Report]:
        """Standing reports of a unit's indicator, both periods included."""
        ...

    def memberships(self, unit: int, indicator: int) -> list[Membership]:
        """All standing membership facts of a unit; `indicator` is the id of memberships."""
        ...

    def projects(self, unit: int, indicator: int, first: Month, last: Month) -> list[ProjectReport]:
        """Standing investment reports of a unit; `indicator` is the id of investment."""
        ...

    def tokens(self, subjects: Collection[int]) -> dict[int, str]:
        """Tokens of subjects by id."""
        ...

    def base(self, key: BaseKey) -> BaseRecord | None:
        """Stored base, if any."""
        ...

    def forecasts(self, plan: str, unit: str, indicator: str) -> dict[Month, StoredForecast]:
        """Forecasts that are wanted or made, by period."""
        ...

    def open_wishes(self) -> list[ForecastWish]:
        """Forecasts that are wanted and not made, newest period first."""
        ...

    def status_before(self, plan: str, unit: str, indicator: str, period: Month) -> Status | None:
        """The stored status of the newest period before this one."""
        ...


class PastSource(AssessmentSource, Protocol):
    """The store as it was known at a moment of the past."""

    def newest_period(self, unit: int, indicator: int) -> Month | None:
        """Newest period of which anything was known."""
        ...


class AssessmentSink(Protocol):
    """The store inside the transaction that keeps an assessment's results."""

    def claim(self, marks: Sequence[DirtyMark]) -> set[int]:
        """Units all of whose marks are still open; locks the marks, forgets those unchanged since.

        Of the others one is gone: another replica has assessed it from a newer view.
        """
        ...

    def mark_dirty(self, marks: Sequence[DirtyMark]) -> None:
        """Ask for further assessments."""
        ...

    def save_bases(self, bases: Mapping[BaseKey, BaseRecord | None]) -> None:
        """Store bases; None forgets one that was not frozen."""
        ...

    def want_forecasts(
        self, wishes: Sequence[ForecastWish], dropped: Sequence[ForecastKey]
    ) -> None:
        """Ask for forecasts, and forget those that no status wants any more."""
        ...

    def save_forecast(self, key: ForecastKey, made: MadeForecast) -> bool:
        """Keep a forecast; False when no status wants one any more."""
        ...

    def publish(self, statuses: Sequence[Status], now: datetime) -> int:
        """Store and queue the statuses that differ from the stored ones; returns how many."""
        ...


class AssessmentStore(Protocol):
    """Opens views and transactions for the assessor."""

    def view(self) -> AbstractContextManager[AssessmentSource]:
        """A stable view."""
        ...

    def transaction(self) -> AbstractContextManager[AssessmentSink]:
        """A write transaction; an exception rolls it back."""
        ...
