"""Working state of one batch: what stands, what the batch changes, what it counts."""

from collections import Counter
from collections.abc import Iterable

from services.ingest.domain.register import Entry, Registration, timeline
from services.ingest.domain.subjects import Subject
from services.ingest.ports import LineKey, RegistrationKey, Store, StoredLine
from shared.storage.outbox import OutboxRow


class Batch:
    """Standing rows of all subjects of a batch, kept up to date while it is applied."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._owners: dict[tuple[Subject, str], str] = {}
        self._new_owners: dict[tuple[Subject, str], str] = {}
        self._registrations: dict[Subject, dict[RegistrationKey, Registration]] = {}
        self._lines: dict[LineKey, StoredLine] = {}
        self._counts: dict[str, Counter[str]] = {}
        self._warnings: dict[str, Counter[str]] = {}
        self.changed_lines: set[LineKey] = set()
        self.changed_registrations: dict[RegistrationKey, Registration] = {}
        self.outbox: list[OutboxRow] = []

    def load(self, subjects: set[Subject], lines: set[LineKey]) -> None:
        """Read what stands, and keep other replicas off these subjects."""
        self._store.lock(subjects)
        self._owners = self._store.sources(subjects)
        for key, item in self._store.registrations(subjects).items():
            self._registrations.setdefault(key.subject, {})[key] = item
        self._lines = self._store.lines(lines)

    def load_lines_of(self, subjects: set[Subject]) -> None:
        """Read all lines of subjects; those the batch has changed stay as they are."""
        self._lines = self._store.lines_of(subjects) | self._lines

    def count(self, topic: str, state: str, number: int = 1) -> None:
        """Count a consumed record, or move one between states."""
        self._counts.setdefault(topic, Counter())[state] += number

    def warn(self, topic: str, name: str, number: int = 1) -> None:
        """Count something odd that is no reason to refuse."""
        self._warnings.setdefault(topic, Counter())[name] += number

    def owner(self, subject: Subject, topic: str, source: str) -> str:
        """The source that owns a subject's lines in a topic; the first one that sends any."""
        key = (subject, topic)
        if key not in self._owners:
            self._owners[key] = self._new_owners[key] = source
        return self._owners[key]

    def line(self, key: LineKey) -> StoredLine | None:
        """The standing line."""
        return self._lines.get(key)

    def lines_of(self, subjects: set[Subject]) -> Iterable[StoredLine]:
        """Standing lines of subjects, as far as they were loaded."""
        return [stored for key, stored in self._lines.items() if key.subject in subjects]

    def put_line(self, key: LineKey, stored: StoredLine) -> None:
        """Replace the standing line."""
        self._lines[key] = stored
        self.changed_lines.add(key)

    def registration(self, key: RegistrationKey) -> Registration | None:
        """The standing register event."""
        return self._registrations.get(key.subject, {}).get(key)

    def put_registration(self, key: RegistrationKey, item: Registration) -> None:
        """Replace the standing register event."""
        self._registrations.setdefault(key.subject, {})[key] = item
        self.changed_registrations[key] = item

    def registered(self, subject: Subject) -> bool:
        """Whether the register knows the subject."""
        return bool(self._registrations.get(subject))

    def timeline(self, subject: Subject) -> tuple[Entry, ...]:
        """The subject's register entries in the order in which they come to hold."""
        return timeline([item.entry for item in self._registrations.get(subject, {}).values()])

    def register_time(self, subject: Subject) -> int:
        """Broker time of the newest register event behind the timeline, milliseconds."""
        return max(item.broker_ms for item in self._registrations[subject].values())

    def save(self) -> None:
        """Write everything that changed."""
        self._store.save_sources(self._new_owners)
        self._store.save_registrations(self.changed_registrations.values())
        self._store.save_lines(self._lines[key] for key in self.changed_lines)
        self._store.enqueue(self.outbox)
        for topic, counts in self._counts.items():
            self._store.count(topic, counts)
        for topic, warnings in self._warnings.items():
            self._store.warn(topic, warnings)
