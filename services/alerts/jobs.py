"""Background jobs of alerts: end of the first load, calendar, papers, deliveries."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import structlog

from services.alerts.ports import Ledger
from services.alerts.use_cases.apply_statuses import EvaluateWaiting
from services.alerts.use_cases.deliver import DeliverDue
from services.alerts.use_cases.evaluate import Evaluated
from services.alerts.use_cases.first_load import EndFirstLoad, EvaluateByCalendar
from services.alerts.use_cases.prune_notices import PruneNotices
from services.alerts.use_cases.send_papers import PaperRoom, SendPapers
from services.alerts.use_cases.upkeep import KeepUp

_log = structlog.get_logger(__name__)
_FIRST_LOAD_LOOK_SECONDS = 1.0
_BACKLOG_LOOK_SECONDS = 1.0

Transaction = Callable[[], AbstractContextManager[Ledger]]


@dataclass(frozen=True, slots=True)
class Jobs:
    """What runs beside the consumer; each job runs until it is cancelled."""

    transaction: Transaction
    end_first_load: EndFirstLoad
    by_calendar: EvaluateByCalendar
    waiting: EvaluateWaiting
    prune: PruneNotices
    upkeep: KeepUp
    papers: SendPapers
    look: Callable[[], AbstractContextManager[PaperRoom]]
    """A transaction that only reads."""
    issuing: Callable[[], AbstractContextManager[PaperRoom]]
    """A transaction that issues papers."""
    deliver: DeliverDue
    anything_waits: Callable[[], bool]
    caught_up: Callable[[], bool]
    upstream_waits: Callable[[], bool]
    """Whether services whose output is read here still have something to read. Blocks."""
    evaluated: Callable[[Evaluated], None]
    queued: Callable[[], None]
    """Something was put into the queue."""
    new_deliveries: asyncio.Event
    calendar_seconds: float
    delivery_seconds: float
    upkeep_seconds: float

    async def watch_first_load(self) -> None:
        """Go live once the first load is over; then evaluate by the calendar for ever."""
        while not await asyncio.to_thread(self._is_live):  # noqa: ASYNC110 - the store signals nothing
            await asyncio.sleep(_FIRST_LOAD_LOOK_SECONDS)
        while True:
            self.evaluated(await asyncio.to_thread(self._evaluate))
            await asyncio.sleep(self.calendar_seconds)

    def _is_live(self) -> bool:
        with self.transaction() as ledger:
            if ledger.mode() == "live":
                return True
        # Asked outside of the transaction: Kafka may take its time.
        caught_up = self.caught_up() and not self.upstream_waits()
        with self.transaction() as ledger:
            ended = self.end_first_load(ledger, caught_up=caught_up)
        if ended is not None:
            _log.info("first_load_over", recorded=len(ended.transitions))
        return ended is not None

    def _evaluate(self) -> Evaluated:
        with self.transaction() as ledger:
            self.prune(ledger)
        with self.transaction() as ledger:
            return self.by_calendar(ledger)

    async def evaluate_waiting(self) -> None:
        """Evaluate what came while a backlog was read, once it is read."""
        while True:
            await asyncio.sleep(_BACKLOG_LOOK_SECONDS)
            while self.caught_up() and await asyncio.to_thread(self.anything_waits):
                self.evaluated(await asyncio.to_thread(self._evaluate_waiting))

    def _evaluate_waiting(self) -> Evaluated:
        with self.transaction() as ledger:
            return self.waiting(ledger)

    async def keep_up(self) -> None:
        """Repeats, escalations and what else time alone brings."""
        while True:
            self.evaluated(await asyncio.to_thread(self._keep_up))
            await asyncio.sleep(self.upkeep_seconds)

    def _keep_up(self) -> Evaluated:
        """One look, in transactions so short that nobody waits long for the store."""
        result = Evaluated(after="")
        while result.after is not None:
            with self.transaction() as ledger:
                piece = self.upkeep.piece(ledger, result.after)
            piece.add(result)
            result = piece
        return result

    async def issue_papers(self) -> None:
        """Issue papers when they are due, and queue them for who wants them."""
        while True:
            if await asyncio.to_thread(self.queue_papers):
                self.queued()
            await asyncio.sleep(self.upkeep_seconds)

    def queue_papers(self) -> int:
        """One look, and a transaction only where something is due; returns deliveries."""
        with self.look() as room:
            if not self.papers.due(room):
                return 0
        with self.issuing() as room:
            return self.papers(room)

    async def send(self) -> None:
        """Send what is due, again and again; new deliveries and ended ones wake it."""
        try:
            while True:
                self.new_deliveries.clear()
                before = set(self.deliver.under_way)
                begun = await self.deliver.begin()
                # What ended meanwhile has made room that was not there when it was asked for.
                if not begun and before <= self.deliver.under_way.keys():
                    await self._rest()
        except asyncio.CancelledError:  # a fault ends nothing that is being sent: the job goes on
            await self.deliver.stop()
            raise

    async def _rest(self) -> None:
        news = asyncio.create_task(self.new_deliveries.wait())
        try:
            await asyncio.wait(
                {news, *self.deliver.under_way},
                timeout=self.delivery_seconds,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            news.cancel()
