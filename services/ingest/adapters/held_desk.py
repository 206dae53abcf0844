"""Where people look at held reports and decide about them: transactions around the store."""

from collections.abc import Callable, Sequence

from sqlalchemy import Engine

from services.ingest.adapters import held_lines
from services.ingest.adapters.held_lines import HeldLine, PastDecision, WaitingSubject
from services.ingest.adapters.store import SqlStore
from services.ingest.domain.holds import LineState
from services.ingest.ports import LineKey
from services.ingest.use_cases.decide import DecideHeld, Request
from shared.clock import Clock
from shared.events.decisions import Decision
from shared.storage import reading, writing
from shared.storage.audit import add_audit_line


class HeldDesk:
    """Every call is one transaction, and blocks."""

    def __init__(self, engine: Engine, clock: Clock, wake: Callable[[], None]) -> None:
        self._engine = engine
        self._clock = clock
        self._wake = wake
        self._decide = DecideHeld(clock)

    def page(self, states: Sequence[LineState], after: int, limit: int) -> Sequence[HeldLine]:
        """Lines in states, after a place in the list."""
        with reading(self._engine) as connection:
            return held_lines.held_lines(connection, states, after, limit)

    def find(self, key: LineKey) -> tuple[HeldLine, Sequence[PastDecision]] | None:
        """A standing line whatever its state, and what was decided about it, newest first."""
        with reading(self._engine) as connection:
            found = held_lines.held_line(connection, key)
            return None if found is None else (found, held_lines.past_decisions(connection, key))

    def waiting(self, after: int, limit: int) -> Sequence[WaitingSubject]:
        """Enterprises whose reports wait for the register, after a place in the list."""
        with reading(self._engine) as connection:
            return held_lines.waiting_subjects(connection, after, limit)

    def decide(self, key: LineKey, request: Request, actor: str) -> Decision:
        """Send a decision and write it down. Raises `NotDecidedError`."""

        def audit(who: str, action: str, detail: str) -> None:
            told = detail if who == actor else f"{detail} (said to be decided by {who})"
            add_audit_line(connection, actor, action, told, self._clock.now())

        with writing(self._engine) as connection:
            decision = self._decide(SqlStore(connection), audit, key, request)
        self._wake()
        return decision

    def audit(self, actor: str, action: str, detail: str) -> None:
        """Write down what somebody did or was shown."""
        with writing(self._engine) as connection:
            add_audit_line(connection, actor, action, detail, self._clock.now())
