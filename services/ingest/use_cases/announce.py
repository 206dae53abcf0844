"""Tell `ingest.notices.v1` what became of suspicious reports, and which feeds have reported."""

import hashlib
from collections.abc import Iterable, Sequence

import msgspec

from services.ingest.domain.attribution import areas
from services.ingest.domain.holds import Limits, LineState, Suspicion
from services.ingest.domain.lines import Line
from services.ingest.domain.register import holding
from services.ingest.domain.subjects import SubjectKind
from services.ingest.ports import LineKey, StoredLine, Tokens
from services.ingest.use_cases.batch import Batch
from shared.clock import Clock, from_milliseconds
from shared.events.decisions import DecisionVerdict
from shared.events.notices import NOTICES_TOPIC, Notice, NoticeKind
from shared.events.period import Month
from shared.plans import Plan
from shared.storage.outbox import OutboxRow

_ID_LENGTH = 32

_Feed = tuple[str, str, str]
"""Source, topic and city."""


class Announcer:
    """Compares lines with what they were before a batch."""

    def __init__(
        self, plans: Sequence[Plan], limits: Limits | None, tokens: Tokens, clock: Clock
    ) -> None:
        self._plans = tuple(plans)
        self._limits = limits
        self._tokens = tokens
        self._clock = clock
        self._cities: dict[str, tuple[str, ...]] = {}

    def __call__(self, batch: Batch, arrived: Iterable[LineKey]) -> None:
        """Put notices into the outbox; `arrived` are the lines that records have changed."""
        telling = [key for key in batch.changed_lines if _tells(batch, key)]
        for key in sorted(telling, key=_order):
            stored = batch.line(key)
            if stored is not None:
                self._tell_line(batch, key, stored)
        self._tell_feeds(batch, arrived)

    def _tell_line(self, batch: Batch, key: LineKey, now: StoredLine) -> None:
        before = batch.before[key]
        was = LineState.APPLIED if before is None else before.state
        same = before is not None and before.line.version.says_the_same(now.line.version)
        if now.state is was and (same or now.state.counts):
            return
        first, last = batch.suspected.get(key, (None, None))
        verdict = batch.verdict(key)
        if now.state is LineState.HELD:
            why = None if last is None else last.doubt.reason
            self._tell(batch, NoticeKind.REPORT_HELD, now.line, last, why)
        elif now.state is LineState.REJECTED:
            self._tell(batch, NoticeKind.REPORT_REJECTED, now.line, last or first, None)
        elif was in {LineState.HELD, LineState.REJECTED} and now.state.counts:
            confirmed = verdict is DecisionVerdict.CONFIRMED
            kind = NoticeKind.REPORT_CONFIRMED if confirmed else NoticeKind.REPORT_RELEASED
            ended = None if confirmed else self._why_released(same=same)
            self._tell(batch, kind, now.line, first or last, ended)

    def _why_released(self, *, same: bool) -> str:
        if self._limits is None:
            return "off"
        return "plausible" if same else "superseded"

    def _tell(
        self,
        batch: Batch,
        kind: NoticeKind,
        line: Line,
        suspicion: Suspicion | None,
        reason: str | None,
    ) -> None:
        """One notice for each unit that the line would have moved too far."""
        batch.warn(line.topic, kind.value)
        if suspicion is None:
            return
        limit = Limits(0, 0) if self._limits is None else self._limits
        slip = suspicion.doubt.slip
        for unit in sorted(suspicion.units_above(limit)):
            share = suspicion.shares[unit]
            notice = Notice(
                notice_id=_id(kind, unit, line.version.digest.hex(), share, line.version.revision),
                kind=kind,
                unit=unit,
                at=self._clock.now().isoformat(),
                subject=self._tokens.token(line.subject),
                topic=line.topic,
                indicator=line.indicator,
                period=str(line.period),
                revision=line.version.revision,
                since=from_milliseconds(line.broker_ms).isoformat(),
                suspected_factor=slip,
                share_of_unit=share,
                reason=reason,
            )
            _enqueue(batch, notice)

    def _tell_feeds(self, batch: Batch, keys: Iterable[LineKey]) -> None:
        """The first report of a newer period, whatever became of it."""
        newest: dict[_Feed, Month] = {}
        for (source, topic, region), period in _newest(batch, keys).items():
            for city in self._cities_of(region):
                feed = (source, topic, city)
                newest[feed] = max(newest.get(feed, period), period)
        known = batch.holds.feeds({source for source, _, _ in newest})
        newer = {
            feed: period
            for feed, period in newest.items()
            if feed not in known or period > known[feed]
        }
        batch.holds.save_feeds(newer)
        for (source, topic, city), period in sorted(newer.items()):
            notice = Notice(
                notice_id=_id(NoticeKind.FEED_REPORTED, city, source, topic, period),
                kind=NoticeKind.FEED_REPORTED,
                unit=city,
                at=self._clock.now().isoformat(),
                source=source,
                topic=topic,
                period=str(period),
            )
            _enqueue(batch, notice)

    def _cities_of(self, region: str) -> tuple[str, ...]:
        if region not in self._cities:
            cities = {plan.city for plan in self._plans if areas(plan, region, None)}
            self._cities[region] = tuple(sorted(cities))
        return self._cities[region]


def _tells(batch: Batch, key: LineKey) -> bool:
    """Whether there is something to say: no for a line that counts and was not kept back."""
    if batch.lines[key].state is not LineState.APPLIED:
        return True
    before = batch.before[key]
    return before is not None and before.state is not LineState.APPLIED


def _newest(batch: Batch, keys: Iterable[LineKey]) -> dict[tuple[str, str, str], Month]:
    """Newest period by source, topic and region."""
    newest: dict[tuple[str, str, str], Month] = {}
    for key in keys:
        line = batch.lines[key].line
        region = _region(batch, line)
        if region is None:
            continue
        place = (line.source or batch.owner(key.subject, line.topic, ""), line.topic, region)
        known = newest.get(place)
        if known is None or key.period > known:
            newest[place] = key.period
    return newest


def _region(batch: Batch, line: Line) -> str | None:
    """Code of the place that a line is about; None while it is not known."""
    if line.project is not None:
        return line.project.region
    if line.subject.kind is SubjectKind.SERIES:
        return line.subject.code.partition("|")[0]
    entry = holding(batch.timeline(line.subject), line.period)
    return None if entry is None else entry.region


def _order(key: LineKey) -> tuple[object, ...]:
    return (key.period, key.subject, key.indicator)


def _id(*parts: object) -> str:
    text = "|".join(map(str, parts))
    return hashlib.sha256(text.encode()).hexdigest()[:_ID_LENGTH]


def _enqueue(batch: Batch, notice: Notice) -> None:
    value = msgspec.json.encode(notice)
    batch.outbox.append(
        OutboxRow(NOTICES_TOPIC, notice.key.encode(), value, partition_by=notice.unit)
    )
