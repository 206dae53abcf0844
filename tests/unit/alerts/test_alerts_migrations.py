"""A ledger from before groups of several alerts keeps its rows, and takes such groups."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection, Engine, text

from shared.settings import CommonSettings
from shared.storage import open_engine, writing
from shared.storage.migrations import configuration, migrate


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "postgres":
        settings = CommonSettings(database_url=request.getfixturevalue("database_url"))
    else:
        settings = CommonSettings(data_dir=tmp_path)
    opened = open_engine(settings, "alerts")
    yield opened
    opened.dispose()


def at_revision(engine: Engine, revision: str, move: Callable[..., None]) -> None:
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text('create schema if not exists "alerts"'))
        config = configuration("alerts")
        config.attributes["connection"] = connection
        move(config, revision)


def add(connection: Connection, fingerprint: str, group: str) -> None:
    connection.execute(
        text(
            "insert into delivery (group_key, sequence, subscription_id, channel, target,"
            " fingerprint, episode, kind, transition_id, status, attempts, possible_repeat,"
            " detail, created_ms) values (:group, 1, 's', 'webhook', 't', :fingerprint, 1,"
            " 'firing', 1, 'sent', 1, false, '', 1)"
        ),
        {"group": group, "fingerprint": fingerprint},
    )


def groups(engine: Engine) -> list[tuple[int, str]]:
    with writing(engine) as connection:
        rows = connection.execute(text("select id, group_key from delivery order by id")).all()
    return [(row.id, row.group_key) for row in rows]


def test_rows_stay_and_two_alerts_may_share_a_group_afterwards(empty: Engine) -> None:
    at_revision(empty, "alerts_002", command.upgrade)
    with writing(empty) as connection:
        add(connection, "a", "old")
    migrate(empty, "alerts")
    with writing(empty) as connection:
        add(connection, "b", "group")
        add(connection, "c", "group")
    assert groups(empty) == [(1, "old"), (2, "group"), (3, "group")]


def test_an_alerts_step_is_still_one_row_a_channel(empty: Engine) -> None:
    migrate(empty, "alerts")
    with writing(empty) as connection:
        add(connection, "a", "one")
    with pytest.raises(Exception, match=r"(?i)unique"), writing(empty) as connection:
        add(connection, "a", "other")


def test_the_step_can_be_undone(empty: Engine) -> None:
    migrate(empty, "alerts")
    with writing(empty) as connection:
        add(connection, "a", "one")
    at_revision(empty, "alerts_002", command.downgrade)
    migrate(empty, "alerts")
    assert groups(empty) == [(1, "one")]
