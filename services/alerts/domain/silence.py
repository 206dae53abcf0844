"""Silences: matchers, an owner, an end. They mute; they change no alert's state."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SilenceState(StrEnum):
    """Where a silence stands in time, in Alertmanager's words."""

    PENDING = "pending"
    ACTIVE = "active"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on a label: ``=``, ``!=``, ``=~`` or ``!~``; an absent label is empty."""

    name: str
    value: str
    is_regex: bool = False
    is_equal: bool = True

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether labels fulfil it; a regular expression must match the whole value."""
        value = labels.get(self.name, "")
        if self.is_regex:
            return (re.fullmatch(self.value, value) is not None) is self.is_equal
        return (self.value == value) is self.is_equal


@dataclass(frozen=True, slots=True)
class Silence:
    """Alerts whose labels fulfil all matchers are muted from start to end."""

    id: str
    matchers: tuple[Matcher, ...]
    owner: str
    comment: str
    starts_at: datetime
    ends_at: datetime
    updated_at: datetime
    end_on_resolve: bool = False
    """Ends when the last firing alert that it mutes has ended."""
    ended_because: str = ""

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether labels fulfil all matchers."""
        return all(matcher.matches(labels) for matcher in self.matchers)

    def state(self, now: datetime) -> SilenceState:
        """Pending, active or expired."""
        if now >= self.ends_at:
            return SilenceState.EXPIRED
        return SilenceState.ACTIVE if now >= self.starts_at else SilenceState.PENDING


_OPERATORS = {"=": (False, True), "!=": (False, False), "=~": (True, True), "!~": (True, False)}
_MATCHER = re.compile(r"\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*(.*?)\s*", re.DOTALL)


class BadMatcher(Exception):  # noqa: N818 - a refusal is a normal answer
    """A matcher that cannot be used; the text says why."""


def parse_matcher(text: str) -> Matcher:
    """Read ``name=value``, the value with or without quotes. Raises `BadMatcher`."""
    found = _MATCHER.fullmatch(text)
    if found is None:
        raise BadMatcher(f"{text!r} is not name=value, name!=value, name=~regex or name!~regex")
    name, operator, value = found.groups()
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = value[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    is_regex, is_equal = _OPERATORS[operator]
    matcher = Matcher(name, value, is_regex, is_equal)
    check_matcher(matcher)
    return matcher


def check_matcher(matcher: Matcher) -> None:
    """Raises `BadMatcher` for a regular expression that cannot be read."""
    if not matcher.name:
        raise BadMatcher("a matcher needs the name of a label")
    try:
        re.compile(matcher.value if matcher.is_regex else "")
    except re.error as error:
        raise BadMatcher(f"{matcher.name}: bad regular expression: {error}") from error


def why_unusable(silence: Silence, now: datetime) -> str | None:
    """Why a silence may not be made, or null; the same conditions as Alertmanager's."""
    if not silence.matchers:
        return "at least one matcher is needed"
    if all(matcher.matches({}) for matcher in silence.matchers):
        return "at least one matcher must not match an absent label"
    if silence.ends_at <= silence.starts_at:
        return "it must end after it starts"
    if silence.ends_at <= now:
        return "its end must be in the future"
    if not silence.owner:
        return "it needs an owner"
    return None if silence.comment else "it needs a comment"
