"""Prints papers: one at a time in a thread of its own, so that the event loop goes on.

The libraries behind the formats are big and matplotlib looks through all fonts when it is first
asked, so they are imported by the first paper and not by the start of the service.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from services.alerts.adapters.papers.outline import printable
from services.alerts.adapters.papers.policy import POLICY
from services.alerts.domain.papers.formats import Format
from services.alerts.domain.papers.model import Paper, encode_paper


def render(paper: Paper, kind: Format) -> bytes:
    """The paper as a file. Takes from tenths of a second to seconds: not for an event loop."""
    if kind is Format.JSON:
        return encode_paper(paper)
    return _render_file(printable(paper), kind)


@dataclass(frozen=True, slots=True)
class Press:
    """Renders without keeping others waiting. Close it at the end."""

    policy: str = POLICY
    """Content security policy to serve its pages with."""
    _thread: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="papers")
    )

    async def render(self, paper: Paper, kind: Format) -> bytes:
        """`render` in the press's thread; papers wait for one another."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, render, paper, kind)

    def print(self, paper: Paper, kind: Format) -> bytes:
        """`render` in the press's thread, for callers that may block."""
        return self._thread.submit(render, paper, kind).result()

    def close(self) -> None:
        """Wait for the paper that is being printed, drop those that wait."""
        self._thread.shutdown(cancel_futures=True)


def _render_file(paper: Paper, kind: Format) -> bytes:
    # Late, for the reason that the module's docstring gives.
    match kind:
        case Format.DOCX:
            from services.alerts.adapters.papers.word import docx  # noqa: PLC0415

            return docx(paper)
        case Format.XLSX:
            from services.alerts.adapters.papers.workbook import xlsx  # noqa: PLC0415

            return xlsx(paper)
        case _:
            from services.alerts.adapters.papers.page import html  # noqa: PLC0415

            return html(paper)
