"""Robots' keys are nowhere in the database: neither in rows, nor in pages that were freed."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from clusterwatch.commands.keys import app
from services.alerts.adapters.sealed_targets import KEY_FILE, keyring_of, rotate_keys, seal_store
from services.alerts.adapters.store import SqlLedger
from services.alerts.domain.subscription import ChannelTarget, ChannelType
from services.alerts.settings import AlertsSettings
from shared.configuration import SettingsError
from shared.storage import open_engine, reading
from shared.storage.migrations import migrate
from shared.storage.sealing import Keyring

World = Any
KEY = "a-robots-key-that-must-not-be-found"
TARGET = f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}"
ROBOT = ChannelTarget(ChannelType.WECOM, TARGET)


def readable(engine: Engine) -> str:
    """All that the tables hold, as whoever takes a dump sees it."""
    found = []
    with engine.connect() as connection:
        for table in ("subscription", "delivery", "meta", "audit"):
            rows = connection.execute(text(f"select * from {table}"))  # noqa: S608 - fixed names
            found += [str([bytes(v) if isinstance(v, memoryview) else v for v in r]) for r in rows]
    return "\n".join(found)


def files_of(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.glob("alerts.sqlite3*"))


@pytest.fixture
def settings(tmp_path: Path) -> AlertsSettings:
    return AlertsSettings(data_dir=tmp_path / "data")


@pytest.fixture
def plain(settings: AlertsSettings) -> Engine:
    """A database from before targets were sealed."""
    engine = open_engine(settings, "alerts")
    migrate(engine, "alerts")
    with engine.begin() as connection:
        connection.execute(
            text(
                "insert into subscription (id, owner, payload, created_ms, updated_ms) "
                "values ('s1', 'o', :payload, 0, 0)"
            ),
            {
                "payload": (
                    '{"id":"s1","owner":"o","filter":{},"channels":[{"type":"wecom",'
                    f'"target":"{TARGET}"}}]}}'
                ).encode()
            },
        )
        connection.execute(
            text(
                "insert into delivery (group_key, sequence, subscription_id, channel, target, "
                "fingerprint, episode, kind, transition_id, status, attempts, possible_repeat, "
                "detail, created_ms) values ('g', 1, 's1', 'wecom', :target, 'f', 1, 'firing', 1, "
                "'sent', 1, 0, '', 0)"
            ),
            {"target": TARGET},
        )
    return engine


def subscribed(engine: Engine) -> list[ChannelTarget]:
    with reading(engine) as connection:
        found = SqlLedger(connection).subscriptions()
    return [channel for one in found for channel in one.channels]


def test_what_stood_readable_is_sealed_at_the_next_start(
    plain: Engine, settings: AlertsSettings
) -> None:
    assert KEY.encode() in files_of(settings.data_dir)
    assert seal_store(plain, keyring_of(settings)) == 2
    assert subscribed(plain) == [ROBOT]
    assert KEY not in readable(plain)
    assert KEY.encode() not in files_of(settings.data_dir)
    assert seal_store(plain, keyring_of(settings)) == 0
    plain.dispose()
    assert KEY.encode() not in files_of(settings.data_dir)
    assert (settings.data_dir / KEY_FILE).stat().st_mode & 0o077 == 0


def test_deliveries_are_sealed_when_they_are_made_and_open_when_they_are_sent(
    live: World, engine: Engine, tmp_path: Path
) -> None:
    live.subscribe(target=TARGET)
    live.receive(live.status("2026-04", "yellow"), live.status("2026-05", "yellow"))
    asyncio.run(live.send())
    assert [target for target, _ in live.channel.sent] == [TARGET]
    assert "qyapi" not in readable(engine)
    assert b"qyapi" not in files_of(tmp_path)


def test_rotation_leaves_one_new_key_and_every_target(
    plain: Engine, settings: AlertsSettings
) -> None:
    seal_store(plain, keyring_of(settings))
    before = keyring_of(settings).ids
    rotated = rotate_keys(plain, settings)
    assert len(rotated.ids) == 1
    assert rotated.ids != before
    assert keyring_of(settings).ids == rotated.ids
    assert before[0] not in readable(plain)
    assert subscribed(plain) == [ROBOT]


def test_rotation_that_was_interrupted_can_be_repeated(
    plain: Engine, settings: AlertsSettings
) -> None:
    seal_store(plain, keyring_of(settings))
    file = settings.data_dir / KEY_FILE
    file.write_text("k" * 40 + "\n" + file.read_text(encoding="ascii"), encoding="ascii")
    seal_store(plain, keyring_of(settings))
    rotate_keys(plain, settings)
    assert subscribed(plain) == [ROBOT]
    assert len(keyring_of(settings).ids) == 1


def test_keys_of_the_settings_take_over_in_their_order(
    plain: Engine, settings: AlertsSettings
) -> None:
    own = (settings.data_dir / KEY_FILE, keyring_of(settings))[0].read_text(encoding="ascii")
    seal_store(plain, keyring_of(settings))
    new = "n" * 40
    both = settings.model_copy(update={"alerts_sealing_keys": SecretStr(f"{new}, {own}")})
    rotate_keys(plain, both)
    only = settings.model_copy(update={"alerts_sealing_keys": SecretStr(new)})
    assert seal_store(plain, keyring_of(only)) == 0
    assert subscribed(plain) == [ROBOT]


def test_another_key_stops_the_start_with_the_remedy(
    plain: Engine, settings: AlertsSettings
) -> None:
    seal_store(plain, keyring_of(settings))
    with pytest.raises(SettingsError, match="CLUSTERWATCH_ALERTS_SEALING_KEYS"):
        seal_store(plain, Keyring([b"x" * 40]))


def test_the_command_rotates_and_shows_no_key(
    plain: Engine, settings: AlertsSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal_store(plain, keyring_of(settings))
    plain.dispose()
    monkeypatch.setenv("CLUSTERWATCH_DATA_DIR", str(settings.data_dir))
    before = (settings.data_dir / KEY_FILE).read_text(encoding="ascii")
    said = CliRunner().invoke(app, ["rotate", "--yes"])
    assert said.exit_code == 0, said.output
    after = (settings.data_dir / KEY_FILE).read_text(encoding="ascii")
    assert before != after
    listed = CliRunner().invoke(app, ["list"])
    assert listed.output.strip() == keyring_of(settings).ids[0]
    assert after not in said.output + listed.output
