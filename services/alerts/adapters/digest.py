"""One message about several alerts: a group, or a digest where a robot takes no more messages."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from services.alerts.adapters.channels.pieces import weight
from services.alerts.adapters.channels.webhook import common
from services.alerts.adapters.wording import Words
from services.alerts.ports import Message

_ORDER = ("red", "orange", "yellow", "off_track", "blue", "green", "on_track", "grey")
_UNCOLOURED = ("paper", "resolved")
"""Kinds of message that count as what they are, after the colours."""
_IN_FULL = 5
"""Up to so many alerts are told with their facts; of more each has one line."""
_LINE_FRAME = 40
"""Bytes that a line costs beside its own in the widest frame of a robot."""


BULLET = "• "


@dataclass(frozen=True, slots=True)
class Digest:
    """Title and lines about the messages that found room."""

    subject: str
    lines: tuple[str, ...]
    members: tuple[Message, ...]
    colour: str
    is_group: bool = False
    """All are about one unit and period."""


def digest_of(messages: Sequence[Message], words: Words, label: str, room: int | None) -> Digest:
    """The most severe alert first, what has ended last; at least one message, whatever the room."""
    ranked = _ranked(messages)
    in_full = len(ranked) <= _IN_FULL
    is_group = len({message.group_key for message in ranked}) == 1
    tail = _details(ranked[0]) if is_group and in_full else ()
    members: list[Message] = []
    lines: list[str] = []
    used = sum(weight(line) + _LINE_FRAME for line in tail)
    for message in ranked:
        found = _lines(message, words, label, in_full=in_full)
        used += sum(weight(line) + _LINE_FRAME for line in found)
        if members and room is not None and used > room:
            break
        members.append(message)
        lines += found
    counted = words.phrase("digest", "counts").format(
        number=len(members), counts=_counts(members, words)
    )
    colour = members[0].annotations.get("colour", "")
    subject = _subject(members, words, label, is_group=is_group)
    return Digest(subject, (counted, *lines, *tail), tuple(members), colour, is_group)


def _subject(members: Sequence[Message], words: Words, label: str, *, is_group: bool) -> str:
    """A group is named by its most severe message, a digest by its number."""
    if not is_group:
        return words.phrase("digest", "subject").format(number=len(members))
    first = members[0].subject.removeprefix(label)
    if len(members) == 1:
        return first
    return words.phrase("digest", "group").format(first=first, more=len(members) - 1)


def _details(message: Message) -> tuple[str, ...]:
    """Path, coverage, who is responsible: said once for a group, by its most severe message."""
    _, _, details = message.text.partition("\n\n")
    return tuple(line for line in details.splitlines() if line)


def identity(members: Sequence[Message]) -> str:
    """Same for the same members in any order."""
    names = " ".join(sorted(member.id for member in members))
    return f"digest.{hashlib.sha256(names.encode()).hexdigest()[:16]}"


def common_pairs(members: Sequence[Message]) -> tuple[dict[str, str], dict[str, str]]:
    """Labels and annotations that all of them share."""
    return common([one.labels for one in members]), common([one.annotations for one in members])


def _ranked(messages: Sequence[Message]) -> list[Message]:
    """Alerts by how they stand now, the steps of each in their order."""
    by_alert: dict[str, list[Message]] = defaultdict(list)
    for message in sorted(messages, key=lambda one: one.sequence):
        by_alert[message.fingerprint].append(message)
    alerts = sorted(by_alert.values(), key=lambda steps: _rank(steps[-1]))
    return [message for steps in alerts for message in steps]


def _rank(message: Message) -> tuple[bool, int]:
    colour = message.annotations.get("colour", "")
    place = _ORDER.index(colour) if colour in _ORDER else len(_ORDER)
    return message.status == "resolved", place


def _lines(message: Message, words: Words, label: str, *, in_full: bool) -> list[str]:
    subject = f"{BULLET}{message.subject.removeprefix(label)}"
    if "possible_repeat" in message.annotations:
        subject += words.phrase("digest", "repeat")
    if not in_full:
        return [subject]
    fact, _, _ = message.text.partition("\n\n")
    told = [line.removeprefix(label) for line in fact.splitlines()]
    return [subject, *told, words.phrase("digest", "details") + message.generator_url]


def _counts(members: Sequence[Message], words: Words) -> str:
    found = Counter(_counted_as(one) for one in members)
    names = {name: words.of("kinds" if name in _UNCOLOURED else "colours", name) for name in found}
    order = (*_ORDER, *_UNCOLOURED)
    ranked = sorted(found, key=lambda name: order.index(name) if name in order else len(order))
    return words.phrase("digest", "comma").join(f"{names[name]} {found[name]}" for name in ranked)


def _counted_as(message: Message) -> str:
    if message.status == "resolved":
        return "resolved"
    if message.annotations.get("kind") == "paper":
        return "paper"
    return message.annotations.get("colour", "")
