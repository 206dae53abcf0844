"""Refused facts → the dead-letter topic, through the outbox."""

from shared.events.dead_letter import DEAD_LETTERS_TOPIC, dead_letter_headers
from shared.events.reasons import Refused
from shared.events.records import Record
from shared.storage.outbox import OutboxRow

STAGE = "metrics.decode"


def dead_letter_row(record: Record, refused: Refused) -> OutboxRow:
    """Original key, value and headers, with why and from where."""
    headers = dead_letter_headers(record, refused, STAGE)
    return OutboxRow(DEAD_LETTERS_TOPIC, record.key, record.value, headers)
