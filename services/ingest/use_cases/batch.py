"""Working state of one batch: what stands, what the batch changes, what it counts."""

from collections import defaultdict
from collections.abc import Iterable, KeysView, Sequence

from services.ingest.domain.decisions import Ruling, standing_ruling
from services.ingest.domain.holds import LineState, Suspicion
from services.ingest.domain.register import Entry, Registration, timeline
from services.ingest.domain.subjects import Subject, SubjectKind
from services.ingest.ports import HoldStore, LineKey, RegistrationKey, Store, StoredLine
from shared.events.decisions import DecisionVerdict
from shared.events.period import Month
from shared.storage.outbox import OutboxRow
from shared.storage.reconciliation import State

COUNTED_AS = {
    LineState.APPLIED: State.APPLIED,
    LineState.PARKED: State.PARKED,
    LineState.HELD: State.HELD,
    LineState.REJECTED: State.HELD,
}
"""State of reconciliation in which the record of a standing line is; a rejected one is kept back
as a held one is, until another revision comes."""


class Batch:
    """Standing rows of all subjects of a batch, kept up to date while it is applied."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._subjects: set[Subject] = set()
        self._owners: dict[tuple[Subject, str], str] = {}
        self._new_owners: dict[tuple[Subject, str], str] = {}
        self._registrations: dict[Subject, dict[RegistrationKey, Registration]] = {}
        self.lines: dict[LineKey, StoredLine] = {}
        """Standing lines, as far as they are at hand."""
        self._asked: set[LineKey] = set()
        self._rulings: dict[LineKey, list[Ruling]] = {}
        self._new_rulings: dict[str, Ruling] = {}
        self._timelines: dict[Subject, tuple[Entry, ...]] = {}
        self._counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self._warnings: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.before: dict[LineKey, StoredLine | None] = {}
        """Changed lines as they were in the store."""
        self.suspected: dict[LineKey, tuple[Suspicion | None, Suspicion | None]] = {}
        """Suspicions about reviewed lines, as they were in the store and as they are now."""
        self.changed_registrations: dict[RegistrationKey, Registration] = {}
        self.outbox: list[OutboxRow] = []

    def load(self, subjects: set[Subject], lines: set[LineKey]) -> None:
        """Read what stands, and keep other replicas off these subjects."""
        self.load_subjects(subjects)
        self.load_lines(lines)

    def load_subjects(self, subjects: set[Subject]) -> None:
        """Read what stands about subjects beside their lines, as far as it is not at hand."""
        new = subjects - self._subjects
        self._subjects |= new
        self._store.lock(new)
        self._owners |= self._store.sources(new)
        for key, item in self._store.registrations(new).items():
            self._registrations.setdefault(key.subject, {})[key] = item
            self._timelines.pop(key.subject, None)
        self._rulings |= self._store.holds.rulings(new)

    def load_lines(self, keys: set[LineKey]) -> None:
        """Read lines that are not at hand."""
        new = keys - self._asked
        if not new:
            return
        self._asked |= new
        for key, stored in self._store.lines(new).items():
            self.lines.setdefault(key, stored)

    def load_lines_of(self, subjects: set[Subject]) -> None:
        """Read all lines of subjects; those the batch has changed stay as they are."""
        for key, stored in self._store.lines_of(subjects).items():
            self.lines.setdefault(key, stored)

    @property
    def changed_lines(self) -> KeysView[LineKey]:
        """Lines that the batch has changed, in the order in which it did first."""
        return self.before.keys()

    @property
    def ruled(self) -> bool:
        """Whether anything was ever decided about these subjects."""
        return bool(self._rulings)

    @property
    def holds(self) -> HoldStore:
        """What is stored about suspicious lines."""
        return self._store.holds

    def count(self, topic: str, state: str, number: int = 1) -> None:
        """Count a consumed record, or move one between states."""
        self._counts[topic][state] += number

    def warn(self, topic: str, name: str, number: int = 1) -> None:
        """Count something odd that is no reason to refuse."""
        self._warnings[topic][name] += number

    def owner(self, subject: Subject, topic: str, source: str) -> str:
        """The source that owns a subject's lines in a topic; the first one that sends any."""
        key = (subject, topic)
        if key not in self._owners:
            self._owners[key] = self._new_owners[key] = source
        return self._owners[key]

    def line(self, key: LineKey) -> StoredLine | None:
        """The standing line."""
        return self.lines.get(key)

    def lines_of(self, subjects: set[Subject]) -> Iterable[StoredLine]:
        """Standing lines of subjects, as far as they were loaded."""
        if not subjects:
            return ()
        return [stored for key, stored in self.lines.items() if key.subject in subjects]

    def put_line(self, key: LineKey, stored: StoredLine) -> None:
        """Replace the standing line."""
        if key not in self.before:
            self.before[key] = self.lines.get(key)
        self.lines[key] = stored

    def set_state(self, key: LineKey, state: LineState) -> bool:
        """Move a standing line to a state; false where it is in it already."""
        stored = self.lines[key]
        if stored.state is state:
            return False
        self.count(stored.line.topic, COUNTED_AS[stored.state], -1)
        self.count(stored.line.topic, COUNTED_AS[state])
        self.put_line(key, StoredLine(stored.line, state))
        return True

    def put_ruling(self, ruling: Ruling) -> bool:
        """Add a decision; false for one that is known."""
        known = self._rulings.setdefault(_ruled(ruling), [])
        if any(other.decision_id == ruling.decision_id for other in known):
            return False
        known.append(ruling)
        self._new_rulings[ruling.decision_id] = ruling
        return True

    def rulings(self, key: LineKey) -> Sequence[Ruling]:
        """All decisions about a line."""
        return self._rulings.get(key, ())

    def verdict(self, key: LineKey) -> DecisionVerdict | None:
        """What was decided about the standing version of a line."""
        stored = self.lines.get(key)
        if stored is None:
            return None
        ruling = standing_ruling(stored.line.version, self.rulings(key))
        return None if ruling is None else ruling.verdict

    def ruled_periods(self, key: LineKey) -> set[Month]:
        """Periods of the line's subject and indicator about which something was decided."""
        if not self._rulings:
            return set()
        same = (key.subject, key.indicator)
        return {ruled.period for ruled in self._rulings if (ruled.subject, ruled.indicator) == same}

    @property
    def newly_ruled(self) -> set[LineKey]:
        """Lines about which the batch brings decisions."""
        return {_ruled(ruling) for ruling in self._new_rulings.values()}

    def registration(self, key: RegistrationKey) -> Registration | None:
        """The standing register event."""
        return self._registrations.get(key.subject, {}).get(key)

    def put_registration(self, key: RegistrationKey, item: Registration) -> None:
        """Replace the standing register event."""
        self._registrations.setdefault(key.subject, {})[key] = item
        self._timelines.pop(key.subject, None)
        self.changed_registrations[key] = item

    def reconsider(self, subjects: set[Subject]) -> None:
        """Treat all that stands about subjects as if it had just come."""
        self.load_lines_of(subjects)
        for subject in subjects:
            self.changed_registrations |= self._registrations.get(subject, {})

    def registered(self, subject: Subject) -> bool:
        """Whether the register knows the subject."""
        return bool(self._registrations.get(subject))

    def waits_for_register(self, subject: Subject) -> bool:
        """Whether the lines of a subject are parked; projects need no register."""
        return subject.kind is SubjectKind.ENTERPRISE and not self.registered(subject)

    def timeline(self, subject: Subject) -> tuple[Entry, ...]:
        """The subject's register entries in the order in which they come to hold."""
        known = self._timelines.get(subject)
        if known is None:
            registered = self._registrations.get(subject, {}).values()
            known = self._timelines[subject] = timeline([item.entry for item in registered])
        return known

    def register_time(self, subject: Subject) -> int:
        """Broker time of the newest register event behind the timeline, milliseconds."""
        return max(item.broker_ms for item in self._registrations[subject].values())

    def save(self) -> None:
        """Write everything that changed."""
        self._store.save_sources(self._new_owners)
        self._store.save_registrations(self.changed_registrations.values())
        self._store.save_lines(self.lines[key] for key in self.changed_lines)
        self._store.holds.save_rulings(self._new_rulings.values())
        self._store.enqueue(self.outbox)
        # Rows that all replicas change: in one order, or two would wait for each other.
        for topic, counts in sorted(self._counts.items()):
            self._store.count(topic, counts)
        for topic, warnings in sorted(self._warnings.items()):
            self._store.warn(topic, warnings)


def _ruled(ruling: Ruling) -> LineKey:
    return LineKey(ruling.subject, ruling.indicator, ruling.period)
