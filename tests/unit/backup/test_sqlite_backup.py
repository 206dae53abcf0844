"""A backup of SQLite databases under load, and what a restore refuses."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DatabaseError

from clusterwatch.backup.databases import Database
from clusterwatch.backup.make import make_backup
from clusterwatch.backup.manifest import MANIFEST, BackupError, Manifest, read_manifest
from clusterwatch.backup.restore import check_restore, restore, restore_secrets
from shared.settings import CommonSettings
from shared.storage import open_engine, reading, writing
from shared.storage.audit import add_audit_line
from shared.storage.migrations import migrate
from shared.storage.tables import AuditEntry, table_of

NOW = datetime(2026, 7, 1, tzinfo=UTC)
_audit = table_of(AuditEntry)


def opened(folder: Path) -> Engine:
    return open_engine(CommonSettings(data_dir=folder), "ingest")


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Database]:
    engine = opened(tmp_path / "source")
    migrate(engine, "ingest")
    add_lines(engine, 3)
    yield Database("ingest", engine)
    engine.dispose()


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Database]:
    engine = opened(tmp_path / "target")
    yield Database("ingest", engine)
    engine.dispose()


def add_lines(engine: Engine, number: int) -> None:
    """Two lines in each transaction, so that a torn copy would hold an odd number."""
    for _ in range(number):
        with writing(engine) as connection:
            add_audit_line(connection, "someone", "began", "", NOW)
            add_audit_line(connection, "someone", "ended", "", NOW)


def lines(engine: Engine) -> int:
    with reading(engine) as connection:
        return len(connection.execute(select(_audit.c.id)).all())


def back_up(source: Database, folder: Path, *, secrets: bool = False) -> Manifest:
    data_dir = source.file.parent
    return make_backup((source,), folder, data_dir, NOW, secrets=secrets)


def bring_back(folder: Path, target: Database, *, force: bool = False) -> None:
    manifest = read_manifest(folder)
    check_restore(manifest, (target,), force=force)
    restore(folder, manifest, (target,))


def test_what_is_restored_is_what_was_backed_up(
    source: Database, target: Database, tmp_path: Path
) -> None:
    made = back_up(source, tmp_path / "backup")

    bring_back(tmp_path / "backup", target)

    assert made.databases["ingest"].contents.rows["audit"] == 6
    assert lines(target.engine) == 6
    with reading(target.engine) as connection:
        assert connection.execute(text("pragma integrity_check")).scalar_one() == "ok"


def test_a_backup_under_load_holds_whole_transactions_and_stops_no_writer(
    source: Database, target: Database, tmp_path: Path
) -> None:
    done = threading.Event()
    written = []

    def write() -> None:
        while not done.is_set():
            add_lines(source.engine, 1)
            written.append(1)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = [back_up(source, tmp_path / f"backup{n}") for n in range(5)]
    finally:
        done.set()
        writer.join()

    counts = [each.databases["ingest"].contents.rows["audit"] for each in made]
    assert written
    assert counts == sorted(counts)
    assert all(count % 2 == 0 for count in counts)
    bring_back(tmp_path / "backup4", target)
    assert lines(target.engine) == counts[4]


def test_only_the_owner_reads_a_backup(source: Database, tmp_path: Path) -> None:
    back_up(source, tmp_path / "backup")

    modes = {path.stat().st_mode & 0o077 for path in (tmp_path / "backup").glob("*.sqlite3")}
    assert (tmp_path / "backup").stat().st_mode & 0o077 == 0
    assert modes == {0}


def test_a_store_with_rows_is_replaced_by_force_only(
    source: Database, target: Database, tmp_path: Path
) -> None:
    back_up(source, tmp_path / "backup")
    migrate(target.engine, "ingest")
    add_lines(target.engine, 50)

    with pytest.raises(BackupError, match="--force"):
        bring_back(tmp_path / "backup", target)
    assert lines(target.engine) == 100
    bring_back(tmp_path / "backup", target, force=True)

    assert lines(target.engine) == 6


def test_a_damaged_store_is_replaced_by_force_only(
    source: Database, target: Database, tmp_path: Path
) -> None:
    back_up(source, tmp_path / "backup")
    target.file.write_text("no database", encoding="ascii")

    with pytest.raises(DatabaseError, match="not a database"):
        bring_back(tmp_path / "backup", target)
    assert target.file.read_text(encoding="ascii") == "no database"
    bring_back(tmp_path / "backup", target, force=True)

    assert lines(target.engine) == 6


def test_a_store_without_rows_needs_no_force(
    source: Database, target: Database, tmp_path: Path
) -> None:
    back_up(source, tmp_path / "backup")
    migrate(target.engine, "ingest")

    bring_back(tmp_path / "backup", target)

    assert lines(target.engine) == 6


def test_a_changed_file_is_refused(source: Database, target: Database, tmp_path: Path) -> None:
    back_up(source, tmp_path / "backup")
    file = tmp_path / "backup" / "ingest.sqlite3"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)

    with pytest.raises(BackupError, match="not what was backed up"):
        bring_back(tmp_path / "backup", target)


def change(folder: Path, **values: object) -> None:
    """Change the manifest as another version would have written it."""
    path = folder / MANIFEST
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["databases"]["ingest"]["contents"] |= values.pop("contents", {})
    path.write_text(json.dumps(manifest | values), encoding="utf-8")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"format": 2}, "format 2"),
        ({"contents": {"revision": "ingest_999"}}, "schema ingest_999"),
        ({"contents": {"rows": {"audit": 7}}}, "other rows"),
        ({"databases": {}}, "no database ingest"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_word(
    source: Database, target: Database, tmp_path: Path, changed: dict[str, object], words: str
) -> None:
    back_up(source, tmp_path / "backup")
    change(tmp_path / "backup", **changed)

    with pytest.raises(BackupError, match=words):
        bring_back(tmp_path / "backup", target)


def test_an_interrupted_backup_is_none(source: Database, tmp_path: Path) -> None:
    back_up(source, tmp_path / "backup")
    (tmp_path / "backup" / MANIFEST).unlink()

    with pytest.raises(BackupError, match="no backup"):
        read_manifest(tmp_path / "backup")


def test_a_backup_that_fails_leaves_nothing(target: Database, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="start the service once"):
        back_up(target, tmp_path / "backup")

    assert not (tmp_path / "backup").exists()


def test_a_folder_in_use_is_left_alone(source: Database, tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    (tmp_path / "backup" / "letter").write_text("mine", encoding="utf-8")

    with pytest.raises(BackupError, match="not empty"):
        back_up(source, tmp_path / "backup")
    assert (tmp_path / "backup" / "letter").read_text(encoding="utf-8") == "mine"


def test_the_token_secret_is_in_it_only_when_asked_for(source: Database, tmp_path: Path) -> None:
    (source.file.parent / "token-secret").write_text("hidden", encoding="ascii")

    plain = back_up(source, tmp_path / "plain")
    full = back_up(source, tmp_path / "full", secrets=True)

    assert plain.secrets == {}
    assert not (tmp_path / "plain" / "token-secret").exists()
    assert restore_secrets(tmp_path / "full", full, tmp_path / "new") == ["token-secret"]
    assert (tmp_path / "new" / "token-secret").read_text(encoding="ascii") == "hidden"
    assert (tmp_path / "new" / "token-secret").stat().st_mode & 0o077 == 0


def test_another_token_secret_is_not_overwritten(source: Database, tmp_path: Path) -> None:
    (source.file.parent / "token-secret").write_text("hidden", encoding="ascii")
    made = back_up(source, tmp_path / "full", secrets=True)
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "token-secret").write_text("another", encoding="ascii")

    with pytest.raises(BackupError, match="another secret"):
        restore_secrets(tmp_path / "full", made, tmp_path / "new")
