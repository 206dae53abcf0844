"""Makes, changes and ends silences."""

from dataclasses import dataclass, replace
from typing import Protocol
from uuid import uuid4

from services.alerts.domain.silence import (
    BadMatcher,
    Silence,
    SilenceState,
    SilenceStep,
    check_matcher,
    why_unusable,
)
from services.alerts.ports import Ledger
from shared.clock import Clock


class SilenceLedger(Ledger, Protocol):
    """The store with all its silences."""

    def all_silences(self) -> tuple[Silence, ...]:
        """All silences, ended ones too."""
        ...


class BadSilence(Exception):  # noqa: N818 - a refusal is a normal answer
    """A silence may not be made; the text says why."""


class NoSuchSilence(Exception):  # noqa: N818 - a refusal is a normal answer
    """There is no silence of that id."""


@dataclass(frozen=True, slots=True)
class ManageSilences:
    """Every change is in the audit log."""

    clock: Clock

    def put(self, ledger: Ledger, wanted: Silence, actor: str | None = None) -> Silence:
        """Make a silence, or with an id change one; `actor` is who the audit log names.

        One that has ended, or whose matchers change, is replaced by a new one, so that the ledger
        keeps what was muted when. Raises `BadSilence` and `NoSuchSilence`.
        """
        now = self.clock.now()
        self._check(wanted)
        silence = replace(wanted, starts_at=max(wanted.starts_at, now), updated_at=now)
        if not wanted.id:
            return self._save(ledger, replace(silence, id=str(uuid4())), "silence_made", actor)
        before = ledger.silence(wanted.id)
        if before is None:
            raise NoSuchSilence(wanted.id)
        state = before.state(now)
        if state is SilenceState.EXPIRED or before.matchers != wanted.matchers:
            if state is not SilenceState.EXPIRED:
                self.expire(ledger, before.id, actor)
            return self._save(ledger, replace(silence, id=str(uuid4())), "silence_made", actor)
        starts = before.starts_at if state is SilenceState.ACTIVE else silence.starts_at
        told = None if before.announced is None else SilenceStep.STARTED
        changed = replace(silence, starts_at=starts, announced=told)
        return self._save(ledger, changed, "silence_changed", actor)

    def expire(self, ledger: Ledger, silence_id: str, actor: str | None = None) -> None:
        """End a silence now. Raises `NoSuchSilence`; one that has ended stays as it is."""
        silence = ledger.silence(silence_id)
        if silence is None:
            raise NoSuchSilence(silence_id)
        now = self.clock.now()
        if silence.state(now) is SilenceState.EXPIRED:
            return
        starts = min(silence.starts_at, now)
        ended = replace(
            silence, starts_at=starts, ends_at=now, updated_at=now, ended_because="expired"
        )
        self._save(ledger, ended, "silence_ended", actor)

    def _check(self, wanted: Silence) -> None:
        try:
            for matcher in wanted.matchers:
                check_matcher(matcher)
        except BadMatcher as bad:
            raise BadSilence(str(bad)) from bad
        reason = why_unusable(wanted, self.clock.now())
        if reason is not None:
            raise BadSilence(reason)

    def _save(self, ledger: Ledger, silence: Silence, action: str, actor: str | None) -> Silence:
        ledger.put_silence(silence)
        ledger.audit(actor or silence.owner, action, silence.id, silence.updated_at)
        return silence
