"""Take events that do not come through Kafka: check them as Kafka's are, then hand them to it."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from services.ingest.domain.reading import Reader
from services.ingest.ports import Outgoing
from shared.clock import Clock
from shared.events.decoding import decode
from shared.events.inputs import RECORD_KEYS
from shared.events.reasons import Reason, Refused
from shared.events.records import Headers, Record
from shared.plans import Plan

SendsFor = Callable[[str], bool]
"""Whether whoever sends may send for a source."""


class CheckEvents:
    """Decides about an event what ingest will decide when it reads it from Kafka.

    Only what needs the store is left for then: who owns a subject's lines (`source_conflict`).
    """

    def __init__(self, reader: Reader, clock: Clock) -> None:
        self._reader = reader
        self._clock = clock

    @property
    def plans(self) -> Sequence[Plan]:
        """The plans in whose light events are checked."""
        return self._reader.plans

    def __call__(
        self,
        topic: str,
        value: bytes | None,
        headers: Headers = (),
        sends_for: SendsFor = lambda _source: True,
    ) -> Outgoing:
        """The event with its record key. Raises `Refused`; `KeyError` for a foreign topic."""
        now_ms = int(self._clock.now().timestamp() * 1000)
        record = Record(topic, -1, -1, now_ms, None, value, headers)
        self._reader.read(record)
        event = decode(record).event
        if not sends_for(event.source):
            raise Refused(
                Reason.SOURCE_CONFLICT,
                "source",
                f"your token may not send for the source {event.source!r}",
            )
        key: str = getattr(event, RECORD_KEYS[topic])
        return Outgoing(topic, key.encode(), value or b"", headers)

    def all(
        self, topic: str, values: Iterable[bytes], sends_for: SendsFor = lambda _source: True
    ) -> Iterator[Outgoing | Refused]:
        """Each event, or why it is refused, in order."""
        for value in values:
            try:
                yield self(topic, value, (), sends_for)
            except Refused as refusal:
                yield refusal
