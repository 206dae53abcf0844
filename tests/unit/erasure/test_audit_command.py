"""`clusterwatch audit verify` and `clusterwatch erase` as people call them, on both databases."""

import re
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, insert, select, text, update
from typer.testing import CliRunner, Result

from clusterwatch.backup.databases import ORDER
from clusterwatch.backup.sqlite import back_up
from clusterwatch.cli import app
from services.alerts.adapters.tables import PaperRow, SubscriptionRow
from services.ingest.adapters.tables import ErasedRow, RegistrationRow, SubjectRow
from services.ingest.domain.erasures import ERASED_NAME
from services.ingest.domain.subjects import SubjectKind
from shared.settings import CommonSettings
from shared.storage import open_engine, writing
from shared.storage.audit import add_audit_line
from shared.storage.migrations import migrate
from shared.storage.tables import AuditEntry, table_of
from shared.testing.load import credit_code
from shared.testing.stores import migrated_store

NOW = datetime(2026, 6, 1, 1, tzinfo=UTC)
MAIL = "wang@example.org"
_audit, _papers = table_of(AuditEntry), table_of(PaperRow)
_registrations, _subjects = table_of(RegistrationRow), table_of(SubjectRow)
Call = Callable[..., Result]
Open = Callable[[str], Engine]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest) -> str | None:
    if request.param == "sqlite":
        return None
    found: str = request.getfixturevalue("database_url")
    return found


@pytest.fixture
def opened(url: str | None, tmp_path: Path) -> Iterator[Open]:
    """Opens a migrated database of a service."""
    engines: dict[str, Engine] = {}
    settings = CommonSettings(data_dir=tmp_path, database_url=SecretStr(url) if url else None)
    for name in ORDER:
        engines[name] = open_engine(settings, name)
        migrate(engines[name], name)
    yield engines.__getitem__
    for engine in engines.values():
        engine.dispose()


@pytest.fixture
def call(url: str | None, tmp_path: Path) -> Call:
    environment = {"CLUSTERWATCH_DATA_DIR": str(tmp_path), "COLUMNS": "300"}
    if url:
        environment["CLUSTERWATCH_DATABASE_URL"] = url
    return lambda *words: CliRunner().invoke(app, list(words), env=environment)


def test_whole_chains_print_their_heads_and_a_touched_one_is_named(
    opened: Open, call: Call
) -> None:
    with writing(opened("alerts")) as connection:
        add_audit_line(connection, "王工", "acknowledged", "one", NOW)
        add_audit_line(connection, "王工", "acknowledged", "two", NOW)
    said = call("audit", "verify")
    assert said.exit_code == 0
    assert "alerts: 2 entries in order" in said.output
    head = re.search(r"alerts: .* head ([0-9a-f]{64})", said.output)
    assert head is not None
    assert call("audit", "verify", "--head", f"alerts={head[1]}").exit_code == 0
    assert call("audit", "verify", "--head", f"alerts={'1' * 64}").exit_code == 1
    assert call("audit", "verify", "--head", f"nothing={head[1]}").exit_code == 2
    assert call("audit", "verify", "--known", "alerts=x").exit_code == 2
    with writing(opened("alerts")) as connection:
        connection.execute(update(_audit).where(_audit.c.detail == "two").values(actor="李四"))

    said = call("audit", "verify")

    assert said.exit_code == 1
    assert "alerts: entry 2 is broken: its text is not what was written" in said.output


def test_a_schema_of_a_later_version_that_allows_it_is_looked_at(opened: Open, call: Call) -> None:
    later = text("update alembic_version set version_num = 'alerts_999'")
    with writing(opened("alerts")) as connection:
        add_audit_line(connection, "王工", "silenced", "bearings", NOW)
        connection.execute(later)
        connection.execute(update(_audit).values(detail="green food"))
    answer = call("audit", "verify")
    assert answer.exit_code == 1
    assert "alerts: entry 1 is broken" in answer.output


def test_a_contact_goes_from_all_databases_and_from_papers(opened: Open, call: Call) -> None:
    texts = [f'{{"by":"{MAIL}"}}'.encode(), b""]
    texts[1] = f'{{"before":"{sha256(texts[0]).hexdigest()}"}}'.encode()
    papers = [
        {"rhythm": "weekly", "plan": "p", "period": f"2026-0{number}", "issued_ms": 1,
         "issued_by": "schedule", "sha256": sha256(text).hexdigest(),
         "snapshot": zlib.compress(text)}
        for number, text in enumerate(texts)
    ]  # fmt: skip
    with writing(opened("alerts")) as connection:
        connection.execute(insert(_papers), papers)
        row = {"id": "s", "owner": MAIL, "payload": b"{}", "created_ms": 1, "updated_ms": 1}
        connection.execute(insert(table_of(SubscriptionRow)), [row])
    for name in ORDER:
        with writing(opened(name)) as connection:
            add_audit_line(connection, MAIL, "did", "something", NOW)

    said = call("erase", "contact", MAIL, "--why", "left")

    assert said.exit_code == 0, said.output
    for name in ORDER:
        with opened(name).connect() as connection:
            assert MAIL not in str(connection.execute(select(_audit)).all())
    with opened("alerts").connect() as connection:
        kept = connection.execute(select(_papers).order_by(_papers.c.id)).all()
        assert (
            MAIL not in connection.execute(select(table_of(SubscriptionRow).c.owner)).scalar_one()
        )
    contents = [zlib.decompress(paper.snapshot) for paper in kept]
    assert [sha256(text).hexdigest() for text in contents] == [paper.sha256 for paper in kept]
    assert MAIL.encode() not in contents[0]
    assert kept[0].sha256.encode() in contents[1]
    assert call("audit", "verify").exit_code == 0


def test_an_enterprise_is_erased_and_remembered(opened: Open, call: Call) -> None:
    code = credit_code(1)
    row = {
        "subject_id": 1, "effective": 202401, "action": "enter", "revision": 1,
        "reported_at_us": 1, "event_id": "e", "digest": b"d", "broker_ms": 1, "name": "示例企业",
        "content": b"c",
    }  # fmt: skip
    with writing(opened("ingest")) as connection:
        subject = {"id": 1, "kind": int(SubjectKind.ENTERPRISE), "code": code}
        connection.execute(insert(_subjects), [subject])
        connection.execute(insert(_registrations), [row])

    unknown = call("erase", "enterprise", credit_code(2), "--why", "request 7")
    said = call("erase", "enterprise", code, "--why", "request 7", "--records")

    assert (unknown.exit_code, said.exit_code) == (1, 0), said.output
    assert "clusterwatch rebuild" in said.output
    with opened("ingest").connect() as connection:
        assert connection.execute(select(_registrations.c.name)).scalar_one() == ERASED_NAME
        (erased,) = connection.execute(select(table_of(ErasedRow))).all()
        lines = str(connection.execute(select(_audit)).all())
    assert (erased.reach, code in str(erased)) == ("records", False)
    assert code not in lines


def test_a_backup_holds_papers_erasures_and_the_chain(tmp_path: Path) -> None:
    held = {}
    for name in ("alerts", "ingest"):
        with migrated_store(name, tmp_path) as engine:
            with writing(engine) as connection:
                add_audit_line(connection, "a", "b", "c", NOW)
            held[name] = back_up(tmp_path / f"{name}.sqlite3", tmp_path / name).rows

    assert {"paper", "audit_chain"} <= held["alerts"].keys()
    assert {"erased", "audit_chain"} <= held["ingest"].keys()
    assert held["alerts"]["audit_chain"] == 1
