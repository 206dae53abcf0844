"""Confirm or reject a held report: an event in a retained topic, and a line of the audit log."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from services.ingest.domain.holds import LineState
from services.ingest.domain.lines import Line
from services.ingest.domain.subjects import SubjectKind
from services.ingest.ports import LineKey, Store, StoredLine
from shared.clock import Clock
from shared.events.decisions import DECISIONS_TOPIC, Decision, DecisionVerdict, SubjectWord
from shared.storage.outbox import OutboxRow

Audit = Callable[[str, str, str], None]
"""Writes actor, action and detail into the audit log, in the same transaction."""

_KINDS = {
    SubjectKind.ENTERPRISE: SubjectWord.ENTERPRISE,
    SubjectKind.PROJECT: SubjectWord.PROJECT,
}


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody decides."""

    verdict: DecisionVerdict
    who: str
    why: str
    revision: int | None
    """Revision that was looked at; None takes the standing one."""


class NotDecidedError(Exception):
    """Nothing to decide; the message says why and what to do."""


class DecideHeld:
    """Sends a decision; it takes effect when ingest reads it, as it does in a rebuild."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def __call__(self, store: Store, audit: Audit, key: LineKey, request: Request) -> Decision:
        """The decision that was sent. Raises `NotDecidedError`."""
        store.lock({key.subject})
        stored = store.lines({key}).get(key)
        if stored is None:
            raise NotDecidedError("there is no such report")
        _check(stored, request)
        decision = self._decision(stored.line, request)
        value = msgspec.json.encode(decision)
        store.enqueue([OutboxRow(DECISIONS_TOPIC, decision.key.encode(), value)])
        detail = (
            f"{key.indicator} {key.period} revision {decision.revision} "
            f"digest {decision.digest[:12]} decision {decision.decision_id}: {request.why}"
        )
        audit(request.who, f"report_{request.verdict}", detail)
        return decision

    def _decision(self, line: Line, request: Request) -> Decision:
        return Decision(
            decision_id=uuid.uuid4().hex,
            verdict=request.verdict,
            kind=_KINDS[line.subject.kind],
            code=line.subject.code,
            indicator=line.indicator,
            period=str(line.period),
            revision=line.version.revision,
            digest=line.version.digest.hex(),
            who=request.who,
            why=request.why,
            decided_at=self._clock.now(),
        )


def _check(stored: StoredLine, request: Request) -> None:
    standing = stored.line.version.revision
    if request.revision is not None and request.revision != standing:
        raise NotDecidedError(
            f"revision {standing} stands by now, not {request.revision}: look at it again"
        )
    if stored.state is LineState.PARKED:
        raise NotDecidedError("its enterprise is not in the register yet: nothing is held")
    if stored.state is LineState.APPLIED:
        raise NotDecidedError(
            "it is not held: it counts already, or its last decision has taken effect"
        )
    if stored.state is LineState.REJECTED and request.verdict is DecisionVerdict.REJECTED:
        raise NotDecidedError("it is rejected already; another revision would bring it back")
