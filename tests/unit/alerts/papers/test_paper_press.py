"""The press prints in its own thread and leaves the event loop alone."""

import asyncio
import json
import subprocess
import sys
import threading

import pytest

from services.alerts.adapters.papers import press as printing
from services.alerts.adapters.papers.press import Press
from services.alerts.domain.papers.formats import Format
from services.alerts.domain.papers.model import Paper


def test_a_paper_is_printed_while_the_loop_goes_on(
    rich_paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, may_end = threading.Event(), threading.Event()

    def slow(paper: Paper, kind: Format) -> bytes:
        began.set()
        assert may_end.wait(30)
        return f"{paper.id}.{kind} by {threading.current_thread().name}".encode()

    monkeypatch.setattr(printing, "render", slow)

    async def meanwhile(press: Press) -> bytes:
        printed = asyncio.ensure_future(press.render(rich_paper, Format.DOCX))
        await asyncio.to_thread(began.wait, 30)
        assert not printed.done()
        may_end.set()
        return await printed

    press = Press()
    assert asyncio.run(meanwhile(press)).startswith(b"monthly-szah-2026-05.docx by papers")
    press.close()


def test_json_is_the_content_model_itself(rich_paper: Paper) -> None:
    press = Press()
    printed = asyncio.run(press.render(rich_paper, Format.JSON))
    assert json.loads(printed)["id"] == rich_paper.id
    press.close()


def test_starting_a_service_does_not_load_the_libraries_of_the_formats() -> None:
    code = (
        "import sys, services.alerts.adapters.papers.press\n"
        "print([n for n in ('matplotlib', 'docx', 'openpyxl') if n in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
