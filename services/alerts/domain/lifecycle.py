"""Life cycle: what changes between the stored alert and a rule's present outcome."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from services.alerts.domain.acknowledgement import Attention
from services.alerts.domain.alert import Alert, Audience, Kind, Labels, State, Transition
from services.alerts.domain.figures import Figures
from services.alerts.domain.outcome import Outcome, Phase
from services.alerts.domain.severity import is_off_track, worse
from shared.events.period import Month


@dataclass(frozen=True, slots=True)
class Step:
    """The alert as it stands afterwards, and the transitions that led there, in order."""

    alert: Alert | None
    transitions: tuple[Transition, ...] = ()


def advance(
    stored: Alert | None, outcome: Outcome, labels: Labels, figures: Figures, now: datetime
) -> Step:
    """Compare and move on; no transition when nothing changed that anyone could be told."""
    walk = _Walk(stored, outcome, labels, figures, now)
    if stored is not None and stored.state is State.FIRING:
        walk.leave_firing()
    elif stored is not None and stored.state is State.RESOLVED:
        walk.take_back_resolved()
    walk.enter()
    return Step(walk.alert, tuple(walk.transitions))


class _Walk:
    """The steps of one comparison; holds the alert while it moves."""

    def __init__(
        self,
        stored: Alert | None,
        outcome: Outcome,
        labels: Labels,
        figures: Figures,
        now: datetime,
    ) -> None:
        self.alert = stored
        self.outcome = outcome
        self.labels = labels
        self.figures = figures
        self.now = now
        self.holds = False
        self.transitions: list[Transition] = []

    def leave_firing(self) -> None:
        """End a firing alert whose episode is over, or whose cause a restatement took away.

        Where its periods have only turned grey it holds: grey neither fires nor clears.
        """
        alert = self._present()
        if self._is_same_episode(alert):
            return
        if self._was_cleared(alert):
            self._move(Kind.RESOLVED, State.RESOLVED, self.outcome.reason, Audience.TOLD)
        elif self._is_refuted(alert):
            self._move(Kind.WITHDRAWN, State.WITHDRAWN, "cause_restated", Audience.TOLD)
        elif self._has_later_clear_period(alert):
            self._move(Kind.RESOLVED, State.RESOLVED, self.outcome.reason, Audience.TOLD)
        else:
            self.holds = self.outcome.phase is not Phase.FIRING

    def take_back_resolved(self) -> None:
        """Withdraw a resolved alert whose cause a later restatement took away."""
        alert = self._present()
        over = self._was_cleared(alert) or self._is_same_episode(alert)
        if alert.fired is not None and not over and self._is_refuted(alert):
            self._move(Kind.WITHDRAWN, State.WITHDRAWN, "cause_restated", Audience.TOLD)

    def enter(self) -> None:
        """Bring the alert into the outcome's phase."""
        if self.holds:
            return
        by_phase: dict[Phase, Callable[[], None]] = {
            Phase.PENDING: self._pend,
            Phase.FIRING: self._fire,
            Phase.INACTIVE: self._rest,
        }
        by_phase[self.outcome.phase]()

    def _pend(self) -> None:
        if self.alert is None or self.alert.state is not State.PENDING:
            self._move(Kind.PENDING, State.PENDING, self.outcome.reason, Audience.NOBODY)
        else:
            self._refresh()

    def _rest(self) -> None:
        if self.alert is not None and self.alert.state is State.PENDING:
            self._move(Kind.RESOLVED, State.RESOLVED, "run_ended", Audience.NOBODY)

    def _fire(self) -> None:
        if self.alert is None or self.alert.state is not State.FIRING:
            self._announce("older_period_only")
        elif not self.alert.announced and self.outcome.announces:
            self._announce("")
        elif self._lists_more():
            self._move(Kind.UPDATED, State.FIRING, self.outcome.reason, Audience.MATCHING)
        elif self._is_corrected():
            self._change(Kind.CORRECTED, Audience.TOLD)
        elif self.outcome.colour is not self.alert.colour:
            self._change(Kind.UPDATED, Audience.NOBODY)
        else:
            self._refresh()

    def _announce(self, silent_reason: str) -> None:
        told = self.outcome.announces
        audience = Audience.MATCHING if told else Audience.NOBODY
        self._move(Kind.FIRING, State.FIRING, self.outcome.reason, audience, silent_reason)

    def _change(self, kind: Kind, otherwise: Audience) -> None:
        """Everyone hears of a worse colour; of another only those named by `otherwise`."""
        worsened = worse(self.outcome.colour, self._present().colour)
        audience = Audience.MATCHING if worsened and self.outcome.announces else otherwise
        self._move(kind, State.FIRING, self.outcome.reason, audience, "not_worse")

    def _present(self) -> Alert:
        if self.alert is None:  # pragma: no cover - callers have checked
            raise ValueError("no alert to move")
        return self.alert

    def _is_same_episode(self, alert: Alert) -> bool:
        """The run that fires now already stood when the stored alert fired."""
        since = self.outcome.since
        if self.outcome.phase is not Phase.FIRING:
            return False
        if self.outcome.standing:
            return True
        if since is None or alert.fired is None:
            return False
        return since <= Month.parse(alert.fired)

    def _was_cleared(self, alert: Alert) -> bool:
        if not self.outcome.withdrawable:
            return True
        if alert.fired is None:
            return False
        fired = Month.parse(alert.fired)
        return any(episode.covers(fired) for episode in self.outcome.ended)

    def _is_refuted(self, alert: Alert) -> bool:
        """A period of the run that made it fire is judged on track by now.

        It was restated, or it was missing then and has come since.
        """
        if alert.since is None or alert.fired is None:
            return False
        since, fired = Month.parse(alert.since), Month.parse(alert.fired)
        return any(
            since <= period <= fired and not is_off_track(colour)
            for period, colour in self.outcome.colours.items()
        )

    def _has_later_clear_period(self, alert: Alert) -> bool:
        newest = self.outcome.period
        if self.outcome.phase is not Phase.INACTIVE or newest is None or alert.fired is None:
            return False
        return newest > Month.parse(alert.fired)

    def _is_corrected(self) -> bool:
        """A period it stands on has another colour by now; one that turned grey holds."""
        now = {str(period): colour for period, colour in self.outcome.colours.items()}
        return any(
            now.get(period, colour) is not colour
            for period, colour in self._present().evidence.items()
        )

    def _lists_more(self) -> bool:
        """Another project stalls, another report is held: news, though the alert stands already."""
        return self.outcome.standing and self.outcome.detail.adds_to(self._present().figures.detail)

    def _refresh(self) -> None:
        """Keep the figures of a standing alert current without a transition."""
        self.alert = self._standing(self._present(), self._present().sequence)

    def _standing(self, alert: Alert, sequence: int) -> Alert:
        """The alert with the outcome's content."""
        outcome = self.outcome
        return replace(
            alert,
            sequence=sequence,
            colour=outcome.colour,
            period=_text(outcome.period),
            since=_text(outcome.since),
            fired=_text(outcome.fired),
            reason=outcome.reason,
            figures=self.figures,
            updated_at=self.now,
            evidence={
                str(period): colour
                for period, colour in outcome.colours.items()
                if outcome.since is not None and period >= outcome.since
            },
        )

    def _move(
        self,
        kind: Kind,
        state: State,
        reason: str,
        audience: Audience,
        silent_reason: str = "",
    ) -> None:
        before = self.alert
        alert = self._moved(kind, state, reason, announced=audience is Audience.MATCHING)
        self.alert = alert
        self.transitions.append(
            Transition(
                labels=self.labels,
                episode=alert.episode,
                sequence=alert.sequence,
                kind=kind,
                state=state,
                previous_state=None if before is None else before.state,
                colour=alert.colour,
                previous_colour=None if before is None else before.colour,
                period=_text(self.outcome.period),
                since=alert.since,
                reason=reason,
                audience=audience,
                audience_reason=_audience_reason(kind, audience, silent_reason),
                starts_at=alert.starts_at,
                at=self.now,
                figures=self.figures,
            )
        )

    def _moved(self, kind: Kind, state: State, reason: str, *, announced: bool) -> Alert:
        before = self.alert or self._new(state)
        sequence = before.sequence + 1
        if state in {State.RESOLVED, State.WITHDRAWN}:
            ends = before.ends_at or self.now
            return replace(
                before,
                state=state,
                sequence=sequence,
                reason=reason,
                ends_at=ends,
                updated_at=self.now,
                figures=self.figures,
                attention=Attention(),
            )
        starts_anew = kind is Kind.PENDING or before.state is not State.FIRING
        opens = kind is Kind.FIRING and before.state is not State.FIRING
        standing = self._standing(before, sequence)
        return replace(
            standing,
            state=state,
            episode=before.episode + opens,
            starts_at=self.now if starts_anew else before.starts_at,
            ends_at=None,
            announced=announced or (before.announced and not starts_anew),
            attention=self._attention(before, anew=opens, wanted=announced),
        )

    def _attention(self, before: Alert, *, anew: bool, wanted: bool) -> Attention:
        """News that everyone is told wants an acknowledgement of its own."""
        if wanted:
            return Attention(since=self.now, rung=0 if anew else before.attention.rung)
        return Attention() if anew else before.attention

    def _new(self, state: State) -> Alert:
        return Alert(
            labels=self.labels,
            state=State.PENDING if state is State.FIRING else state,
            episode=0,
            sequence=0,
            colour=self.outcome.colour,
            period=None,
            since=None,
            fired=None,
            starts_at=self.now,
            ends_at=None,
            updated_at=self.now,
            reason="",
            announced=False,
            figures=self.figures,
        )


def _text(period: Month | None) -> str | None:
    return None if period is None else str(period)


def _audience_reason(kind: Kind, audience: Audience, silent_reason: str) -> str:
    """Reason word of the audience: why everyone, only those told, or nobody."""
    if audience is Audience.MATCHING:
        return "newest_period" if kind is Kind.FIRING else "worse_or_more"
    if audience is Audience.TOLD:
        return "follows_firing"
    if kind is Kind.PENDING:
        return "pending_is_not_told"
    return silent_reason or "never_fired"
