"""Schema migrations (Alembic), one chain per service.

``python -m shared.storage.migrations SERVICE MESSAGE`` drafts a revision from the tables.

Each revision says in `compatible_from` which is the oldest revision whose program can work with the
schema after it; one that says nothing needs a program that knows it. The answer for the newest
revision stands in the database beside its number, so that a program of before it can find it there.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData, inspect, text

from shared.settings import CommonSettings
from shared.storage import outbox
from shared.storage.engine import open_engine, reading, writing
from shared.storage.standing import Standing, others_may_go_on, standing

_ENVIRONMENT = Path(__file__).parent / "migration_env"
_ACCESS = "access"
"""Access control has a database (or schema) beside those of the services."""
_LOCK = 4_713_001
"""Advisory lock that keeps two replicas from migrating at once."""
_LOCK_TIMEOUT = "20s"
"""Of PostgreSQL, while tables are changed: behind a change that waits for a long reader (a backup)
everybody else waits too, so it gives up and is tried again."""
_VERSION_TABLE = "alembic_version"
_MARK = "compatible_from"


class WrongSchemaError(RuntimeError):
    """The database has a schema that this version cannot work with; the text names the remedy."""


@dataclass(frozen=True, slots=True)
class SchemaState:
    """The schema of one database, seen from this version of the program."""

    service: str
    found: str | None
    """Revision of the database; null while it is empty."""
    compatible_from: str | None
    """What the database says of it; null in one that was migrated before it was asked for."""
    known: tuple[str, ...]
    """Revisions that this version knows, oldest first."""

    @property
    def standing(self) -> Standing:
        """What this version makes of it."""
        return standing(self.found, self.compatible_from, self.known)

    @property
    def missing(self) -> tuple[str, ...]:
        """Revisions to apply; none for a newer database."""
        if self.standing in {Standing.NEWER, Standing.TOO_NEW}:
            return ()
        return self.known[self.known.index(self.found) + 1 if self.found else 0 :]

    @property
    def others_may_go_on(self) -> bool:
        """Whether replicas that run on it now survive what is missing."""
        if not self.missing:
            return True
        return others_may_go_on(self.found, compatibility(self.service), self.known)


def _home(service: str) -> str:
    """Package that holds a service's tables and migrations."""
    return "shared.access" if service == _ACCESS else f"services.{service}.adapters"


def versions_dir(service: str) -> Path:
    """Folder of the service's revisions."""
    package = import_module(_home(service))
    return Path(str(package.__file__)).parent / "migrations" / "versions"


def configuration(service: str) -> Config:
    """Alembic configuration of one service."""
    config = Config()
    config.set_main_option("script_location", str(_ENVIRONMENT))
    config.set_main_option("version_locations", str(versions_dir(service)))
    config.set_main_option("path_separator", "newline")
    config.attributes["service"] = service
    return config


def revisions(service: str) -> tuple[str, ...]:
    """Revisions of a service, oldest first."""
    scripts = ScriptDirectory.from_config(configuration(service))
    return tuple(str(script.revision) for script in reversed(list(scripts.walk_revisions())))


def compatibility(service: str, revision: str = "head") -> str:
    """The oldest revision whose program can work with the schema of `revision`."""
    script = ScriptDirectory.from_config(configuration(service)).get_revision(revision)
    return str(getattr(script.module, _MARK, script.revision))


def migrate(engine: Engine, service: str) -> None:
    """Bring the database to the newest revision; replicas starting together take turns.

    A newer one that this version can work with is left as it is. Raises `WrongSchemaError` for one
    that is too new.
    """
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            connection.execute(text(f'create schema if not exists "{service}"'))
        state = _state(connection, service)
        _refuse_too_new(state)
        if state.missing:
            _upgrade(connection, service)
        if state.standing is Standing.EMPTY and service != _ACCESS:
            outbox.use_bundles(connection)  # no older version has ever worked on it
        if state.standing is not Standing.NEWER:
            _mark(connection, compatibility(service))


def _upgrade(connection: Connection, service: str) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"set local lock_timeout = '{_LOCK_TIMEOUT}'"))
    config = configuration(service)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _mark(connection: Connection, compatible_from: str) -> None:
    """Write beside the revision with which programs its schema can be used."""
    if not _has_mark(connection):
        connection.execute(text(f"alter table {_VERSION_TABLE} add column {_MARK} varchar(32)"))
    connection.execute(
        text(
            f"update {_VERSION_TABLE} set {_MARK} = :mark "  # noqa: S608 - names from here
            f"where {_MARK} is null or {_MARK} <> :mark"
        ),
        {"mark": compatible_from},
    )


def _has_mark(connection: Connection) -> bool:
    columns = inspect(connection).get_columns(_VERSION_TABLE)
    return _MARK in {column["name"] for column in columns}


def _state(connection: Connection, service: str) -> SchemaState:
    found = MigrationContext.configure(connection).get_current_revision()
    mark = None
    if found is not None and _has_mark(connection):
        mark = connection.execute(text(f"select {_MARK} from {_VERSION_TABLE}")).scalar_one()  # noqa: S608 - names from here
    return SchemaState(service, found, mark, revisions(service))


def schema_state(engine: Engine, service: str) -> SchemaState:
    """Where the database is."""
    with reading(engine) as connection:
        return _state(connection, service)


def require_usable(engine: Engine, service: str) -> None:
    """Raise `WrongSchemaError` when this version cannot work with the database as it is."""
    state = schema_state(engine, service)
    _refuse_too_new(state)
    if state.standing not in {Standing.NEWEST, Standing.NEWER}:
        raise WrongSchemaError(
            f"the database of {service} is not at the newest schema: "
            f"run `clusterwatch migrate {service}`"
        )


def _refuse_too_new(state: SchemaState) -> None:
    if state.standing is not Standing.TOO_NEW:
        return
    needed = f"{state.compatible_from} or later" if state.compatible_from else "it"
    raise WrongSchemaError(
        f"the database of {state.service} has the schema {state.found}, and this version knows "
        f"only those up to {state.known[-1]}: run a version that knows {needed}, or restore a "
        "backup of before the upgrade"
    )


def metadata_of(service: str) -> MetaData:
    """Tables of a service: its own and the shared ones, as a metadata of their own."""
    tables = import_module(f"{_home(service)}.tables").TABLES
    metadata = MetaData()
    for table in tables:
        table.to_metadata(metadata)
    return metadata


def is_wanted(service: str) -> Callable[..., bool]:
    """For Alembic: all but the columns that the service has stopped using.

    Its tables name them in `RETIRED` (`table.column`): they stay for the version before, and go
    with the version after.
    """
    retired = frozenset(getattr(import_module(f"{_home(service)}.tables"), "RETIRED", ()))

    def wanted(item: object, name: str, kind: str, *_: object) -> bool:
        table = getattr(item, "table", None)
        return kind != "column" or f"{getattr(table, 'name', '')}.{name}" not in retired

    return wanted


def _draft(service: str, message: str) -> None:
    with TemporaryDirectory() as folder:
        engine = open_engine(CommonSettings(data_dir=Path(folder)), service)
        versions_dir(service).mkdir(parents=True, exist_ok=True)
        with engine.begin() as connection:
            _upgrade(connection, service)
            config = configuration(service)
            config.attributes["connection"] = connection
            config.attributes[_MARK] = compatibility(service)
            command.revision(
                config,
                message,
                autogenerate=True,
                version_path=str(versions_dir(service)),
                rev_id=f"{service}_{len(list(versions_dir(service).glob('*.py'))) + 1:03}",
            )
        engine.dispose()


if __name__ == "__main__":
    _draft(sys.argv[1], " ".join(sys.argv[2:]))
