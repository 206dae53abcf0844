"""All topics with what their records look like: the index of the contracts."""

from typing import Final

import msgspec

from shared.events.alert_events import ALERT_EVENTS_TOPIC, AlertTransition
from shared.events.dead_letter import DEAD_LETTERS_TOPIC
from shared.events.decisions import DECISIONS_TOPIC, Decision
from shared.events.facts import FACTS_TOPIC, Fact
from shared.events.inputs import INPUT_TOPICS, RECORD_KEYS
from shared.events.notices import NOTICES_TOPIC, Notice
from shared.events.status import STATUS_TOPIC, Status


class TopicContract(msgspec.Struct, frozen=True, kw_only=True):
    """Value, key and users of one topic."""

    name: str
    value: type[msgspec.Struct] | None
    """Null when the value is whatever was refused."""
    key: str
    """What the record key is, in words of the value's fields."""
    compacted: bool = False
    senders: tuple[str, ...] = ()
    """Services that publish; none for what comes from outside."""
    receivers: tuple[str, ...] = ()


def _input(name: str) -> TopicContract:
    return TopicContract(
        name=name, value=INPUT_TOPICS[name], key=RECORD_KEYS[name], receivers=("ingest",)
    )


TOPICS: Final[dict[str, TopicContract]] = {
    topic.name: topic
    for topic in (
        *map(_input, INPUT_TOPICS),
        TopicContract(
            name=DECISIONS_TOPIC,
            value=Decision,
            key="kind|code|indicator|period",
            senders=("ingest",),
            receivers=("ingest",),
        ),
        TopicContract(
            name=FACTS_TOPIC,
            value=Fact,
            key="unit|subject|indicator|period",
            compacted=True,
            senders=("ingest",),
            receivers=("metrics",),
        ),
        TopicContract(
            name=STATUS_TOPIC,
            value=Status,
            key="plan|unit|indicator|period",
            compacted=True,
            senders=("metrics",),
            receivers=("alerts",),
        ),
        TopicContract(
            name=NOTICES_TOPIC,
            value=Notice,
            key="unit",
            senders=("ingest",),
            receivers=("alerts",),
        ),
        TopicContract(
            name=ALERT_EVENTS_TOPIC, value=AlertTransition, key="fingerprint", senders=("alerts",)
        ),
        TopicContract(
            name=DEAD_LETTERS_TOPIC,
            value=None,
            key="key of the refused record",
            senders=("ingest", "metrics", "alerts"),
        ),
    )
}
