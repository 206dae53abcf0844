"""What the pages need."""

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.alerts.api.alerts import Reads
from services.alerts.api.papers import Papers
from services.alerts.api.reach import Reach
from services.alerts.console.ingest import IngestPages
from services.alerts.console.pages import Pages
from services.alerts.domain.ack_link import Acknowledgeable
from services.alerts.domain.subscription import Subscription
from services.alerts.ports import Ledger
from services.alerts.use_cases.acknowledge import AcknowledgeAlert
from services.alerts.use_cases.preview import Preview
from services.alerts.use_cases.silences import ManageSilences, SilenceLedger
from services.alerts.use_cases.subscriptions import ManageSubscriptions, SubscriptionLedger
from shared.access.readers import Reader
from shared.clock import Clock
from shared.storage.audit import AuditLine


class ConsoleLedger(SubscriptionLedger, SilenceLedger, Protocol):
    """The store in one transaction, with all that pages show and change."""


class ConsoleReads(Reads, Protocol):
    """Read side of the store; calls block."""

    def all_subscriptions(self) -> list[Subscription]:
        """Every subscription that there ever was."""
        ...


class Linked(Protocol):
    """Reads the codes of links in messages; blocks."""

    def read(self, code: str, now: datetime) -> Acknowledgeable | None:
        """What a code is for; null for one that is not ours or is over."""
        ...


@dataclass(frozen=True, slots=True)
class ConsoleParts:
    """Use cases, the store's two sides, and the words."""

    pages: Pages
    reads: ConsoleReads
    reach: Reach
    visible_subscriptions: Callable[[Reader], Collection[str] | None]
    transaction: Callable[[], AbstractContextManager[ConsoleLedger]]
    look: Callable[[], AbstractContextManager[Ledger]]
    manage: ManageSubscriptions
    preview: Preview
    acknowledge: AcknowledgeAlert
    links: Linked
    silences: ManageSilences
    papers: Papers
    ingest: IngestPages
    audit_logs: Callable[[int], list[tuple[str, list[AuditLine]]]]
    """Titles and newest lines of the audit logs at hand. Blocks."""
    wake: Callable[[], None]
    """Deliveries wait."""
    clock: Clock
