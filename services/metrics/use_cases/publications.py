"""Published months: what was said then stays as it was, and what differs now is a correction."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.metrics.ports import StatusReader
from services.metrics.use_cases.read_clusters import NotFound, ReadClusters, Selection
from services.metrics.use_cases.views import ClusterView
from shared.clock import Clock
from shared.events.period import Month
from shared.plans import Plan

COMPARED = ("month", "ytd", "rolling_year", "ytd_growth", "coverage", "verdict", "suppressed")
"""Fields of a view whose change is a correction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A plan's month that was published, when, by whom and with which remark."""

    plan: str
    period: str
    published_at: str
    """RFC 3339."""
    actor: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """A field that reads differently now; the difference is null where one side is."""

    field: str
    published: object
    current: object
    difference: float | int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What was corrected of one unit's indicator since its month was published."""

    cluster: str
    name: str
    indicator: str
    unit: str
    as_of: str | None
    """Broker time of the newest input behind the current figures."""
    changes: list[FieldChange]


class AlreadyPublished(Exception):  # noqa: N818 - an answer, not a fault
    """The month was published before; `publication` says when and by whom."""

    def __init__(self, publication: Publication) -> None:
        super().__init__(publication.period)
        self.publication = publication


class PublicationStore(Protocol):
    """Keeps publications with the statuses of their moment."""

    def add(self, publication: Publication) -> bool:
        """Freeze the month's statuses; False where it was published already."""
        ...

    def all(self) -> Sequence[Publication]:
        """All publications, newest month first."""
        ...

    def reader(self, publication: Publication) -> AbstractContextManager[StatusReader]:
        """A reader of the statuses as they were published."""
        ...


@dataclass(frozen=True, slots=True)
class _FrozenStore:
    """`StatusStore` of a publication."""

    open: Callable[[], AbstractContextManager[StatusReader]]

    @contextmanager
    def reader(self) -> Iterator[StatusReader]:
        with self.open() as reader:
            yield reader


class Publications:
    """Publishes months, and compares what was said with what is known now."""

    def __init__(self, store: PublicationStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def publish(
        self, read: ReadClusters, plan: Plan, period: Month, actor: str, note: str
    ) -> Publication:
        """Freeze a month. Raises `NotFound` without figures and `AlreadyPublished`."""
        wanted = Selection(period)
        if all(view.as_of is None for view in read.clusters(plan, wanted)):
            raise NotFound(f"nothing was reported of {plan.id} in {period}")
        made = Publication(
            plan=plan.id,
            period=str(period),
            published_at=self._clock.now().isoformat(),
            actor=actor,
            note=note,
        )
        if not self._store.add(made):
            raise AlreadyPublished(self.find(plan, period))
        return made

    def all(self, plan: str | None = None) -> list[Publication]:
        """Publications of a plan or of all, newest month first."""
        return [p for p in self._store.all() if plan in (None, p.plan)]

    def find(self, plan: Plan, period: Month) -> Publication:
        """The publication of a month. Raises `NotFound`."""
        published = self.all(plan.id)
        for publication in published:
            if publication.period == str(period):
                return publication
        near = [publication.period for publication in published]
        raise NotFound(f"{period} of {plan.id} has not been published", near)

    def as_published(self, read: ReadClusters, publication: Publication) -> ReadClusters:
        """Read side of the figures as they were published."""
        moment = datetime.fromisoformat(publication.published_at)
        return read.reading_from(_FrozenStore(lambda: self._store.reader(publication)), moment)

    def corrections(
        self, read: ReadClusters, plan: Plan, publication: Publication
    ) -> list[Correction]:
        """What reads differently now, in the plan's order of units."""
        wanted = Selection(Month.parse(publication.period))
        published = self.as_published(read, publication).clusters(plan, wanted)
        current = {view.cluster: view for view in read.clusters(plan, wanted)}
        found = [_correction(was, current[was.cluster]) for was in published]
        return [correction for correction in found if correction.changes]


def _correction(was: ClusterView, now: ClusterView) -> Correction:
    changes = [
        FieldChange(field=field, published=old, current=new, difference=_difference(old, new))
        for field in COMPARED
        for old, new in [(getattr(was, field), getattr(now, field))]
        if old != new
    ]
    return Correction(
        cluster=was.cluster,
        name=was.name,
        indicator=was.indicator,
        unit=was.unit,
        as_of=now.as_of,
        changes=changes,
    )


def _difference(old: object, new: object) -> float | int | None:
    numbers = (int, float)
    if isinstance(old, bool) or isinstance(new, bool):
        return None
    if isinstance(old, numbers) and isinstance(new, numbers):
        return new - old
    return None
