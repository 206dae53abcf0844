"""Where messages go – robots' addresses with their keys, mail addresses – stands sealed."""

import re

import structlog
from sqlalchemy import Engine

from services.alerts.adapters.tables import DeliveryRow, SubscriptionRow
from services.alerts.settings import AlertsSettings
from shared.configuration import SettingsError
from shared.storage import meta, writing
from shared.storage.sealing import Keyring, reseal, use_keys
from shared.storage.secret_file import new_secret, secret_from, write_secret
from shared.storage.tables import table_of

KEY_FILE = "sealing-keys"
_FACT = "sealing_key"
_TABLES = (table_of(SubscriptionRow), table_of(DeliveryRow))

_log = structlog.get_logger(__name__)


def keyring_of(settings: AlertsSettings) -> Keyring:
    """The configured keys, or one that is made once and kept beside the database's file.

    Raises `SettingsError` for keys that are none.
    """
    configured = settings.alerts_sealing_keys
    text = secret_from(
        configured.get_secret_value() if configured else None, settings.data_dir / KEY_FILE
    )
    return Keyring([part for part in re.split(rb"[\s,]+", text) if part])


def seal_store(engine: Engine, keyring: Keyring) -> int:
    """Seal what stands readable or under an older key; returns how many values were changed.

    Raises `SettingsError` when the store was sealed with a key that is not there.
    """
    use_keys(engine, keyring)
    with writing(engine) as connection:
        before = meta.known(connection, _FACT, lock=True)
        if before is not None and before not in keyring.ids:
            raise SettingsError(
                f"targets of subscriptions were sealed with the key {before}, and there is only "
                f"{', '.join(keyring.ids)}: restore CLUSTERWATCH_ALERTS_SEALING_KEYS, or the file "
                f"{KEY_FILE} in the data directory"
            )
        changed = reseal(connection, _TABLES, keyring)
        if before != keyring.ids[0]:
            meta.remember(connection, _FACT, keyring.ids[0])
    if changed:
        _forget_freed_pages(engine)
        _log.info("targets_sealed", values=changed, key=keyring.ids[0])
    return changed


def rotate_keys(engine: Engine, settings: AlertsSettings) -> Keyring:
    """Seal everything with a new key and forget the old ones; alerts must not be running.

    Keys from the settings are the operator's: the first of them seals from now on. An own file
    gets a new key; while the work is under way it holds the old ones too, so it may be repeated.
    """
    keyring = keyring_of(settings)
    if settings.alerts_sealing_keys is not None:
        seal_store(engine, keyring)
        return keyring
    file = settings.data_dir / KEY_FILE
    fresh, old = new_secret(), file.read_text(encoding="ascii").split()
    write_secret(file, "\n".join([fresh, *old]), replace=True)
    seal_store(engine, keyring_of(settings))
    write_secret(file, fresh, replace=True)
    return keyring_of(settings)


def _forget_freed_pages(engine: Engine) -> None:
    """SQLite leaves what was overwritten in pages it no longer uses, until it is told not to."""
    if engine.dialect.name != "sqlite":
        return  # PostgreSQL's autovacuum frees the rows; its files are the server's matter
    raw = engine.raw_connection()
    try:
        raw.rollback()
        cursor = raw.cursor()
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.close()
    finally:
        raw.close()
