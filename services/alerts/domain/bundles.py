"""Which due deliveries go out together in one message."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.alerts.domain.subscription import ChannelTarget

LARGEST = 100
"""Deliveries claimed for one message; what finds no room in it is given back."""


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery that waits to be sent."""

    id: int
    subscription_id: str
    group_key: str
    channel: ChannelTarget


def bundles(
    due: Sequence[Due], tokens: Mapping[ChannelTarget, int], limit: int
) -> list[tuple[Due, ...]]:
    """At most `limit` messages, oldest first; `tokens` says what the limited robots take now.

    A group of alerts is one message. Where a robot has more messages waiting than it takes,
    everything that waits for one subscription becomes one message, a digest.
    """
    by_group: dict[tuple[str, ChannelTarget, str], list[Due]] = {}
    by_reader: dict[tuple[str, ChannelTarget], list[Due]] = {}
    waiting: dict[ChannelTarget, set[tuple[str, str]]] = {}
    for one in due:
        by_group.setdefault((one.subscription_id, one.channel, one.group_key), []).append(one)
        by_reader.setdefault((one.subscription_id, one.channel), []).append(one)
        waiting.setdefault(one.channel, set()).add((one.subscription_id, one.group_key))
    left = dict(tokens)
    overflowing = {robot for robot in tokens if len(waiting.get(robot, ())) > tokens[robot]}
    chosen: list[tuple[Due, ...]] = []
    for one in due:
        reader = (one.subscription_id, one.channel)
        if one.channel in overflowing:
            found = by_reader.pop(reader, None)
        else:
            found = by_group.pop((*reader, one.group_key), None)
        if not found or len(chosen) == limit or left.get(one.channel, 1) < 1:
            continue
        if one.channel in left:
            left[one.channel] -= 1
        chosen.append(tuple(found[:LARGEST]))
    return chosen
