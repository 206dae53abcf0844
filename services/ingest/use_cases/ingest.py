"""Apply a batch: refuse, compare with what stands, keep the newest, hold, send facts."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Self

from msgspec.structs import replace

from services.ingest.domain.attribution import Attributor
from services.ingest.domain.decisions import Ruling
from services.ingest.domain.erasures import Erasures
from services.ingest.domain.holds import Limits, LineState
from services.ingest.domain.lines import Line
from services.ingest.domain.reading import Item, Reader
from services.ingest.domain.register import Registration
from services.ingest.domain.series import siblings
from services.ingest.domain.subjects import Subject, SubjectKind
from services.ingest.domain.versions import Outcome, compare
from services.ingest.ports import LineKey, RegistrationKey, Store, StoredLine, Tokens, key_of
from services.ingest.use_cases.announce import Announcer
from services.ingest.use_cases.batch import COUNTED_AS, Batch
from services.ingest.use_cases.days import by_day
from services.ingest.use_cases.publish import FactPublisher
from services.ingest.use_cases.review import ReviewLines
from services.ingest.use_cases.warn import keep_warnings
from shared.clock import Clock
from shared.events.dead_letter import DEAD_LETTERS_TOPIC, dead_letter_headers
from shared.events.reasons import Reason, Refused
from shared.events.records import Record
from shared.plans import Plan
from shared.storage.outbox import OutboxRow
from shared.storage.reconciliation import CONSUMED, DEAD_LETTER_WARNING, State

_STAGE = "ingest.validate"

_Read = tuple[Record, Item, LineKey | None]
"""What was understood of a record, and the line it is about if it is about one."""

_STATES = {
    Outcome.STALE: State.STALE,
    Outcome.DUPLICATE: State.DUPLICATE,
    Outcome.DUPLICATE_NEWER: State.DUPLICATE,
}


class IngestBatch:
    """The use case of the service; one call is one transaction of `store`."""

    def __init__(
        self,
        reader: Reader,
        review: ReviewLines,
        publisher: FactPublisher,
        announcer: Announcer,
        tokens: Tokens,
    ) -> None:
        self._reader = reader
        self._review = review
        self._publisher = publisher
        self._announcer = announcer
        self._tokens = tokens

    @classmethod
    def following(
        cls, plans: Sequence[Plan], tokens: Tokens, clock: Clock, limits: Limits | None
    ) -> Self:
        """The use case for some plans; without limits no line is held."""
        return cls(
            Reader(plans),
            ReviewLines(Attributor(plans), limits),
            FactPublisher(plans, tokens, clock),
            Announcer(plans, limits, tokens, clock),
            tokens,
        )

    def __call__(self, store: Store, records: Sequence[Record]) -> None:
        """Handle records in order; each ends in exactly one state of reconciliation.

        Days apart: facts tell what was known at the end of a day, also when years are read anew.
        """
        erasures = Erasures(store.erasures(), self._tokens.token)
        for day in by_day(records):
            self._handle(store, day, erasures)

    def reconsider(self, store: Store, subjects: set[Subject]) -> None:
        """Attribute all that stands of subjects anew, and send what differs from what was sent."""
        batch = Batch(store)
        batch.load(subjects, set())
        batch.reconsider(subjects)
        lines = {key_of(stored.line) for stored in batch.lines_of(subjects)}
        self._review(batch, lines)
        self._publisher(store, batch, batch.changed_lines | lines)
        self._announcer(batch, set())
        batch.save()

    def _handle(self, store: Store, records: Sequence[Record], erasures: Erasures) -> None:
        batch = Batch(store)
        items = self._read(batch, records, erasures)
        keys = {key for _, _, key in items if key is not None}
        keys |= {other for key in keys for other in _siblings(key)}
        batch.load({item.subject for _, item, _ in items}, keys)
        for record, item, key in items:
            _apply(batch, record, item, key)
        refresh = _release(batch)
        arrived = tuple(batch.changed_lines)
        self._review(batch, {*arrived, *refresh, *batch.newly_ruled})
        refresh -= batch.changed_lines
        self._publisher(store, batch, (*batch.changed_lines, *refresh))
        self._announcer(batch, arrived)
        keep_warnings(store.warnings, batch, arrived)
        batch.save()

    def _read(self, batch: Batch, records: Sequence[Record], erasures: Erasures) -> list[_Read]:
        items: list[_Read] = []
        seen: dict[tuple[str, bytes | None, int], tuple[Item, LineKey | None]] = {}
        read = self._reader.read
        for topic, number in Counter([record.topic for record in records]).items():
            batch.count(topic, CONSUMED, number)
        for record in records:
            # What is sent once more mostly comes soon: the same bytes say the same at one time.
            same = (record.topic, record.value, record.timestamp_ms)
            known = None if record.headers else seen.get(same)
            if known is None:
                try:
                    item = erasures.left_of(read(record))
                except Refused as refusal:
                    _dead_letter(batch, record, refusal)
                    continue
                if item is None:
                    batch.count(record.topic, State.ERASED)
                    continue
                content = item.content
                known = (item, key_of(content) if isinstance(content, Line) else None)
                if not record.headers:
                    seen[same] = known
            if known[0].unknown_fields:
                batch.warn(record.topic, "unknown_fields", known[0].unknown_fields)
            items.append((record, *known))
        return items


def _apply(batch: Batch, record: Record, item: Item, key: LineKey | None) -> None:
    content = item.content
    if isinstance(content, Ruling):
        new = batch.put_ruling(content)
        batch.count(record.topic, State.APPLIED if new else State.DUPLICATE)
        return
    source = content.source
    owner = batch.owner(item.subject, item.owned, source)
    if owner != source:
        detail = f"these lines belong to the source {owner!r}, not to {source!r}"
        _dead_letter(batch, record, Refused(Reason.SOURCE_CONFLICT, "source", detail))
    elif isinstance(content, Registration):
        _apply_registration(batch, record.topic, content)
    elif key is not None:
        _apply_line(batch, key, content)


def _apply_line(batch: Batch, key: LineKey, line: Line) -> None:
    stored = batch.line(key)
    decision = compare(line.version, stored.line.version if stored else None)
    if decision.revision_conflict:
        batch.warn(line.topic, "revision_conflict")
    if decision.outcome is Outcome.NEW:
        if stored is not None and not stored.state.counts:  # superseded while it was kept back
            batch.count(line.topic, COUNTED_AS[stored.state], -1)
            batch.count(line.topic, State.STALE)
        waits = batch.waits_for_register(line.subject)
        state = LineState.PARKED if waits else LineState.APPLIED
        batch.count(line.topic, COUNTED_AS[state])
        batch.put_line(key, StoredLine(line, state))
        return
    batch.count(line.topic, _STATES[decision.outcome])
    if decision.outcome is Outcome.DUPLICATE_NEWER and stored is not None:
        batch.put_line(key, StoredLine(line, stored.state))


def _apply_registration(batch: Batch, topic: str, item: Registration) -> None:
    key = RegistrationKey(item.subject, item.entry.effective, item.entry.action)
    stored = batch.registration(key)
    decision = compare(item.version, stored.version if stored else None)
    if decision.revision_conflict:
        batch.warn(topic, "revision_conflict")
    batch.count(topic, _STATES.get(decision.outcome, State.APPLIED))
    if decision.outcome in {Outcome.NEW, Outcome.DUPLICATE_NEWER}:
        batch.put_registration(key, item)


def _release(batch: Batch) -> set[LineKey]:
    """Apply lines that waited for the register.

    Returns all lines of the enterprises whose register changed: their attribution may differ now.
    """
    subjects = {key.subject for key in batch.changed_registrations}
    batch.load_lines_of(subjects)
    affected = set()
    for stored in batch.lines_of(subjects):
        key = key_of(stored.line)
        affected.add(key)
        if stored.parked:
            batch.set_state(key, LineState.APPLIED)
    return affected


def _dead_letter(batch: Batch, record: Record, refusal: Refused) -> None:
    batch.count(record.topic, State.DEAD_LETTERED)
    batch.count(record.topic, f"{DEAD_LETTER_WARNING}{refusal.reason}")
    headers = dead_letter_headers(record, refusal, _STAGE)
    batch.outbox.append(OutboxRow(DEAD_LETTERS_TOPIC, record.key, record.value, headers))


def _siblings(key: LineKey) -> Iterable[LineKey]:
    """Further lines that must be at hand to say what follows from one."""
    if key.subject.kind is not SubjectKind.SERIES:
        return ()
    return [replace(key, indicator=each) for each in siblings(key.indicator)]
