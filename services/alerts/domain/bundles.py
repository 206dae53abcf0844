"""Which due deliveries go out together in one message."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.alerts.domain.subscription import ChannelTarget, ChannelType

LARGEST = 100
"""Deliveries claimed for one message; what finds no room in it is given back."""


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery that waits to be sent."""

    id: int
    subscription_id: str
    group_key: str
    channel: ChannelTarget


@dataclass(frozen=True, slots=True)
class Room:
    """How many messages one sender has on their way at once.

    Each target and each kind of channel has a bound of its own, so that one that hangs holds up
    nobody else.
    """

    under_way: tuple[ChannelTarget, ...] = ()
    """Targets of the messages that are being sent, one for each message."""
    per_target: int = 2
    per_kind: int = 16

    def full_targets(self) -> list[ChannelTarget]:
        """Targets that nothing more is sent to now."""
        found = Counter(self.under_way)
        return [target for target, number in found.items() if number >= self.per_target]

    def full_kinds(self) -> list[ChannelType]:
        """Kinds of channel that nothing more is sent by now."""
        found = Counter(target.type for target in self.under_way)
        return [kind for kind in ChannelType if found[kind] >= self.per_kind]

    def choose(self, targets: Iterable[ChannelTarget]) -> list[bool]:
        """Which of further messages may set out as well, the first ones first."""
        of_target = Counter(self.under_way)
        of_kind = Counter(target.type for target in self.under_way)
        chosen = []
        for target in targets:
            fits = of_target[target] < self.per_target and of_kind[target.type] < self.per_kind
            of_target[target] += fits
            of_kind[target.type] += fits
            chosen.append(fits)
        return chosen


def bundles(
    due: Sequence[Due], tokens: Mapping[ChannelTarget, int], room: Room
) -> list[tuple[Due, ...]]:
    """Messages that there is room for, oldest first; `tokens` says what limited robots take now.

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
        if not found or left.get(one.channel, 1) < 1:
            continue
        if one.channel in left:
            left[one.channel] -= 1
        chosen.append(tuple(found[:LARGEST]))
    fit = room.choose(bundle[0].channel for bundle in chosen)
    return [bundle for bundle, fits in zip(chosen, fit, strict=True) if fits]
