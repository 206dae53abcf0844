"""Messages get names from ingest's own route, which writes each asking down."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from services.alerts.adapters.name_book import HttpNameBook
from services.ingest.adapters.held_desk import HeldDesk
from services.ingest.adapters.subject_index import SubjectIndex
from services.ingest.api.subjects import subjects_router
from services.ingest.domain.subjects import enterprise
from services.ingest.testing import TOKENS, Ingest
from shared.http import add_problem_handlers
from shared.storage import reading
from shared.storage.audit import audit_lines
from shared.testing.events import records, registration
from shared.testing.load import credit_code
from shared.testing.serving import served

KNOWN, UNKNOWN = TOKENS.token(enterprise(credit_code(1))), "e-nobody"
READER = "alerts:轴承专班"


@pytest.fixture
def ingest(tmp_path: Path) -> Iterator[Ingest]:
    made = Ingest(tmp_path)
    made.take(records([registration(1, name="甲公司")]))
    yield made
    made.engine.dispose()


def app_of(ingest: Ingest, *, allowed: bool) -> FastAPI:
    app = FastAPI()
    add_problem_handlers(app)
    desk = HeldDesk(ingest.engine, ingest.clock, lambda: None)
    index = SubjectIndex(ingest.engine, TOKENS)
    app.include_router(subjects_router(index, desk.audit, allowed=allowed))
    return app


def test_names_are_told_and_each_asking_is_written_down(ingest: Ingest) -> None:
    with served(app_of(ingest, allowed=True)) as url:
        names = HttpNameBook(url).names([KNOWN, UNKNOWN, KNOWN], READER)

    assert names == {KNOWN: "甲公司"}
    with reading(ingest.engine) as connection:
        (line,) = audit_lines(connection, None, 10)
    assert (line.actor, line.action, line.detail) == (READER, "subject_named", KNOWN)


def test_where_ingest_does_not_tell_names_they_stay_tokens(ingest: Ingest) -> None:
    with served(app_of(ingest, allowed=False)) as url:
        assert HttpNameBook(url).names([KNOWN], READER) == {}


def test_a_message_is_not_kept_waiting_by_an_ingest_that_is_away() -> None:
    assert HttpNameBook("http://127.0.0.1:1").names([KNOWN, UNKNOWN], READER) == {}
