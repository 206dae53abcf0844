"""Silences: matchers, an owner, an end. They mute; they change no alert's state."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

import re2

LONGEST_NAME = 128
LONGEST_VALUE = 1024
MOST_MATCHERS = 32
"""What a silence may ask of every look at every alert."""
_MEMORY = 1 << 20
"""Bytes that one compiled expression may take; RE2 needs linear time whatever the expression."""
_NOTICE = timedelta(hours=24)
_NOTICE_SHARE = 0.25


class _Expression(Protocol):
    """What is used of a compiled expression."""

    def fullmatch(self, text: str) -> object | None: ...


class SilenceState(StrEnum):
    """Where a silence stands in time, in Alertmanager's words."""

    PENDING = "pending"
    ACTIVE = "active"
    EXPIRED = "expired"


class SilenceStep(StrEnum):
    """What those are told whose alerts a silence mutes."""

    STARTED = "silence_started"
    ENDING = "silence_ending"
    ENDED = "silence_ended"


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on a label: ``=``, ``!=``, ``=~`` or ``!~``; an absent label is empty."""

    name: str
    value: str
    is_regex: bool = False
    is_equal: bool = True

    def __str__(self) -> str:
        operator = (
            ("=~" if self.is_equal else "!~") if self.is_regex else "=" if self.is_equal else "!="
        )
        escaped = self.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'{self.name}{operator}"{escaped}"'

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether labels fulfil it; a regular expression must match the whole value."""
        value = labels.get(self.name, "")
        if self.is_regex:
            return (_compiled(self.value).fullmatch(value) is not None) is self.is_equal
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
    announced: SilenceStep | None = None
    """What was told of it last."""

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether labels fulfil all matchers."""
        return all(matcher.matches(labels) for matcher in self.matchers)

    def state(self, now: datetime) -> SilenceState:
        """Pending, active or expired."""
        if now >= self.ends_at:
            return SilenceState.EXPIRED
        return SilenceState.ACTIVE if now >= self.starts_at else SilenceState.PENDING

    def step_due(self, now: datetime) -> SilenceStep | None:
        """What is to be told of it now; null when nothing is.

        Its end is announced a day before, of short silences in their last quarter. One that was
        over before anybody looked is not told at all.
        """
        state = self.state(now)
        if state is SilenceState.PENDING or self.announced is SilenceStep.ENDED:
            return None
        if state is SilenceState.EXPIRED:
            return None if self.announced is None else SilenceStep.ENDED
        if self.announced is None:
            return SilenceStep.STARTED
        ahead = min(_NOTICE, (self.ends_at - self.starts_at) * _NOTICE_SHARE)
        ends_soon = self.ends_at - now <= ahead
        return SilenceStep.ENDING if ends_soon and self.announced is SilenceStep.STARTED else None


_OPERATORS = {"=": (False, True), "!=": (False, False), "=~": (True, True), "!~": (True, False)}
_MATCHER = re.compile(r"\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*(.*?)\s*", re.DOTALL)


_ESCAPED = re.compile(r'\\(["\\n])')
"""Alertmanager's; another backslash stands for itself, as regular expressions need it."""


def _unescaped(found: re.Match[str]) -> str:
    return "\n" if found[1] == "n" else found[1]


class BadMatcher(Exception):  # noqa: N818 - a refusal is a normal answer
    """A matcher that cannot be used; the text says why."""


def parse_matcher(text: str) -> Matcher:
    """Read ``name=value``, the value with or without quotes. Raises `BadMatcher`."""
    found = _MATCHER.fullmatch(text)
    if found is None:
        raise BadMatcher(f"{text!r} is not name=value, name!=value, name=~regex or name!~regex")
    name, operator, value = found.groups()
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = _ESCAPED.sub(_unescaped, value[1:-1])
    is_regex, is_equal = _OPERATORS[operator]
    matcher = Matcher(name, value, is_regex, is_equal)
    check_matcher(matcher)
    return matcher


def check_matcher(matcher: Matcher) -> None:
    """Raises `BadMatcher` for one that is too long or whose expression cannot be used."""
    if not matcher.name:
        raise BadMatcher("a matcher needs the name of a label")
    if len(matcher.name) > LONGEST_NAME or len(matcher.value) > LONGEST_VALUE:
        raise BadMatcher(
            f"a matcher has at most {LONGEST_NAME} characters of name and {LONGEST_VALUE} of value"
        )
    try:
        _compiled(matcher.value if matcher.is_regex else "")
    except re2.error as error:
        raise BadMatcher(f"{matcher.name}: bad regular expression: {error}") from error


def _compiled(expression: str) -> _Expression:
    """Compiled by RE2, which keeps the last ones; look-arounds and back references are refused."""
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    found: _Expression = re2.compile(expression, options)
    return found


def why_unusable(silence: Silence, now: datetime) -> str | None:
    """Why a silence may not be made, or null; the same conditions as Alertmanager's."""
    if not silence.matchers:
        return "at least one matcher is needed"
    if len(silence.matchers) > MOST_MATCHERS:
        return f"at most {MOST_MATCHERS} matchers"
    if all(matcher.matches({}) for matcher in silence.matchers):
        return "at least one matcher must not match an absent label"
    if silence.ends_at <= silence.starts_at:
        return "it must end after it starts"
    if silence.ends_at <= now:
        return "its end must be in the future"
    if not silence.owner:
        return "it needs an owner"
    return None if silence.comment else "it needs a comment"
