"""Replay dead letters: the original record again, or a mended one, to where it was refused."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from services.ingest.domain.reading import CONSUMED_TOPICS
from services.ingest.ports import Outgoing
from services.ingest.use_cases.accept import CheckEvents
from shared.events.reasons import Refused
from shared.messaging.dead_letters import StoredLetter


@dataclass(frozen=True, slots=True)
class NotReplayed:
    """Why a letter stays where it is."""

    id: int
    why: str


@dataclass(frozen=True, slots=True)
class Replay:
    """A letter on its way back."""

    id: int
    record: Outgoing


class PrepareReplay:
    """Makes records of dead letters, and leaves out those that would come straight back.

    Replaying twice is harmless: what says the same is counted as a duplicate.
    """

    def __init__(self, check: CheckEvents) -> None:
        self._check = check

    def __call__(
        self, stored: StoredLetter, mended: bytes | None = None, *, force: bool = False
    ) -> Replay | NotReplayed:
        """The record to send. `mended` replaces the value; `force` skips the check."""
        letter = stored.letter
        if letter is None:
            return NotReplayed(stored.id, "not written by this product: its topic is unknown")
        value = stored.value if mended is None else mended
        record = Outgoing(letter.topic, stored.key, value, stored.headers)
        if letter.topic not in CONSUMED_TOPICS:
            # Between the services the partition is the unit's, not the key's.
            return Replay(stored.id, replace(record, partition=letter.partition))
        try:
            checked = self._check(letter.topic, value, stored.headers)
        except Refused as refusal:
            if not force:
                return NotReplayed(stored.id, f"would be refused again: {_words(refusal)}")
            return Replay(stored.id, record)
        # A mended subject has another key; the original keeps what its sender gave it.
        return Replay(stored.id, record if mended is None else replace(record, key=checked.key))

    def all(
        self, letters: Iterable[StoredLetter], *, force: bool = False
    ) -> list[Replay | NotReplayed]:
        """Each letter, in order."""
        return [self(stored, force=force) for stored in letters]


def _words(refusal: Refused) -> str:
    place = f"{refusal.field}: " if refusal.field else ""
    return f"{refusal.reason} ({place}{refusal.detail})"
