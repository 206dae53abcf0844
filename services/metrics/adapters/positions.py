"""Where the reading of the facts topic stands."""

from sqlalchemy import Connection

from services.metrics.ports.positions import Place, Position
from shared.events.facts import FACTS_TOPIC
from shared.storage.statements import Statement

_POSITIONS = Statement(
    "SELECT cluster_id, topic_id, partition, owner_epoch, next_offset FROM consumer_offset "
    "WHERE topic = ?"
)


def read_positions(connection: Connection) -> dict[Place, Position]:
    """Claim and next offset of each partition, as this transaction sees them."""
    rows = _POSITIONS.rows(connection, FACTS_TOPIC)
    return {Place(*row[:3]): Position(*row[3:]) for row in rows}
