"""Data quality: how complete and how old the figures are, who is late, what waits."""

from collections import Counter
from collections.abc import Iterator

from services.alerts.domain.notice_rules import MONTHLY_FEEDS
from services.alerts.domain.papers.desk import PER_CENT, Desk
from services.alerts.domain.papers.figure import Figure, Kind, figure_id
from services.alerts.domain.papers.model import Block, Paragraph, Row, Run, Section
from services.alerts.domain.papers.unit_figures import UnitFigures
from services.alerts.domain.papers.wording import paragraph
from shared.events.notices import Notice
from shared.events.period import Month
from shared.plans import UnitKind

_MONTH = len("2026-05")
"""Longer and shorter periods are quarters and years, of feeds that are not monthly."""


def quality(desk: Desk, heading: str = "quality") -> list[Section]:
    """Sentences about the paper's unit, and tables of all in scope."""
    blocks: list[Block] = list(_sentences(desk))
    columns = (
        desk.column("unit"),
        desk.column("period", Kind.PERIOD),
        desk.column("expected", Kind.COUNT, "家"),
        desk.column("reporting", Kind.COUNT, "家"),
        desk.column("missing", Kind.COUNT, "家"),
        desk.column("coverage", Kind.COVERAGE, PER_CENT),
        desk.column("as_of", Kind.MOMENT),
        desk.column("age", Kind.COUNT, "天"),
        desk.column("held", Kind.COUNT, "份"),
    )
    waiting = Counter(notice.unit for notice in desk.snapshot.held)
    found = [desk.of(one.id) for one in desk.scope]
    rows = [_row(desk, one, waiting[one.unit]) for one in found if one.complete is not None]
    blocks += desk.table("coverage", columns, rows)
    blocks += _held_table(desk)
    blocks += _feeds_table(desk)
    return desk.section(heading, blocks)


def _sentences(desk: Desk) -> Iterator[Paragraph]:
    own, runs = desk.of(desk.unit), desk.wording.runs
    said: list[Run] = []
    if own.complete is not None:
        said += runs(
            "quality",
            period=desk.period(own.period),
            expected=own.enterprises("expected"),
            reporting=own.enterprises("reporting"),
            missing=own.enterprises("missing"),
            coverage=own.coverage(),
            age=own.age(),
        )
    yield paragraph(said, _late(desk))
    units = {unit.id for unit in desk.scope}
    waiting = {_report(notice) for notice in desk.snapshot.held if notice.unit in units}
    said = runs("held", count=desk.count("held.reports", len(waiting), "份"))
    if desk.unit == desk.snapshot.plan.city:
        silent = sum(Month.parse(period) < _due(desk) for *_, period in _feeds(desk))
        said += runs("silent", count=desk.count("silent", silent))
    yield paragraph(said)


def _late(desk: Desk) -> list[Run]:
    """Units that are waited for and have not all reported the newest due period."""
    calendar, runs = desk.snapshot.calendar, desk.wording.runs
    due = desk.period(calendar.newest_due)
    units = desk.units(UnitKind.CLUSTER) or desk.scope[:1]
    late = 0
    for unit in units:
        series = desk.snapshot.by_series.get((unit.id, unit.value_indicator), {})
        status = series.get(_due(desk))
        late += status is None or status.enterprises.reporting < status.enterprises.expected
    said = runs(
        "deadline",
        due=due,
        day=desk.day("deadline", calendar.deadline),
        late=desk.count("days_late", calendar.working_days_late, "个工作日"),
    )
    said += runs(
        "late",
        today=desk.day("today", calendar.today),
        due=due,
        count=desk.count("late", late),
    )
    return said if calendar.official else said + runs("weekends_only")


def _report(notice: Notice) -> tuple[str | None, ...]:
    """A report is noticed for each unit that it would move."""
    return (notice.topic, notice.subject, notice.indicator, notice.period)


def _due(desk: Desk) -> Month:
    return Month.parse(desk.snapshot.calendar.newest_due)


def _row(desk: Desk, found: UnitFigures, waiting: int) -> Row:
    held = figure_id(found.unit, "", desk.snapshot.period, "held")
    return Row(
        (
            desk.name(found.unit),
            desk.period(found.period),
            found.enterprises("expected"),
            found.enterprises("reporting"),
            found.enterprises("missing"),
            found.coverage(),
            found.as_of(),
            found.age(),
            Figure(held, Kind.COUNT, waiting, "份"),
        )
    )


def _held_table(desk: Desk) -> list[Block]:
    """Held reports of the paper's unit: for readers with the right to its figures alone."""
    if not desk.view.complete(desk.unit):
        return []
    held = [notice for notice in desk.snapshot.held if notice.unit == desk.unit]
    names = desk.view.names([notice.subject or "" for notice in held]) if held else {}
    columns = (
        desk.column("subject"),
        desk.column("indicator"),
        desk.column("period", Kind.PERIOD),
        desk.column("reason"),
    )
    rows = [_held_row(desk, notice, names.get(notice.subject or "")) for notice in held]
    return list(desk.table("held", columns, rows))


def _held_row(desk: Desk, notice: Notice, name: str | None) -> Row:
    subject = notice.subject or ""
    period: Run = ""
    if notice.period is not None:
        id_ = figure_id(notice.unit, "", notice.period, f"held.{notice.notice_id}.period")
        period = Figure(id_, Kind.PERIOD, notice.period)
    return Row(
        (
            desk.text(f"subject.{subject}", name or subject),
            desk.indicator(notice.unit, notice.indicator or notice.topic or ""),
            period,
            desk.wording.word("items", notice.reason or "held"),
        )
    )


def _feeds(desk: Desk) -> list[tuple[str, str, str]]:
    """Topic, source and newest period of the monthly feeds."""
    return [
        (feed.topic, feed.source, feed.newest)
        for feed in desk.snapshot.feeds
        if feed.topic in MONTHLY_FEEDS and len(feed.newest) == _MONTH
    ]


def _feeds_table(desk: Desk) -> list[Block]:
    if desk.unit != desk.snapshot.plan.city:
        return []
    columns = (desk.column("feed"), desk.column("source"), desk.column("newest", Kind.PERIOD))
    rows = [
        Row(
            (
                desk.wording.word("indicators", topic),
                desk.text(f"source.{source}", source),
                Figure(figure_id("", topic, "", f"newest.{source}"), Kind.PERIOD, newest),
            )
        )
        for topic, source, newest in _feeds(desk)
    ]
    return list(desk.table("feeds", columns, rows))
