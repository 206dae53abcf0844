"""Where the reading of the facts topic stands, as the store says."""

from collections.abc import Mapping
from typing import NamedTuple


class Place(NamedTuple):
    """A partition of the facts topic."""

    cluster_id: str
    topic_id: str
    partition: int


class Position(NamedTuple):
    """How far a partition was read, and under which claim: within one only its owner stores."""

    epoch: int
    next_offset: int


Positions = Mapping[Place, Position]
