"""What the read side asks of the outside."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from shared.events.period import Month
from shared.events.status import Status


class StatusReader(Protocol):
    """One view of the stored statuses."""

    def newest_periods(self, plan: str) -> dict[tuple[str, str], Month]:
        """Newest period of each (unit, indicator) that has a status."""
        ...

    def of_periods(self, plan: str, indicator: str, periods: Iterable[Month]) -> list[Status]:
        """Statuses of all units in these periods; masking needs them together."""
        ...

    def of_indicator(self, plan: str, indicator: str) -> list[Status]:
        """Statuses of all units and periods."""
        ...

    def changed_since(self, version: int, known: Mapping[str, int]) -> Iterable[tuple[int, Status]]:
        """Statuses of greater versions, with these; not those whose version is `known` by key."""
        ...

    def change_mark(self) -> str:
        """Text that changes whenever a status does."""
        ...

    def partitions(self) -> dict[str, int]:
        """Partition that each unit's facts come from."""
        ...


class StatusStore(Protocol):
    """Opens readers."""

    def reader(self) -> AbstractContextManager[StatusReader]:
        """A reader with one view of the store."""
        ...


class AlertsNotRead(RuntimeError):  # noqa: N818 - a state
    """The alerts service does not answer, or not as it should."""


class AlertSource(Protocol):
    """Where firing alerts are read."""

    async def firing(self, plan: str) -> Sequence[Mapping[str, object]]:
        """Firing alerts of a plan as the alerts service shows them. Raises `AlertsNotRead`."""
        ...
