"""The parts of papers."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from services.alerts.adapters.paper_messages import PaperMessages
from services.alerts.adapters.paper_store import SqlPapers
from services.alerts.adapters.paper_words import paper_wording
from services.alerts.adapters.papers.press import Press
from services.alerts.api.papers import Papers
from services.alerts.domain.directory import Directory
from services.alerts.domain.papers.builders import builders
from services.alerts.ports import NameBook
from services.alerts.settings import AlertsSettings
from services.alerts.use_cases.evaluate import Evaluate
from services.alerts.use_cases.issue_papers import IssuePapers
from services.alerts.use_cases.read_papers import ReadPapers
from services.alerts.use_cases.send_papers import SendPapers
from shared.clock import Clock
from shared.plans import Catalogue
from shared.storage import reading, writing


class PaperParts:
    """Issues, reads, prints and sends papers. Close the press at the end."""

    def __init__(
        self,
        settings: AlertsSettings,
        engine: Engine,
        catalogue: Catalogue,
        evaluate: Evaluate,
        clock: Clock,
        names: NameBook | None,
    ) -> None:
        self._engine = engine
        self.press = Press()
        words = paper_wording(settings.alerts_templates)
        self.issue = IssuePapers(
            catalogue,
            evaluate.rulebook,
            evaluate.working_days,
            evaluate.mask_of,
            clock,
            settings.data_label,
            settings.alerts_papers_issuer,
        )
        read = ReadPapers(builders(words), self.issue, names)
        self.of_routes = Papers(read, self.issue, self.shelf, self.issuing, self.press)
        self.send = SendPapers(self.issue, Directory(catalogue))
        self.messages = PaperMessages(
            read,
            self.shelf,
            self.press,
            words,
            settings.alerts_public_url.rstrip("/"),
            settings.data_label,
        )

    @contextmanager
    def shelf(self) -> Iterator[SqlPapers]:
        """A transaction that reads papers and what they are made from."""
        with reading(self._engine) as connection:
            yield SqlPapers(connection)

    @contextmanager
    def issuing(self) -> Iterator[SqlPapers]:
        """A transaction that issues papers."""
        with writing(self._engine) as connection:
            yield SqlPapers(connection)
