"""Schema migrations (Alembic), one chain per service.

``python -m shared.storage.migrations SERVICE MESSAGE`` drafts a revision from the tables.
"""

import sys
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData, text

from shared.settings import CommonSettings
from shared.storage.engine import open_engine, writing

_ENVIRONMENT = Path(__file__).parent / "migration_env"
_ACCESS = "access"
"""Access control has a database (or schema) beside those of the services."""
_LOCK = 4_713_001
"""Advisory lock that keeps two replicas from migrating at once."""


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


def migrate(engine: Engine, service: str) -> None:
    """Bring the database to the newest revision; replicas starting together take turns."""
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            connection.execute(text(f'create schema if not exists "{service}"'))
        _upgrade(connection, service)


def _upgrade(connection: Connection, service: str) -> None:
    config = configuration(service)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def is_current(engine: Engine, service: str) -> bool:
    """Whether the database is at the newest revision."""
    head = ScriptDirectory.from_config(configuration(service)).get_current_head()
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head


def metadata_of(service: str) -> MetaData:
    """Tables of a service: its own and the shared ones, as a metadata of their own."""
    tables = import_module(f"{_home(service)}.tables").TABLES
    metadata = MetaData()
    for table in tables:
        table.to_metadata(metadata)
    return metadata


def _draft(service: str, message: str) -> None:
    with TemporaryDirectory() as folder:
        engine = open_engine(CommonSettings(data_dir=Path(folder)), service)
        versions_dir(service).mkdir(parents=True, exist_ok=True)
        with engine.begin() as connection:
            _upgrade(connection, service)
            config = configuration(service)
            config.attributes["connection"] = connection
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
